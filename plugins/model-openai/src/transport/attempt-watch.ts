import type { ModelCallLimits } from '@master-orchestrator/contracts';
import type { Clock } from '@master-orchestrator/errors';

/** Which of an attempt's limits is at work, named as in {@link ModelCallLimits}; `drain` waits for the end of a finished answer. */
export type WatchPhase = 'connectMs' | 'headersMs' | 'firstTokenMs' | 'silenceMs' | 'drain';

/** The limit that ran out, and its length in milliseconds. */
export interface Expiry {
  readonly limit: WatchPhase | 'attemptMs';
  readonly limitMs: number;
}

/** All limits of one attempt, in milliseconds. */
export type AttemptLimits = Required<ModelCallLimits>;

/** The limits of an attempt where nothing else is said. */
export const DEFAULT_LIMITS: AttemptLimits = {
  connectMs: 10_000,
  headersMs: 60_000,
  firstTokenMs: 120_000,
  silenceMs: 60_000,
  attemptMs: 600_000,
};

/** A timer may fire a little before the monotonic clock says so. */
const EARLY_MS = 1;

/**
 * Watches over the time of one attempt with one timer. What happens on the wire only moves a timestamp; the timer
 * looks at it when it fires and is set again for what is left, so that a chunk costs no timer.
 */
export class AttemptWatch {
  readonly #clock: Clock;
  readonly #onExpire: (expiry: Expiry) => void;
  readonly #attemptMs: number;
  readonly #startedAt: number;
  #phase: WatchPhase;
  #phaseMs: number;
  #since: number;
  #firesAt: number;
  #cancel: () => void;

  /** Starts with `connectMs`. */
  constructor(clock: Clock, limits: AttemptLimits, onExpire: (expiry: Expiry) => void) {
    this.#clock = clock;
    this.#onExpire = onExpire;
    this.#attemptMs = limits.attemptMs;
    this.#phase = 'connectMs';
    this.#phaseMs = limits.connectMs;
    this.#startedAt = clock.monotonic();
    this.#since = this.#startedAt;
    const delayMs = Math.min(limits.connectMs, limits.attemptMs);
    this.#firesAt = this.#startedAt + delayMs;
    this.#cancel = clock.setTimer(delayMs, this.#check);
  }

  /** The limit that is at work now. */
  get phase(): WatchPhase {
    return this.#phase;
  }

  /** From now on this limit counts. */
  enter(phase: WatchPhase, limitMs: number): void {
    this.#since = this.#clock.monotonic();
    this.extend(phase, limitMs);
  }

  /** From now on this limit counts, from the moment that the present one began. */
  extend(phase: WatchPhase, limitMs: number): void {
    this.#phase = phase;
    this.#phaseMs = limitMs;
    if (this.#since + limitMs < this.#firesAt) this.#arm(this.#clock.monotonic());
  }

  /** Something arrived: a silence begins anew. */
  touch(): void {
    if (this.#phase === 'silenceMs') this.#since = this.#clock.monotonic();
  }

  /** Ends the watch; afterwards nothing of it is left. */
  stop(): void {
    this.#cancel();
  }

  #arm(now: number): void {
    this.#cancel();
    this.#firesAt = Math.min(this.#since + this.#phaseMs, this.#startedAt + this.#attemptMs);
    this.#cancel = this.#clock.setTimer(Math.max(0, this.#firesAt - now), this.#check);
  }

  readonly #check = (): void => {
    const now = this.#clock.monotonic() + EARLY_MS;
    if (now >= this.#startedAt + this.#attemptMs) this.#onExpire({ limit: 'attemptMs', limitMs: this.#attemptMs });
    else if (now >= this.#since + this.#phaseMs) this.#onExpire({ limit: this.#phase, limitMs: this.#phaseMs });
    else this.#arm(now - EARLY_MS);
  };
}
