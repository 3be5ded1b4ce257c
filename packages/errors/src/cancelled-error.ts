import { OrchestratorError } from './orchestrator-error.js';
import { readString } from './internal/read-property.js';

/** The work was cancelled. An outcome, not a failure: no plan, no retry, no breaker count, no dead letter. */
export class CancelledError extends OrchestratorError {
  /** Why, in a few words: `shutdown`, `user`, … */ readonly reason: string;

  constructor(reason = 'cancelled', cause?: unknown) {
    super('CANCELLED', `Cancelled: ${reason}.`, { cause, details: { reason } });
    this.reason = reason;
  }

  /**
   * What an aborted signal means: the error it was aborted with where that is one of ours (a deadline, for example),
   * else a CancelledError.
   */
  static fromSignal(signal: AbortSignal, cause?: unknown): OrchestratorError {
    const given: unknown = signal.reason;
    if (OrchestratorError.isInstance(given)) return given;
    return new CancelledError(reasonOf(given), cause ?? given);
  }
}

/** True for an error of ours with code CANCELLED, from this or another copy of the package. */
export function isCancelled(value: unknown): boolean {
  return OrchestratorError.isInstance(value) && value.code === 'CANCELLED';
}

function reasonOf(given: unknown): string {
  if (typeof given === 'string' && given !== '') return given;
  if (readString(given, 'name') === 'AbortError') return 'cancelled';
  if (readString(given, 'name') === 'TimeoutError') return 'time limit of the caller';
  return readString(given, 'message') ?? 'cancelled';
}
