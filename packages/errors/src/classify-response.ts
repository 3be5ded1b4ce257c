import type { ClassifyContext } from './classify-context.js';
import { classify } from './classify.js';
import { buildError } from './internal/build-error.js';
import { httpVerdict, verdictOf } from './internal/http-verdict.js';
import { matchRule } from './internal/match-rule.js';
import { readBody } from './internal/read-body.js';
import type { HeadersLike } from './internal/read-headers.js';
import { httpSign } from './internal/read-sign.js';
import { OrchestratorError } from './orchestrator-error.js';

/** An answer that is not as it should be. */
export interface FailedResponse {
  /** HTTP status; left out for an error object in mid-stream. */ readonly status?: number;
  readonly headers?: HeadersLike;
  /** The body as text, or parsed. */ readonly body?: unknown;
}

/**
 * Names an HTTP answer that failed: status, headers and a body of any shape. Total, as
 * {@link classify} is. A good status with a body that is no error is a RESPONSE_MALFORMED: ask {@link judgeAnswer}
 * whether a good answer is one.
 */
export function classifyResponse(response: FailedResponse, context: ClassifyContext = {}): OrchestratorError {
  try {
    if (context.signal?.aborted === true || context.timeLimit !== undefined) return classify(undefined, context);
    const body = readBody(response.body);
    const parts = { status: response.status, headers: response.headers, body };
    const http = httpSign(parts, undefined, context);
    const rule = matchRule(context.rules, http.sign);
    const verdict =
      rule === undefined ? httpVerdict(http, undefined, context) : verdictOf(rule.code, rule, http, undefined, context);
    return buildError(verdict, context);
  } catch (cause) {
    return new OrchestratorError('UNKNOWN_ERROR', 'An answer could not be read.', { cause });
  }
}
