import type { Clock, OrchestratorError } from '@master-orchestrator/errors';

/**
 * Counts the running time of a task and aborts it when that is used up. Waiting (approvals, children, parked retries)
 * does not count.
 */
export class RunClock {
  readonly #clock: Clock;
  readonly #onLimit: () => void;
  #leftMs: number;
  #startedAt = 0;
  #cancel: (() => void) | undefined;

  /**
   * @param limitMs - Running time allowed.
   * @param makeError - Makes the reason of the abort.
   */
  constructor(clock: Clock, limitMs: number, controller: AbortController, makeError: () => OrchestratorError) {
    this.#clock = clock;
    this.#leftMs = limitMs;
    this.#onLimit = () => controller.abort(makeError());
  }

  /** Starts or goes on counting. */
  start(): void {
    if (this.#cancel !== undefined) return;
    this.#startedAt = this.#clock.monotonic();
    this.#cancel = this.#clock.setTimer(Math.max(0, this.#leftMs), this.#onLimit);
  }

  /** Stops counting until the next {@link start}. */
  stop(): void {
    if (this.#cancel === undefined) return;
    this.#cancel();
    this.#cancel = undefined;
    this.#leftMs -= this.#clock.monotonic() - this.#startedAt;
  }
}
