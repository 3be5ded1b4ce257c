import { quantile } from './quantiles.js';
import { at } from './sums.js';

/** Counts of values in bins of one width. A bin holds `from <= value < to`; the last one also its `to`. */
export interface Histogram {
  /** How the number of bins was found. */ readonly rule: 'freedman-diaconis' | 'sturges' | 'given' | 'constant';
  readonly binWidth: number;
  readonly bins: { from: number; to: number; count: number }[];
}

const MOST_BINS = 50;

/**
 * Histogram of a sorted column. The number of bins is `wanted`, else the larger one of the rules of Freedman and
 * Diaconis ("On the histogram as a density estimator", 1981) and of Sturges (1926), as NumPy's `auto`; at most 50.
 */
export function histogramOf(sorted: Float64Array, wanted?: number): Histogram {
  const min = at(sorted, 0);
  const max = at(sorted, sorted.length - 1);
  const range = max - min;
  if (range === 0) return { rule: 'constant', binWidth: 0, bins: [{ from: min, to: max, count: sorted.length }] };
  const { rule, count } = binCount(sorted, range, wanted);
  const binWidth = range / count;
  const bins: Histogram['bins'] = [];
  let start = 0;
  for (let index = 0; index < count; index += 1) {
    const isLast = index === count - 1;
    const to = isLast ? max : min + (index + 1) * binWidth;
    const end = isLast ? sorted.length : firstAtLeast(sorted, to, start);
    bins.push({ from: min + index * binWidth, to, count: end - start });
    start = end;
  }
  return { rule, binWidth, bins };
}

function firstAtLeast(sorted: Float64Array, limit: number, start: number): number {
  let index = start;
  while (index < sorted.length && at(sorted, index) < limit) index += 1;
  return index;
}

function binCount(
  sorted: Float64Array,
  range: number,
  wanted: number | undefined,
): { readonly rule: Histogram['rule']; readonly count: number } {
  if (wanted !== undefined) return { rule: 'given', count: wanted };
  const sturges = Math.ceil(Math.log2(sorted.length) + 1);
  const width = (2 * (quantile(sorted, 0.75) - quantile(sorted, 0.25))) / Math.cbrt(sorted.length);
  const freedmanDiaconis = width > 0 ? Math.ceil(range / width) : 0;
  const isWider = freedmanDiaconis > sturges;
  return {
    rule: isWider ? 'freedman-diaconis' : 'sturges',
    count: Math.min(MOST_BINS, isWider ? freedmanDiaconis : sturges),
  };
}
