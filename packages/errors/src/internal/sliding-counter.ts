/** Counts what happened in a moving window, in buckets of equal length. Constant memory and work. */
export class SlidingCounter {
  readonly #bucketMs: number;
  readonly #counts: number[];
  #latest = 0;
  #total = 0;

  /**
   * @param windowMs - Length of the window, in milliseconds.
   * @param buckets - Parts of the window; the count is exact to one part.
   */
  constructor(windowMs: number, buckets = 60) {
    this.#bucketMs = windowMs / buckets;
    this.#counts = Array.from({ length: buckets }, () => 0);
  }

  /** @param now - Monotonic clock, milliseconds. */
  add(now: number): void {
    this.#advance(now);
    const index = this.#latest % this.#counts.length;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#total += 1;
  }

  /** How many in the window that ends now. */
  count(now: number): number {
    this.#advance(now);
    return this.#total;
  }

  #advance(now: number): void {
    const bucket = Math.max(this.#latest, Math.floor(now / this.#bucketMs));
    const length = this.#counts.length;
    for (let step = 0; this.#latest < bucket && step < length; step += 1) {
      this.#latest += 1;
      const index = this.#latest % length;
      this.#total -= this.#counts[index] ?? 0;
      this.#counts[index] = 0;
    }
    this.#latest = bucket;
  }
}
