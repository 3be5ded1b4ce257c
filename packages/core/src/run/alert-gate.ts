import type { Clock, Severity } from '@master-orchestrator/errors';

/** Time in which a second task with a CRITICAL failure alerts nobody again, in milliseconds. */
const QUIET_MS = 60_000;

/** Keeps one cause from waking people many times: of several tasks that fail critically in a minute, one alerts. */
export class AlertGate {
  readonly #clock: Clock;
  #alertedBy: string | undefined;
  #alertedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True where people are to be alerted about this failure. */
  admits(taskId: string, severity: Severity): boolean {
    if (severity !== 'CRITICAL') return true;
    const now = this.#clock.monotonic();
    if (this.#alertedBy !== undefined && this.#alertedBy !== taskId && now - this.#alertedAt < QUIET_MS) return false;
    this.#alertedBy = taskId;
    this.#alertedAt = now;
    return true;
  }
}
