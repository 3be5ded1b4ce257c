/** A rate limit the server keeps and announces, as OpenAI does. */
export interface AnnouncedLimitOptions {
  readonly requestsPerMinute: number;
  /** Requests that may come at once after a pause. @default requestsPerMinute */ readonly burst?: number;
  /** Milliseconds of a clock that never goes back. @default performance.now */ readonly now?: () => number;
}

/** What the limit says about one request. */
export interface LimitVerdict {
  readonly isAllowed: boolean;
  readonly headers: Readonly<Record<string, string>>;
  /** Until the next request would pass, in milliseconds; 0 where this one did. */ readonly retryAfterMs: number;
}

/** A token bucket: `burst` deep, filled evenly with `requestsPerMinute`. */
export class AnnouncedLimit {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #limit: number;
  readonly #now: () => number;
  #tokens: number;
  #readAt: number;

  constructor({ requestsPerMinute, burst = requestsPerMinute, now = () => performance.now() }: AnnouncedLimitOptions) {
    this.#perMs = requestsPerMinute / 60_000;
    this.#limit = requestsPerMinute;
    this.#burst = burst;
    this.#now = now;
    this.#tokens = burst;
    this.#readAt = now();
  }

  take(): LimitVerdict {
    const at = this.#now();
    this.#tokens = Math.min(this.#burst, this.#tokens + (at - this.#readAt) * this.#perMs);
    this.#readAt = at;
    const isAllowed = this.#tokens >= 1;
    if (isAllowed) this.#tokens -= 1;
    const fullInMs = (this.#burst - this.#tokens) / this.#perMs;
    return {
      isAllowed,
      headers: {
        'x-ratelimit-limit-requests': String(this.#limit),
        'x-ratelimit-remaining-requests': String(Math.floor(this.#tokens)),
        'x-ratelimit-reset-requests': `${Math.ceil(fullInMs)}ms`,
      },
      retryAfterMs: isAllowed ? 0 : Math.ceil((1 - this.#tokens) / this.#perMs),
    };
  }
}
