export { ERROR_CATEGORIES, SEVERITIES, type ErrorCategory, type Severity } from './error-category.js';
export {
  catalogEntry,
  docsAnchor,
  ERROR_CATALOG,
  isErrorCode,
  type CatalogEntry,
  type ErrorCode,
} from './error-catalog.js';
export {
  higherSeverity,
  OrchestratorError,
  type OrchestratorErrorOptions,
  type SerializedCause,
  type SerializedError,
} from './orchestrator-error.js';
export { CancelledError, isCancelled } from './cancelled-error.js';
export { ToolFailedError, ToolTimeoutError } from './tool-errors.js';
export { DuplicateBindingError } from './binding-errors.js';
export { BreakerOpenError } from './breaker-open-error.js';
export { classify, timeLimitError } from './classify.js';
export { classifyResponse, type FailedResponse } from './classify-response.js';
export { judgeAnswer, type AnswerExpectations } from './judge-answer.js';
export type { ClassifyContext, TimeLimit, TimeLimitKind } from './classify-context.js';
export { MODEL_ERROR_RULES } from './rules/model-error-rules.js';
export { SYSTEM_ERROR_RULES } from './rules/system-error-rules.js';
export { readDuration, readRateLimits, readRetryAfter, type RateLimit, type RateLimits } from './rate-limit-headers.js';
export type { HeadersLike } from './internal/read-headers.js';
export { backoffDelay, baseDelayMs, type BackoffOptions } from './backoff.js';
export { retry, type RetryNotice, type RetryOptions } from './retry.js';
export { RetryBudget, type RetryBudgetOptions } from './retry-budget.js';
export {
  CircuitBreaker,
  type BreakerChange,
  type BreakerPermit,
  type BreakerSnapshot,
  type BreakerState,
  type CircuitBreakerOptions,
} from './circuit-breaker.js';
export { BreakerRegistry, type BreakerRegistryOptions } from './breaker-registry.js';
export { countsForBreaker, tripsBreaker } from './counts-for-breaker.js';
export {
  ConcurrencyLimiter,
  type ConcurrencyLimiterOptions,
  type LimiterChange,
  type LimiterOutcome,
  type LimiterPermit,
  type LimiterSnapshot,
} from './concurrency-limiter.js';
export { Bulkhead, type BulkheadOptions, type BulkheadRelease } from './bulkhead.js';
export { KeyedRegistry, type KeyedRegistryOptions } from './keyed-registry.js';
export { createStandardStrategies, type StandardStrategyOptions } from './standard-strategies.js';
export {
  concernsTask,
  findPlan,
  mergePlans,
  STANDARD_PLANS,
  type FoundPlan,
  type PlanTable,
} from './standard-plans.js';
export {
  IN_PLACE_ATTEMPTS_MAX,
  IN_PLACE_WAIT_MS,
  PARKED_MAX,
  TOOL_FAILURES_IN_ROW,
  type RecoveryLimits,
} from './recovery-limits.js';
export type { HandledDecision } from './decide-recovery.js';
export {
  ERROR_HANDLER,
  ErrorHandler,
  type ErrorContext,
  type ErrorHandlerEvent,
  type ErrorHandlerOptions,
  type ErrorReport,
  type HandledError,
} from './error-handler.js';
export type { ErrorStatistics, RecoveryStatistics } from './error-statistics.js';
export {
  PlanCursor,
  retryCost,
  type FailedAttempt,
  type PlanCursorOptions,
  type PlanCursorState,
} from './plan-cursor.js';
export type { Observer, Subscribable, Subscription } from './subscribable.js';
export { createRedactor, redact, redactText, type Redactor, type RedactorOptions } from './redact.js';
export { createSecretMask, type SecretMask } from './secret-mask.js';
export { CLOCK, RANDOM, sleep, systemClock, type Clock, type Random } from './clock.js';
export { createToken, type Binder, type Resolve, type Token } from './token.js';
export type { Json } from './json.js';
export type {
  AnswerFlaw,
  ErrorRule,
  FailureContext,
  FailureSign,
  FailureSource,
  PlanEntry,
  RecoveryDecision,
  RecoveryPlan,
  RecoveryStrategy,
  ResetScope,
  StepKind,
} from './recovery.js';
