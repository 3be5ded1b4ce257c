import type { ErrorCategory, OrchestratorError } from '@master-orchestrator/errors';

/** Statuses of codes whose category would say something else. */
const BY_CODE: Readonly<Record<string, number>> = {
  REQUEST_UNAUTHORIZED: 401,
  NOT_FOUND: 404,
  AGENT_UNKNOWN: 404,
  TASK_UNKNOWN: 404,
  TEMPLATE_UNKNOWN: 404,
  TEAM_TEMPLATE_UNKNOWN: 404,
  PLUGIN_UNKNOWN: 404,
  STATE_CONFLICT: 409,
  TOOL_EXISTS: 409,
  CANCELLED: 409,
  DEPENDENCY_SKIPPED: 409,
  REQUEST_TOO_LARGE: 413,
  VALUE_TOO_LARGE: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  AGENT_INVALID: 422,
  TASK_INVALID: 422,
  TEMPLATE_PARAMETERS_INVALID: 422,
  TOOL_UNKNOWN: 422,
  USER_CONTEXT_INVALID: 422,
  TOOL_ARGUMENTS_INVALID: 422,
  MODEL_UNKNOWN: 422,
  MODEL_AMBIGUOUS: 422,
  NO_MODEL: 422,
  DEPENDENCY_CYCLE: 422,
  BUDGET_UNPRICED: 422,
  REQUEST_RATE_LIMITED: 429,
  RATE_LIMITED: 429,
  TOOL_RATE_LIMITED: 429,
  SLOW_DOWN: 429,
  BUDGET_LIMIT: 429,
  QUOTA_EXHAUSTED: 429,
  QUEUE_FULL: 503,
  BREAKER_OPEN: 503,
  PROVIDER_OVERLOADED: 503,
  ENGINE_UNAVAILABLE: 503,
  ORCHESTRATOR_CLOSED: 503,
};

const BY_CATEGORY: Readonly<Record<ErrorCategory, number>> = {
  VALIDATION_ERROR: 400,
  PERMISSION_ERROR: 403,
  TIMEOUT_ERROR: 504,
  NETWORK_ERROR: 502,
  RESOURCE_ERROR: 500,
  TOOL_ERROR: 500,
  AGENT_ERROR: 500,
  SYSTEM_ERROR: 500,
};

/** What a client is told to wait where the error does not say, in milliseconds. */
const USUAL_WAIT_MS = 1_000;

/** Waiting does not refill these. */
const NOT_MENDED_BY_WAITING = new Set(['BUDGET_LIMIT', 'QUOTA_EXHAUSTED']);

/** The HTTP status of an error. A client that knows only statuses does the right thing with it. */
export function statusOf({ code, category, isRetryable }: OrchestratorError): number {
  const known = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
  if (known !== undefined) return known;
  return category === 'RESOURCE_ERROR' && isRetryable ? 503 : BY_CATEGORY[category];
}

/** Whole seconds for `Retry-After`; `undefined` where a repeat is of no use. */
export function retryAfterSeconds(error: OrchestratorError, status: number): number | undefined {
  if ((status !== 429 && status !== 503) || NOT_MENDED_BY_WAITING.has(error.code)) return undefined;
  return Math.max(1, Math.ceil((error.retryAfterMs ?? USUAL_WAIT_MS) / 1_000));
}
