export { ERROR_CATEGORIES, SEVERITIES, type ErrorCategory, type Severity } from './error-category.js';
export { ERROR_CATALOG, type CatalogEntry, type ErrorCode } from './error-catalog.js';
export { OrchestratorError, type OrchestratorErrorOptions, type SerializedError } from './orchestrator-error.js';
export { CLOCK, RANDOM, sleep, systemClock, type Clock, type Random } from './clock.js';
export { createToken, type Binder, type Resolve, type Token } from './token.js';
export type { Json } from './json.js';
export type {
  ErrorRule,
  FailureContext,
  FailureSign,
  PlanEntry,
  RecoveryDecision,
  RecoveryPlan,
  RecoveryStrategy,
  ResetScope,
  StepKind,
} from './recovery.js';
