import type { RateLimit } from '../rate-limit-headers.js';
import { Pacer } from './pacer.js';

/** How one announced dimension is kept. */
export interface AnnouncedLimitOptions {
  /** Share of the announced limit that is used. */ readonly pacing: number;
  /** Window that the limit is meant for, in milliseconds. */ readonly windowMs: number;
}

/** Wait where nothing remains and the server does not say until when, in milliseconds. */
const UNTOLD_RESET_MS = 1_000;

/** Share of the limit that may go in one burst: as much as pacing leaves unused, so that no window is overrun. */
const BURST_SHARE = 0.02;

/** One dimension (requests or tokens) of the limits a provider announces: paces sends and stops them at zero. */
export class AnnouncedLimit {
  readonly #options: AnnouncedLimitOptions;
  readonly #pacer = new Pacer();
  #limit = 0;
  /** Units left by our own count. */ #left = Number.POSITIVE_INFINITY;
  #resetAt = Number.POSITIVE_INFINITY;

  constructor(options: AnnouncedLimitOptions) {
    this.#options = options;
  }

  /** True where a limit is known. */
  get isAnnounced(): boolean {
    return this.#limit > 0 || this.#left !== Number.POSITIVE_INFINITY;
  }

  /**
   * Time until something may be sent, in milliseconds.
   *
   * @param now - Monotonic clock.
   */
  waitMs(now: number): number {
    if (now >= this.#resetAt) {
      // Who has just run dry holds no credit, whatever the pace allows.
      if (this.#left < 1) this.#pacer.forgetCredit(now);
      this.#left = Number.POSITIVE_INFINITY;
      this.#resetAt = Number.POSITIVE_INFINITY;
    }
    if (this.#left < 1) return Math.max(1, this.#resetAt - now);
    return this.#pacer.waitMs(now);
  }

  /** Units were sent. */
  take(now: number, units: number): void {
    this.#left -= units;
    this.#pacer.take(now, units);
  }

  /**
   * The headers of an answer.
   *
   * @param sentSince - Units sent after the request of this answer: the server may not have counted them yet.
   */
  observe(limit: RateLimit, sentSince: number, now: number): void {
    if (limit.limit !== undefined) this.#setLimit(limit.limit, limit.resetMs);
    if (limit.remaining === undefined) return;
    this.#left = limit.remaining <= 0 ? 0 : limit.remaining - sentSince;
    const untoldMs = this.#left < 1 ? UNTOLD_RESET_MS : this.#options.windowMs;
    this.#resetAt = now + (limit.resetMs === undefined || limit.resetMs <= 0 ? untoldMs : limit.resetMs);
  }

  /** A reset later than the window shows a longer window (a limit per day): that is not paced, only stopped at zero. */
  #setLimit(limit: number, resetMs: number | undefined): void {
    const { pacing, windowMs } = this.#options;
    const isPaced = limit > 0 && (resetMs === undefined || resetMs <= windowMs * 1.05);
    const paced = isPaced ? limit : 0;
    if (paced === this.#limit) return;
    this.#limit = paced;
    this.#pacer.setRate((paced * pacing) / windowMs, Math.max(1, Math.floor(limit * BURST_SHARE)));
  }
}
