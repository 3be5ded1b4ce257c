import { at } from './sums.js';

/**
 * Quantile by linear interpolation between the two closest ranks: type 7 of Hyndman and Fan, "Sample Quantiles in
 * Statistical Packages" (The American Statistician 50, 1996), the default of R, NumPy and Excel's PERCENTILE.INC.
 *
 * @param sorted - Ascending, at least one value.
 * @param portion - From 0 to 1.
 */
export function quantile(sorted: Float64Array, portion: number): number {
  const rank = (sorted.length - 1) * portion;
  const low = Math.floor(rank);
  const below = at(sorted, low);
  const above = at(sorted, Math.min(low + 1, sorted.length - 1));
  return rank === low ? below : below + (rank - low) * (above - below);
}

/** The values that occur most often, ascending, and how often; none where each occurs once. */
export interface Modes {
  readonly modes: number[];
  readonly frequency: number;
  /** Modes beyond those listed. */ readonly omitted: number;
}

const MOST_MODES = 10;

/** Counts runs of equal values in a sorted column. */
export function modesOf(sorted: Float64Array): Modes {
  let modes: number[] = [];
  let frequency = 1;
  let found = 0;
  for (let start = 0; start < sorted.length;) {
    let end = start + 1;
    while (end < sorted.length && sorted[end] === sorted[start]) end += 1;
    const run = end - start;
    if (run > frequency) {
      modes = [];
      found = 0;
      frequency = run;
    }
    if (run === frequency && run > 1) {
      found += 1;
      if (modes.length < MOST_MODES) modes.push(at(sorted, start) + 0);
    }
    start = end;
  }
  return { modes, frequency, omitted: found - modes.length };
}

/** Values beyond Tukey's fences, 1.5 interquartile ranges outside the quartiles (Tukey, "Exploratory Data Analysis", 1977). */
export interface Outliers {
  readonly lowerFence: number;
  readonly upperFence: number;
  readonly count: number;
  /** The first ones from below, then from above. */ readonly values: number[];
}

const MOST_OUTLIERS = 50;

/** Finds the outliers of a sorted column. */
export function outliersOf(sorted: Float64Array): Outliers {
  const q1 = quantile(sorted, 0.25);
  const q3 = quantile(sorted, 0.75);
  const lowerFence = q1 - 1.5 * (q3 - q1);
  const upperFence = q3 + 1.5 * (q3 - q1);
  let low = 0;
  while (low < sorted.length && at(sorted, low) < lowerFence) low += 1;
  let high = sorted.length;
  while (high > low && at(sorted, high - 1) > upperFence) high -= 1;
  const values = [...sorted.subarray(0, Math.min(low, MOST_OUTLIERS))];
  values.push(...sorted.subarray(high, Math.min(sorted.length, high + MOST_OUTLIERS - values.length)));
  return { lowerFence, upperFence, count: low + sorted.length - high, values };
}
