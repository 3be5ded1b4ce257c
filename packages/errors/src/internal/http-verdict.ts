import type { ClassifyContext } from '../classify-context.js';
import { systemClock } from '../clock.js';
import { retryAfterOf } from '../rate-limit-headers.js';
import { MODEL_HTTP_RULES } from '../rules/model-error-rules.js';
import type { ErrorRule, FailureSign } from '../recovery.js';
import type { Verdict } from './build-error.js';
import { excerpt } from './bound-details.js';
import { matchRule } from './match-rule.js';
import type { HttpSign } from './read-sign.js';
import { isRetryableStatus } from './retryable-status.js';

/** The words that a `response.failed` object must hold to be worth a repeat. */
const PASSING_RESPONSE_FAILURES = new Set(['server_error', 'rate_limit_exceeded']);

/** Judges an HTTP answer. Rows of plugins have been asked already. */
export function httpVerdict(http: HttpSign, cause: unknown, context: ClassifyContext): Verdict {
  if (context.source === 'tool') {
    const { sign } = http;
    const verdict = verdictOf('TOOL_FAILED', undefined, http, cause, context);
    return { ...verdict, isRetryable: retryHeader(sign) ?? isRetryableStatus(http.status ?? sign.status ?? 0) };
  }
  const rule = matchRule(MODEL_HTTP_RULES, http.sign);
  return verdictOf(rule?.code ?? 'RESPONSE_UNEXPECTED', rule, http, cause, context);
}

/** The verdict of a rule on an HTTP answer. */
export function verdictOf(
  code: string,
  rule: ErrorRule | undefined,
  http: HttpSign,
  cause: unknown,
  context: ClassifyContext,
): Verdict {
  const { sign, body } = http;
  const headers = sign.headers ?? {};
  const requestId = headers['x-request-id'] ?? headers['apim-request-id'];
  const nowMs = (context.clock ?? systemClock).now();
  const word = sign.code ?? sign.type;
  return {
    code,
    ...(rule === undefined ? {} : { rule }),
    cause,
    facts: [http.status === undefined ? 'in the stream' : `status ${http.status}`, word ?? ''],
    isRetryable: retryHeader(sign) ?? responseFailedRetry(sign),
    retryAfterMs: retryAfterOf(headers, nowMs, sign.message),
    details: {
      status: http.status,
      code: sign.code,
      type: sign.type,
      param: http.param,
      requestId,
      shape: body.shape === 'error' ? undefined : body.shape,
      excerpt: sign.message === undefined ? undefined : excerpt(sign.message),
    },
  };
}

/** `x-should-retry` is the server's own word on it. */
function retryHeader(sign: FailureSign): boolean | undefined {
  const word = sign.headers?.['x-should-retry']?.toLowerCase();
  if (word === 'true') return true;
  return word === 'false' ? false : undefined;
}

function responseFailedRetry(sign: FailureSign): boolean | undefined {
  if (sign.isResponseFailed !== true) return undefined;
  return sign.code !== undefined && PASSING_RESPONSE_FAILURES.has(sign.code);
}
