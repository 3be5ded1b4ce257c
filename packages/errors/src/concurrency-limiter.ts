import { CancelledError } from './cancelled-error.js';
import { systemClock, type Clock } from './clock.js';
import { AnnouncedLimit } from './internal/announced-limit.js';
import { tell } from './internal/guard.js';
import { WaitQueue } from './internal/wait-queue.js';
import { OrchestratorError } from './orchestrator-error.js';
import type { RateLimits } from './rate-limit-headers.js';

/** How a call ended, as far as it says something about the load. */
export type LimiterOutcome = 'success' | 'rate-limited' | 'overloaded' | 'slow-down' | 'ignored';

/** One change of the limit. */
export interface LimiterChange {
  readonly key: string;
  /** Calls at the same time, before and after. */ readonly from: number;
  readonly to: number;
  readonly reason: LimiterOutcome;
  /** Wall clock, milliseconds since the epoch. */ readonly at: number;
}

/** Settings of a {@link ConcurrencyLimiter}. */
export interface ConcurrencyLimiterOptions {
  /** What it bounds: `model:<origin>:<model>`. @default 'default' */ readonly key?: string;
  /** @default the system clock */ readonly clock?: Clock;
  /** Calls at the same time to begin with. @default 10 */ readonly initial?: number;
  /** @default 1 */ readonly min?: number;
  /** @default 100 */ readonly max?: number;
  /** Share of an announced limit that is sent. @default 0.98 */ readonly pacing?: number;
  /** Window of announced limits, in milliseconds. @default 60_000 */ readonly announcedWindowMs?: number;
  /** Longest wait for an announced limit, in milliseconds; a longer one is refused at once. @default 60_000 */
  readonly maxPauseMs?: number;
  /** Calls that may wait; the next is refused with QUEUE_FULL. @default 10_000 */ readonly maxQueue?: number;
  /** Hears of each change of the limit in whole calls. */ readonly onChange?: (change: LimiterChange) => void;
}

/** The right to make one call. Release it exactly once; what comes later is ignored. */
export interface LimiterPermit {
  /**
   * @param limits - Limits that the answer's headers announce, see `readRateLimits`.
   */
  release(outcome: LimiterOutcome, limits?: RateLimits): void;
}

/** Where a limiter stands. */
export interface LimiterSnapshot {
  readonly key: string;
  /** Calls allowed at the same time. */ readonly limit: number;
  readonly active: number;
  readonly waiting: number;
}

/** What a bad sign leaves of the limit. */
const DECREASE = { 'rate-limited': 0.7, overloaded: 0.7, 'slow-down': 0.5 } as const;

/** Shortest time between two decreases, in milliseconds: one burst of refusals is one sign. */
const DECREASE_PAUSE_MS = 1_000;

/**
 * Finds how many calls at the same time the other side bears: additive increase, multiplicative decrease, and keeps to
 * the limits that its headers announce. First come, first served. At most one timer, whatever the number of calls.
 */
