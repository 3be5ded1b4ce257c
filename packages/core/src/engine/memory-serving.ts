import type { Handler, ServeOptions, Serving } from '@master-orchestrator/contracts';
import { CancelledError, type Clock } from '@master-orchestrator/errors';
import type { Worker } from './dispatcher.js';
import type { MemoryRun } from './memory-run.js';

/** Time for handlers to settle after their signal has fired on shutdown (ERRORS: 5 s). */
const ABORT_GRACE_MS = 5_000;

interface Hooks {
  readonly clock: Clock;
  stopClaiming(worker: MemoryServing): void;
  /** Concludes a run whose handler does not settle. */ leaveBehind(run: MemoryRun): void;
  drained(worker: MemoryServing): void;
}

/** One `serve` call: its slots, its handlers and the runs it holds. */
export class MemoryServing implements Serving, Worker {
  readonly runs = new Set<MemoryRun>();
  readonly lanes: ReadonlySet<string> | undefined;
  used = 0;
  readonly #hooks: Hooks;
  #drained: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;
  #isInGrace = false;
  #stopHurry: (() => void) | undefined;

  constructor(
    readonly handlers: ReadonlyMap<string, Handler>,
    readonly options: ServeOptions,
    readonly ownerId: string,
    hooks: Hooks,
  ) {
    this.lanes = options.lanes === undefined ? undefined : new Set(options.lanes);
    this.#hooks = hooks;
  }

  get active(): number {
    return this.runs.size;
  }

  /** A later call shortens the grace of the first one: whoever calls again is in a hurry. */
  drain(graceMs: number): Promise<void> {
    if (this.#isInGrace) {
      this.#stopHurry?.();
      this.#stopHurry = this.#hooks.clock.setTimer(graceMs, () => this.#onEmpty?.(), true);
    }
    return (this.#drained ??= this.#drain(graceMs));
  }

  /** Notes that a run was concluded. */
  forget(run: MemoryRun): void {
    this.runs.delete(run);
    if (this.runs.size === 0) this.#onEmpty?.();
  }

  async #drain(graceMs: number): Promise<void> {
    this.#hooks.stopClaiming(this);
    for (const run of this.runs) run.drain();
    this.#isInGrace = true;
    await this.#empty(graceMs);
    this.#isInGrace = false;
    this.#stopHurry?.();
    for (const run of this.runs) run.end({ kind: 'given-back', isUnavailable: false }, new CancelledError('shutdown'));
    await this.#empty(ABORT_GRACE_MS);
    for (const run of this.runs) this.#hooks.leaveBehind(run);
    this.#hooks.drained(this);
  }

  /** Resolves when no run is left, or after the time. */
  #empty(withinMs: number): Promise<void> {
    if (this.runs.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#hooks.clock.setTimer(withinMs, resolve, true);
      this.#onEmpty = () => {
        cancel();
        resolve();
      };
    });
  }
}
