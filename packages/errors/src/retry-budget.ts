import { systemClock, type Clock } from './clock.js';

/** Settings of a {@link RetryBudget}. */
export interface RetryBudgetOptions {
  /** @default the system clock */ readonly clock?: Clock;
  /** Tokens a full budget holds; it starts full. @default 20 */ readonly capacity?: number;
  /** Tokens that time gives, per second. @default 0.1 */ readonly refillPerSecond?: number;
  /** Tokens that a success gives. @default 0.3 */ readonly successGain?: number;
}

/**
 * Bounds the retries of one key: in an outage of S seconds without a success at most
 * `capacity + refillPerSecond * S` retries leave, whatever the load. Retries after a timeout cost 2, others 1.
 */
export class RetryBudget {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #refillPerMs: number;
  readonly #successGain: number;
  #tokens: number;
  #at: number;

  constructor(options: RetryBudgetOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#capacity = options.capacity ?? 20;
    this.#refillPerMs = (options.refillPerSecond ?? 0.1) / 1_000;
    this.#successGain = options.successGain ?? 0.3;
    this.#tokens = this.#capacity;
    this.#at = this.#clock.monotonic();
  }

  /** Tokens at hand now. */
  get tokens(): number {
    this.#refill();
    return this.#tokens;
  }

  /** True where a retry of this cost could be paid now; takes nothing. */
  has(cost = 1): boolean {
    return this.tokens >= cost;
  }

  /** Pays for one retry, or refuses. */
  tryTake(cost = 1): boolean {
    if (this.tokens < cost) return false;
    this.#tokens -= cost;
    return true;
  }

  /** A call succeeded. */
  succeed(): void {
    this.#refill();
    this.#tokens = Math.min(this.#capacity, this.#tokens + this.#successGain);
  }

  #refill(): void {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.#capacity, this.#tokens + Math.max(0, now - this.#at) * this.#refillPerMs);
    this.#at = now;
  }
}