export class ConcurrencyLimiter {
  readonly key: string;
  readonly #clock: Clock;
  readonly #min: number;
  readonly #max: number;
  readonly #maxPauseMs: number;
  readonly #onChange: ((change: LimiterChange) => void) | undefined;
  readonly #requests: AnnouncedLimit;
  readonly #tokens: AnnouncedLimit;
  readonly #queue: WaitQueue<LimiterPermit>;
  #limit: number;
  #active = 0;
  #sentRequests = 0;
  #sentTokens = 0;
  #observedUpTo = 0;
  #decreasedAt = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor(options: ConcurrencyLimiterOptions = {}) {
    this.key = options.key ?? 'default';
    this.#clock = options.clock ?? systemClock;
    this.#min = Math.max(1, options.min ?? 1);
    this.#max = options.max ?? 100;
    this.#limit = Math.min(this.#max, Math.max(this.#min, options.initial ?? 10));
    this.#maxPauseMs = options.maxPauseMs ?? 60_000;
    this.#onChange = options.onChange;
    const announced = { pacing: options.pacing ?? 0.98, windowMs: options.announcedWindowMs ?? 60_000 };
    this.#requests = new AnnouncedLimit(announced);
    this.#tokens = new AnnouncedLimit(announced);
    this.#queue = new WaitQueue(this.key, options.maxQueue ?? 10_000);
  }

  /** True where the other side has announced a limit of tokens: calls should say how many they need. */
  get hasTokenLimit(): boolean {
    return this.#tokens.isAnnounced;
  }

  /** Where it stands now. */
  snapshot(): LimiterSnapshot {
    return { key: this.key, limit: Math.floor(this.#limit), active: this.#active, waiting: this.#queue.length };
  }

  /**
   * Makes a call now, or refuses.
   *
   * @param tokens - Estimated tokens of the call, for announced token limits.
   */
  tryAcquire(tokens = 0): LimiterPermit | undefined {
    const now = this.#clock.monotonic();
    if (this.#queue.length > 0 || !this.#hasPlace() || this.#pauseMs(now) > 0) return undefined;
    return this.#enter(now, tokens);
  }

  /**
   * Waits for a turn.
   *
   * @param signal - Ends the wait at once.
   * @param tokens - Estimated tokens of the call, for announced token limits.
   * @throws OrchestratorError CANCELLED on abort, QUEUE_FULL where too many wait, RATE_LIMITED where an announced limit
   * asks for a longer wait than `maxPauseMs`.
   */
  async acquire(signal?: AbortSignal, tokens = 0): Promise<LimiterPermit> {
    if (signal?.aborted === true) throw CancelledError.fromSignal(signal);
    const permit = this.tryAcquire(tokens);
    if (permit !== undefined) return permit;
    const pauseMs = this.#pauseMs(this.#clock.monotonic());
    if (pauseMs > this.#maxPauseMs) throw this.#pausedError(pauseMs);
    const waiting = this.#queue.wait(tokens, signal, () => this.#next());
    this.#next();
    return waiting;
  }

  #hasPlace(): boolean {
    return this.#active < Math.floor(this.#limit);
  }

  /** Time until announced limits let something through. */
  #pauseMs(now: number): number {
    return Math.max(this.#requests.waitMs(now), this.#tokens.waitMs(now));
  }

  #enter(now: number, tokens: number): LimiterPermit {
    this.#active += 1;
    this.#sentRequests += 1;
    this.#sentTokens += tokens;
    this.#requests.take(now, 1);
    this.#tokens.take(now, tokens);
    return this.#permit(this.#sentRequests, this.#sentTokens);
  }

  #permit(sentRequests: number, sentTokens: number): LimiterPermit {
    let isReleased = false;
    return {
      release: (outcome, limits) => {
        if (isReleased) return;
        isReleased = true;
        const now = this.#clock.monotonic();
        if (limits !== undefined) this.#observe(limits, sentRequests, sentTokens, now);
        this.#adapt(outcome, now);
        this.#active -= 1;
        this.#next();
      },
    };
  }

  /** The word of a later request is the fresher one, whichever answer arrives first. */
  #observe(limits: RateLimits, sentRequests: number, sentTokens: number, now: number): void {
    if (sentRequests < this.#observedUpTo || (limits.requests === undefined && limits.tokens === undefined)) return;
    this.#observedUpTo = sentRequests;
    if (limits.requests !== undefined) {
      this.#requests.observe(limits.requests, this.#sentRequests - sentRequests, now);
    }
    if (limits.tokens !== undefined) this.#tokens.observe(limits.tokens, this.#sentTokens - sentTokens, now);
  }

  #adapt(outcome: LimiterOutcome, now: number): void {
    const before = this.#limit;
    if (outcome === 'success') {
      if (this.#active >= before / 2) this.#limit = Math.min(this.#max, before + 1 / before);
    } else if (outcome !== 'ignored' && now - this.#decreasedAt >= DECREASE_PAUSE_MS) {
      this.#decreasedAt = now;
      this.#limit = Math.max(this.#min, before * DECREASE[outcome]);
    }
    const from = Math.floor(before);
    const to = Math.floor(this.#limit);
    if (from !== to) tell(this.#onChange, { key: this.key, from, to, reason: outcome, at: this.#clock.now() });
  }

  /** Lets those through whose turn has come, or sets the one timer for the next. */
  #next(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (let waiter = this.#queue.peek(); waiter !== undefined && this.#hasPlace(); waiter = this.#queue.peek()) {
      const now = this.#clock.monotonic();
      const pauseMs = this.#pauseMs(now);
      if (pauseMs > this.#maxPauseMs) {
        this.#queue.shift()?.reject(this.#pausedError(pauseMs));
        continue;
      }
      if (pauseMs > 0) {
        this.#cancelTimer = this.#clock.setTimer(Math.ceil(pauseMs), () => this.#next(), true);
        return;
      }
      this.#queue.shift();
      waiter.resolve(this.#enter(now, waiter.weight));
    }
  }

  #pausedError(pauseMs: number): OrchestratorError {
    const seconds = Math.ceil(pauseMs / 1_000);
    const text = `"${this.key}": the announced limit is used up for another ${seconds} s, so nothing was sent.`;
    return new OrchestratorError('RATE_LIMITED', text, {
      isReplaySafe: true,
      retryAfterMs: Math.ceil(pauseMs),
      breakerKey: this.key,
    });
  }
}
