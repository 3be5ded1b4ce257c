import { OrchestratorError } from './orchestrator-error.js';

/** A circuit breaker refused the call; nothing was sent. `cause` keeps the failure that opened it. */
export class BreakerOpenError extends OrchestratorError {
  /**
   * @param key - Key of the breaker.
   * @param retryAfterMs - Time until the next probe may be let through, in milliseconds.
   */
  constructor(key: string, retryAfterMs: number, cause?: unknown) {
    const wait = Math.ceil(retryAfterMs / 1_000);
    super('BREAKER_OPEN', `Calls to "${key}" are stopped after repeated failures; the next try is in ${wait} s.`, {
      cause,
      retryAfterMs,
      breakerKey: key,
    });
  }
}
