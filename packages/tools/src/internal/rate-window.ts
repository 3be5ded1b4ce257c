const MINUTE_MS = 60_000;

/** At most `limit` starts in any 60 seconds: the moments of the last `limit` starts in a ring. */
export class RateWindow {
  readonly #starts: number[] = [];
  #next = 0;

  constructor(readonly limit: number) {}

  /** Milliseconds until a start is possible; 0 where it is now. */
  waitMs(now: number): number {
    if (this.#starts.length < this.limit) return 0;
    if (this.limit <= 0) return MINUTE_MS;
    return Math.max(0, (this.#starts[this.#next] as number) + MINUTE_MS - now);
  }

  /** Counts a start. */
  start(now: number): void {
    if (this.#starts.length < this.limit) {
      this.#starts.push(now);
      return;
    }
    this.#starts[this.#next] = now;
    this.#next = (this.#next + 1) % this.limit;
  }

  /** True where forgetting it changes nothing. */
  isIdle(now: number): boolean {
    return this.#starts.every((start) => start + MINUTE_MS <= now);
  }
}
