import { describe, expect, it } from 'vitest';
import {
  classify,
  classifyResponse,
  countsForBreaker,
  OrchestratorError,
  tripsBreaker,
  type AnswerFlaw,
  type ErrorCategory,
} from '../src/index.js';

interface Answer {
  readonly status?: number;
  readonly code?: string;
  readonly type?: string;
  readonly message?: string;
  readonly body?: unknown;
}

type Verdict = readonly [code: string, category: ErrorCategory, severity: string, isRetryable: boolean];

const PROVIDER = {
  contextTooLong: ['CONTEXT_TOO_LONG', 'VALIDATION_ERROR', 'MEDIUM', false],
  promptRefused: ['PROMPT_REFUSED', 'VALIDATION_ERROR', 'HIGH', false],
  requestInvalid: ['REQUEST_INVALID', 'VALIDATION_ERROR', 'HIGH', false],
  transcriptBroken: ['TRANSCRIPT_BROKEN', 'VALIDATION_ERROR', 'HIGH', false],
  mediaInvalid: ['INPUT_MEDIA_INVALID', 'VALIDATION_ERROR', 'MEDIUM', false],
  credential: ['CREDENTIAL_REJECTED', 'PERMISSION_ERROR', 'CRITICAL', false],
  quota: ['QUOTA_EXHAUSTED', 'RESOURCE_ERROR', 'CRITICAL', false],
  access: ['ACCESS_DENIED', 'PERMISSION_ERROR', 'HIGH', false],
  modelNotFound: ['MODEL_NOT_FOUND', 'VALIDATION_ERROR', 'HIGH', false],
  endpoint: ['ENDPOINT_MISMATCH', 'VALIDATION_ERROR', 'HIGH', false],
  timeout: ['PROVIDER_TIMEOUT', 'TIMEOUT_ERROR', 'MEDIUM', true],
  conflict: ['PROVIDER_CONFLICT', 'NETWORK_ERROR', 'LOW', true],
  tooLarge: ['REQUEST_TOO_LARGE', 'RESOURCE_ERROR', 'MEDIUM', false],
  dependency: ['DEPENDENCY_FAILED', 'NETWORK_ERROR', 'MEDIUM', true],
  overLimit: ['REQUEST_OVER_LIMIT', 'RESOURCE_ERROR', 'HIGH', false],
  rateLimited: ['RATE_LIMITED', 'RESOURCE_ERROR', 'LOW', true],
  slowDown: ['SLOW_DOWN', 'RESOURCE_ERROR', 'MEDIUM', true],
  providerError: ['PROVIDER_ERROR', 'NETWORK_ERROR', 'MEDIUM', true],
  lastingError: ['PROVIDER_ERROR', 'NETWORK_ERROR', 'MEDIUM', false],
  gateway: ['GATEWAY_ERROR', 'NETWORK_ERROR', 'MEDIUM', true],
  overloaded: ['PROVIDER_OVERLOADED', 'RESOURCE_ERROR', 'MEDIUM', true],
  unexpected: ['RESPONSE_UNEXPECTED', 'NETWORK_ERROR', 'MEDIUM', false],
  malformed: ['RESPONSE_MALFORMED', 'NETWORK_ERROR', 'MEDIUM', true],
  proxy: ['PROXY_FAILED', 'NETWORK_ERROR', 'HIGH', false],
} as const satisfies Record<string, Verdict>;

const words = (status: number, codes: readonly string[], verdict: Verdict): [Answer, Verdict][] =>
  codes.map((code) => [{ status, code }, verdict]);
const statuses = (list: readonly number[], verdict: Verdict): [Answer, Verdict][] =>
  list.map((status) => [{ status }, verdict]);

