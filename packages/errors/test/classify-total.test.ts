import fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  classify,
  classifyResponse,
  ERROR_CATEGORIES,
  judgeAnswer,
  OrchestratorError,
  SEVERITIES,
} from '../src/index.js';

const WORDS = [
  'insufficient_quota',
  'rate_limit_exceeded',
  'server_error',
  'slow_down',
  'invalid_prompt',
  '429',
  'x',
  '',
];
const NODE_CODES = ['ECONNREFUSED', 'ENOENT', 'UND_ERR_SOCKET', 'HPE_X', 'P2002', 'EAI_AGAIN', 'ABORT_ERR'];

const word = fc.oneof(fc.constantFrom(...WORDS), fc.string(), fc.integer(), fc.constant(null));
const errorObject = fc.record(
  { message: fc.anything(), type: word, code: word, param: fc.anything() },
  { requiredKeys: [] },
);
const body = fc.oneof(
  fc.record({ error: fc.oneof(errorObject, fc.string(), fc.anything()) }),
  errorObject,
  fc.record({ type: fc.constant('response.failed'), response: fc.record({ error: errorObject }) }),
  fc.record({ statusCode: fc.integer(), message: fc.string() }),
  fc.json(),
  fc.string(),
  fc.constantFrom('', '<html></html>', 'data: {"error":{"message":"x"}}', '{"choices":['),
  fc.anything(),
);
const headers = fc.oneof(
  fc.dictionary(
    fc.constantFrom('retry-after', 'Retry-After-Ms', 'x-should-retry', 'x-ratelimit-remaining-tokens', 'q'),
    fc.oneof(fc.string(), fc.integer(), fc.constantFrom('0', '1', 'true', 'false')),
  ),
  fc.anything(),
);
const status = fc.oneof(fc.integer({ min: 100, max: 999 }), fc.integer(), fc.constant(undefined), fc.double());
const thrown = fc.oneof(
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withTypedArray: true,
  }),
  fc.record(
    { status, headers, error: body, code: word, message: fc.anything(), cause: fc.anything() },
    { requiredKeys: [] },
  ),
  fc
    .tuple(fc.string(), fc.constantFrom(...NODE_CODES), fc.anything())
    .map(([message, code, cause]) => Object.assign(new Error(message, { cause }), { code })),
  fc.array(fc.anything()).map((errors) => new AggregateError(errors)),
  fc.record({
    code: word,
    message: fc.anything(),
    category: fc.constantFrom(...ERROR_CATEGORIES, 'X'),
    isRetryable: fc.boolean(),
    isReplaySafe: fc.boolean(),
  }),
);

const CATEGORIES = new Set<string>(ERROR_CATEGORIES);
const SEVERITY_NAMES = new Set<string>(SEVERITIES);

function isSound(error: OrchestratorError): boolean {
  const text = JSON.stringify(error);
  return (
    CATEGORIES.has(error.category) &&
    SEVERITY_NAMES.has(error.severity) &&
    typeof error.code === 'string' &&
    error.message.length <= 2_000 &&
    Buffer.byteLength(JSON.stringify(error.details ?? {})) <= 4_096 &&
    (error.retryAfterMs === undefined || error.retryAfterMs > 0) &&
    text.length > 0
  );
}

describe('classification is total', { timeout: 60_000 }, () => {
  it('over 5,000 random answers', () => {
    fc.assert(
      fc.property(
        status,
        headers,
        body,
        fc.constantFrom('model', 'tool', 'system', undefined),
        (code, head, content, source) => {
          const response = { status: code, headers: head, body: content } as Parameters<typeof classifyResponse>[0];
          return isSound(classifyResponse(response, source === undefined ? {} : { source }));
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('over 5,000 random thrown values', () => {
    fc.assert(
      fc.property(thrown, fc.constantFrom('model', 'tool', 'file', 'engine', undefined), (value, source) => {
        return isSound(classify(value, source === undefined ? {} : { source }));
      }),
      { numRuns: 5_000 },
    );
  });

  it('over random answers that should be good', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          body,
          fc.record(
            { choices: fc.array(fc.anything()), output: fc.anything(), usage: fc.anything() },
            { requiredKeys: [] },
          ),
        ),
        (content) => {
          const error = judgeAnswer(content);
          return error === undefined || isSound(error);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
