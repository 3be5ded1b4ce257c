import type { OrchestratorError } from './orchestrator-error.js';

/** Time limits of the work around a call: they say nothing about the one who was called. */
const OWN_LIMITS = new Set(['DEADLINE_EXCEEDED', 'QUEUE_TIMEOUT', 'TASK_TIMEOUT', 'TURN_TIMEOUT']);

/** Failures that open the breaker of a credential at once. */
const TRIPPING = new Set(['CREDENTIAL_REJECTED', 'QUOTA_EXHAUSTED']);

/**
 * True for a failure that counts for a circuit breaker: NETWORK_ERROR, TIMEOUT_ERROR, PROVIDER_OVERLOADED and
 * TOOL_FAILED. What the caller did wrong, what is not allowed, rate limits, cancellations and refusals of a breaker say
 * nothing about the health of the other side.
 */
export function countsForBreaker(error: OrchestratorError): boolean {
  if (OWN_LIMITS.has(error.code)) return false;
  if (error.category === 'NETWORK_ERROR' || error.category === 'TIMEOUT_ERROR') return true;
  return error.code === 'PROVIDER_OVERLOADED' || error.code === 'TOOL_FAILED';
}

/** True for a failure that opens the breaker of its credential at once: CREDENTIAL_REJECTED, QUOTA_EXHAUSTED. */
export function tripsBreaker(error: OrchestratorError): boolean {
  return TRIPPING.has(error.code);
}