const ROWS: readonly (readonly [Answer, Verdict])[] = [
  [{ status: 400, code: 'context_length_exceeded' }, PROVIDER.contextTooLong],
  [{ status: 400, message: "This model's maximum context length is 8192 tokens." }, PROVIDER.contextTooLong],
  [{ status: 400, message: 'The prompt is longer than the context length of the model' }, PROVIDER.contextTooLong],
  [{ status: 400, message: 'the request exceeds the available context size' }, PROVIDER.contextTooLong],
  ...words(
    400,
    [
      'invalid_prompt',
      'content_filter',
      'ResponsibleAIPolicyViolation',
      'content_policy_violation',
      'bio_policy',
      'image_content_policy_violation',
    ],
    PROVIDER.promptRefused,
  ),
  ...words(
    400,
    [
      'unsupported_parameter',
      'unsupported_value',
      'invalid_type',
      'missing_required_parameter',
      'invalid_function_parameters',
      'invalid_json_schema',
      'unknown_parameter',
    ],
    PROVIDER.requestInvalid,
  ),
  [
    { status: 400, message: "An assistant message with 'tool_calls' must be followed by tool messages" },
    PROVIDER.transcriptBroken,
  ],
  [{ status: 400, message: 'No tool output found for function call call_1.' }, PROVIDER.transcriptBroken],
  [{ status: 400, message: 'No tool call found for function call output' }, PROVIDER.transcriptBroken],
  ...words(
    400,
    [
      'invalid_image',
      'invalid_image_format',
      'invalid_image_url',
      'image_too_large',
      'image_too_small',
      'empty_image_file',
      'failed_to_download_image',
      'unsupported_image_media_type',
    ],
    PROVIDER.mediaInvalid,
  ),
  [{ status: 400 }, PROVIDER.requestInvalid],
  [{ status: 400, type: 'BadRequestError' }, PROVIDER.requestInvalid],
  [{ status: 401 }, PROVIDER.credential],
  ...words(401, ['invalid_api_key', 'ip_not_authorized', 'anything_else'], PROVIDER.credential),
  [{ status: 402 }, PROVIDER.quota],
  ...[429, 403].flatMap((status) =>
    words(
      status,
      [
        'insufficient_quota',
        'credit_balance_exhausted',
        'organization_spend_limit_exceeded',
        'project_spend_limit_exceeded',
        'organization_usage_limit_exceeded',
        'billing_not_active',
        'billing_hard_limit_reached',
        'account_deactivated',
      ],
      PROVIDER.quota,
    ),
  ),
  [{ status: 429, type: 'insufficient_quota' }, PROVIDER.quota],
  ...words(403, ['unsupported_country_region_territory', 'request_forbidden'], PROVIDER.access),
  [{ status: 403, message: 'Project does not have access to model gpt-5' }, PROVIDER.access],
  [{ status: 451 }, PROVIDER.access],
  ...words(404, ['model_not_found', 'DeploymentNotFound'], PROVIDER.modelNotFound),
  [{ status: 404, type: 'NotFoundError' }, PROVIDER.modelNotFound],
  [{ status: 404, type: 'not_found_error' }, PROVIDER.modelNotFound],
  ...statuses([404, 405, 406, 410, 411, 414, 415, 421, 426, 428, 431, 501, 505], PROVIDER.endpoint),
  ...statuses([408, 499, 504, 524], PROVIDER.timeout),
  [{ code: 'vector_store_timeout' }, PROVIDER.timeout],
  ...statuses([409, 423, 425], PROVIDER.conflict),
  [{ status: 413 }, PROVIDER.tooLarge],
  [{ status: 400, code: 'string_above_max_length' }, PROVIDER.tooLarge],
  [{ status: 422 }, PROVIDER.requestInvalid],
  [{ status: 424 }, PROVIDER.dependency],
  [
    {
      status: 429,
      code: 'rate_limit_exceeded',
      type: 'tokens',
      message: 'Request too large for gpt-4 on tokens per min (TPM): Limit 10000, Requested 20000.',
    },
    PROVIDER.overLimit,
  ],
  [{ status: 429, code: 'rate_limit_exceeded' }, PROVIDER.rateLimited],
  [{ status: 429, type: 'requests' }, PROVIDER.rateLimited],
  [{ status: 429, type: 'tokens' }, PROVIDER.rateLimited],
  [{ status: 429, code: '429' }, PROVIDER.rateLimited],
  [{ status: 429 }, PROVIDER.rateLimited],
  [{ status: 429, code: 'slow_down' }, PROVIDER.slowDown],
  [{ status: 503, code: 'slow_down' }, PROVIDER.slowDown],
  ...statuses([500, 520], PROVIDER.providerError),
  [{ status: 500, type: 'server_error' }, PROVIDER.providerError],
  [{ status: 500, code: 'internal_server_error' }, PROVIDER.providerError],
  [{ status: 500, type: 'InternalServerError' }, PROVIDER.providerError],
  [{ status: 500, type: 'api_error' }, PROVIDER.providerError],
  [{ status: 500, body: { error: 'boom' } }, PROVIDER.providerError],
  ...statuses([502, 521, 522, 523, 530], PROVIDER.gateway),
  ...statuses([503, 529], PROVIDER.overloaded),
  [{ status: 429, type: 'engine_overloaded_error' }, PROVIDER.overloaded],
  [{ status: 429, message: 'The model is under high demand right now.' }, PROVIDER.overloaded],
  [{ status: 503, code: 'server_is_overloaded' }, PROVIDER.overloaded],
  [{ status: 500, message: 'server busy' }, PROVIDER.overloaded],
  [{ status: 500, message: 'That model is currently overloaded' }, PROVIDER.overloaded],
  ...statuses([507, 508, 509, 527, 599], PROVIDER.providerError),
  ...statuses([511, 525, 526], PROVIDER.lastingError),
  ...statuses([100, 301, 302, 304, 307, 418, 444, 600], PROVIDER.unexpected),
  [{ status: 200, body: '<html><body>Welcome</body></html>' }, PROVIDER.malformed],
  [{ status: 200, body: 'hello' }, PROVIDER.malformed],
  [{ status: 200, body: '' }, PROVIDER.malformed],
  [{ status: 200, body: '{"choices":[{"mess' }, PROVIDER.malformed],
  [{ status: 200, body: { object: 'chat.completion' } }, PROVIDER.malformed],
  [{ status: 407 }, PROVIDER.proxy],
];

