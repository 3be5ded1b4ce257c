/**
 * Spreads units evenly over time (generic cell rate algorithm, ITU-T I.371). A unit dearer than the burst is let
 * through and paid for afterwards, so that nothing waits for ever.
 */
export class Pacer {
  #msPerUnit = 0;
  #burstMs = 0;
  /** When the units sent so far will have been paid for, on the monotonic clock. */ #paidAt = Number.NEGATIVE_INFINITY;

  /**
   * @param unitsPerMs - Rate; 0 switches the pacer off.
   * @param burst - Units that may go at once after a rest.
   */
  setRate(unitsPerMs: number, burst: number): void {
    this.#msPerUnit = unitsPerMs > 0 ? 1 / unitsPerMs : 0;
    this.#burstMs = Math.max(0, burst - 1) * this.#msPerUnit;
  }

  /** Time until the next unit may go, in milliseconds. */
  waitMs(now: number): number {
    return this.#msPerUnit === 0 ? 0 : Math.max(0, this.#paidAt - this.#burstMs - now);
  }

  /** Forgets the credit of a rest: the next units go one by one, as after a burst. */
  forgetCredit(now: number): void {
    this.#paidAt = Math.max(this.#paidAt, now + this.#burstMs);
  }

  /** Units were sent. */
  take(now: number, units: number): void {
    if (this.#msPerUnit === 0) return;
    this.#paidAt = Math.max(this.#paidAt, now) + units * this.#msPerUnit;
  }
}
