/** Eight buckets a doubling: a percentile is at most 9 % above the true value. */
const PER_OCTAVE = 8;
/** The first bucket ends at 2^-10 ms, about a microsecond; the last one holds everything from 2^20 ms, 17 minutes, on. */
const LOWEST_EXPONENT = -10;
const BUCKETS = (20 - LOWEST_EXPONENT) * PER_OCTAVE + 1;

/** Counts durations in fixed buckets: constant memory, a few nanoseconds a record. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;

  record(durationMs: number): void {
    const position = (Math.log2(Math.max(durationMs, Number.MIN_VALUE)) - LOWEST_EXPONENT) * PER_OCTAVE;
    const bucket = Math.min(BUCKETS - 1, Math.max(0, Math.ceil(position)));
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#total += 1;
  }

  /** Upper end of the bucket in which the given part of all durations is reached, in milliseconds; 0 without any. */
  percentile(part: number): number {
    if (this.#total === 0) return 0;
    const wanted = Math.ceil(this.#total * part);
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.#counts[bucket] as number;
      if (seen >= wanted) return 2 ** (bucket / PER_OCTAVE + LOWEST_EXPONENT);
    }
    return 2 ** ((BUCKETS - 1) / PER_OCTAVE + LOWEST_EXPONENT);
  }
}