const bodyOf = ({ code, type, message, body }: Answer): unknown =>
  body ?? { error: { message: message ?? 'It failed.', type: type ?? null, param: null, code: code ?? null } };

describe('an answer of a model provider', () => {
  it.each(ROWS.map(([answer, verdict]) => ({ title: JSON.stringify(answer), answer, verdict })))(
    '$title is $verdict.0',
    ({ answer, verdict }) => {
      const response = { ...(answer.status === undefined ? {} : { status: answer.status }), body: bodyOf(answer) };
      const error = classifyResponse(response, { source: 'model' });
      expect([error.code, error.category, error.severity, error.isRetryable]).toEqual(verdict);
      expect(error.isReplaySafe).toBe(true);
    },
  );

  const KEYS = { breakerKey: 'model:https://x:m', credentialKey: 'credential:k' };
  it.each(Object.values(PROVIDER).map(([code]) => code))('%s counts under the key it concerns', (code) => {
    const row = ROWS.find(([answer, verdict]) => verdict[0] === code && answer.status !== undefined);
    const answer = row?.[0] as Answer;
    const error = classifyResponse({ status: answer.status ?? 0, body: bodyOf(answer) }, { source: 'model', ...KEYS });
    expect(error.code).toBe(code);
    const isOfCredential = code === 'CREDENTIAL_REJECTED' || code === 'QUOTA_EXHAUSTED';
    expect(error.breakerKey).toBe(isOfCredential ? KEYS.credentialKey : KEYS.breakerKey);
    expect(tripsBreaker(error)).toBe(isOfCredential);
    const isCounted = ['NETWORK_ERROR', 'TIMEOUT_ERROR'].includes(error.category) || code === 'PROVIDER_OVERLOADED';
    expect(countsForBreaker(error)).toBe(isCounted);
  });
});

describe('the shape of an error body', () => {
  const inner = { message: 'No credit.', type: 'insufficient_quota', param: null, code: 'insufficient_quota' };
  it.each([
    ['{error:{…}}', { error: inner }],
    ['{error:{…}} as text', JSON.stringify({ error: inner })],
    ['{object:"error",…}', { object: 'error', ...inner }],
    ['a list of one', [{ error: inner }]],
    ['{code,message}', { code: 'insufficient_quota', message: 'No credit.' }],
    ['an SSE error event', `event: error\ndata: ${JSON.stringify({ error: inner })}\n\n`],
    ['a stream error event', `data: ${JSON.stringify({ ...inner, type: 'error' })}\n\n`],
    ['upper case', { error: { ...inner, code: 'INSUFFICIENT_QUOTA' } }],
    ['the type alone', { error: { ...inner, code: null } }],
  ])('%s is understood', (_, body) => {
    expect(classifyResponse({ status: 429, body }).code).toBe('QUOTA_EXHAUSTED');
  });

  it.each([
    ['a number', { code: 429, message: 'slow' }],
    ['a number as text', { error: { code: '429', message: 'slow' } }],
    ['{statusCode,message}', { statusCode: 429, message: 'Rate limit is exceeded. Try again in 5 seconds.' }],
    ['{error:"text"}', { error: 'slow' }],
    ['HTML', '<html>429</html>'],
    ['nothing', ''],
    ['undefined', undefined],
  ])('%s says nothing beyond the status', (_, body) => {
    expect(classifyResponse({ status: 429, body }).code).toBe('RATE_LIMITED');
  });

  it('is read as 500 where an error object came in mid-stream', () => {
    expect(classifyResponse({ body: { error: { message: 'oops' } } })).toMatchObject({
      code: 'PROVIDER_ERROR',
      isRetryable: true,
    });
    expect(classifyResponse({ status: 200, body: { error: { message: 'no', code: 'slow_down' } } }).code).toBe(
      'SLOW_DOWN',
    );
  });

  it('of a failed response is retryable for server_error and rate_limit_exceeded only', () => {
    const failed = (code: string): unknown => ({
      type: 'response.failed',
      response: { error: { code, message: 'x' } },
    });
    const verdict = (code: string): unknown[] => {
      const error = classifyResponse({ body: failed(code) });
      return [error.code, error.isRetryable];
    };
    expect(verdict('server_error')).toEqual(['PROVIDER_ERROR', true]);
    expect(verdict('rate_limit_exceeded')).toEqual(['RATE_LIMITED', true]);
    expect(verdict('invalid_prompt')).toEqual(['PROMPT_REFUSED', false]);
    expect(verdict('vector_store_timeout')).toEqual(['PROVIDER_TIMEOUT', false]);
    const whole = { object: 'response', status: 'failed', error: { code: 'server_error', message: 'x' } };
    expect(classifyResponse({ body: whole })).toMatchObject({ code: 'PROVIDER_ERROR', isRetryable: true });
  });

  it('with a request below the limit is an ordinary rate limit', () => {
    const message = 'Request too large for x: Limit 10000, Requested 900.';
    expect(classifyResponse({ status: 429, body: { error: { message } } }).code).toBe('RATE_LIMITED');
  });

  it('does not outweigh a 401', () => {
    expect(classifyResponse({ status: 401, body: { error: { code: 'rate_limit_exceeded', message: 'x' } } }).code).toBe(
      'CREDENTIAL_REJECTED',
    );
  });
});

describe('the headers of an answer', () => {
  it('may forbid a retry', () => {
    expect(classifyResponse({ status: 500, headers: { 'X-Should-Retry': 'false' } }).isRetryable).toBe(false);
  });

  it('may permit a retry', () => {
    expect(classifyResponse({ status: 400, headers: new Headers({ 'x-should-retry': 'true' }) }).isRetryable).toBe(
      true,
    );
  });

  it('tell how long to wait', () => {
    expect(classifyResponse({ status: 429, headers: { 'retry-after': '7' } }).retryAfterMs).toBe(7_000);
  });

  it('tell the id of the request', () => {
    expect(classifyResponse({ status: 500, headers: { 'x-request-id': 'req_1' } }).details).toMatchObject({
      requestId: 'req_1',
    });
  });
});

describe('a flaw of a good answer', () => {
  const FLAWS: readonly (readonly [AnswerFlaw, Verdict])[] = [
    ['not-json', PROVIDER.malformed],
    ['missing-fields', PROVIDER.malformed],
    ['no-terminal-sign', ['STREAM_CUT', 'NETWORK_ERROR', 'MEDIUM', true]],
    ['broken-line', ['STREAM_MALFORMED', 'NETWORK_ERROR', 'MEDIUM', true]],
    ['truncated', ['OUTPUT_TRUNCATED', 'VALIDATION_ERROR', 'LOW', false]],
    ['tool-call-truncated', ['TOOL_CALL_TRUNCATED', 'VALIDATION_ERROR', 'MEDIUM', false]],
    ['filtered', ['OUTPUT_FILTERED', 'AGENT_ERROR', 'HIGH', false]],
    ['refused', ['MODEL_REFUSED', 'AGENT_ERROR', 'MEDIUM', false]],
    ['empty', ['OUTPUT_EMPTY', 'AGENT_ERROR', 'MEDIUM', true]],
    ['schema-mismatch', ['OUTPUT_INVALID', 'VALIDATION_ERROR', 'LOW', false]],
    ['context-cut', ['CONTEXT_CUT_SILENTLY', 'VALIDATION_ERROR', 'MEDIUM', false]],
    ['tool-arguments', ['TOOL_ARGUMENTS_INVALID', 'VALIDATION_ERROR', 'LOW', false]],
    ['tool-unknown', ['TOOL_UNKNOWN', 'VALIDATION_ERROR', 'LOW', false]],
    ['tool-forbidden', ['TOOL_FORBIDDEN', 'PERMISSION_ERROR', 'MEDIUM', false]],
    ['tool-call-id', ['TOOL_CALL_ID_INVALID', 'VALIDATION_ERROR', 'MEDIUM', false]],
  ];

  it.each(FLAWS)('%s is named', (flaw, verdict) => {
    const error = classify(undefined, { source: 'model', flaw });
    expect([error.code, error.category, error.severity, error.isRetryable]).toEqual(verdict);
  });

  it.each([
    ['LOOP_DETECTED', 'AGENT_ERROR', 'HIGH'],
    ['TURN_LIMIT', 'AGENT_ERROR', 'HIGH'],
    ['BUDGET_LIMIT', 'RESOURCE_ERROR', 'HIGH'],
  ])('%s has its row', (code, category, severity) => {
    expect(new OrchestratorError(code, 'x')).toMatchObject({ category, severity, isRetryable: false });
  });
});
