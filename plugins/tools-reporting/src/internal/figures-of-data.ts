import { bin, deviation, mean, quantileSorted, sum } from 'd3-array';
import type { ColumnFigures } from './read-metrics.js';
import type { Box, Cell, HistogramChart, Series } from './report-model.js';

/** Sorting is what takes time, and several charts need it. */
const SORTED = new WeakMap<Series, number[]>();

/** Ascending numbers of a series, the missing ones left out. */
export function sortedValues(series: Series): number[] {
  const known = SORTED.get(series);
  if (known !== undefined) return known;
  const sorted = Array.from(Float64Array.from(series.values.filter((value) => value !== null)).sort());
  SORTED.set(series, sorted);
  return sorted;
}

/** The figures a report needs where nobody calculated any. Quantiles by R-7, as d3-array's. */
export function figuresOf(series: Series): ColumnFigures {
  const sorted = sortedValues(series);
  const n = sorted.length;
  const sample = deviation(sorted);
  const figures = new Map<string, Cell>([
    ['count', n],
    ['mean', orNull(mean(sorted))],
    ['median', orNull(quantileSorted(sorted, 0.5))],
    ['min', orNull(sorted[0])],
    ['max', orNull(sorted.at(-1))],
    ['sum', orNull(sum(sorted))],
    ['sampleStandardDeviation', orNull(sample)],
    [
      'populationStandardDeviation',
      n === 1 ? 0 : orNull(sample === undefined ? undefined : sample * Math.sqrt((n - 1) / n)),
    ],
    ['quartiles.q1', orNull(quantileSorted(sorted, 0.25))],
    ['quartiles.q3', orNull(quantileSorted(sorted, 0.75))],
  ]);
  return { name: series.name, figures };
}

/** Floats so close to each other have no room for steps between them. */
const SMALLEST_SPAN = 1e-290;

/** Bins of a series, by Sturges' rule, at whole steps. */
export function binsOf(series: Series): HistogramChart['bins'] {
  const sorted = sortedValues(series);
  const [from = 0, to = 0] = [sorted[0], sorted.at(-1)];
  if (sorted.length === 0 || !Number.isFinite(to - from)) return [];
  if (to - from < SMALLEST_SPAN) return [{ from, to, count: sorted.length }];
  return bin()(sorted).flatMap((values) => {
    return values.x0 === undefined || values.x1 === undefined
      ? []
      : [{ from: values.x0, to: values.x1, count: values.length }];
  });
}

const MOST_OUTLIERS = 200;

/** Box of a series; whiskers reach to the furthest values within 1.5 interquartile ranges of the box. */
export function boxOf(series: Series): Box | undefined {
  const sorted = sortedValues(series);
  const [q1, middle, q3] = [0.25, 0.5, 0.75].map((portion) => quantileSorted(sorted, portion));
  if (q1 === undefined || middle === undefined || q3 === undefined) return undefined;
  const spread = 1.5 * (q3 - q1);
  if (!Number.isFinite(spread)) return undefined;
  const isInside = (value: number): boolean => value >= q1 - spread && value <= q3 + spread;
  const first = sorted.findIndex(isInside);
  const last = sorted.findLastIndex(isInside);
  return {
    name: series.name,
    low: Math.min(q1, sorted[first] ?? q1),
    q1,
    median: middle,
    q3,
    high: Math.max(q3, sorted[last] ?? q3),
    outliers: [...sorted.slice(0, first), ...sorted.slice(last + 1)].slice(0, MOST_OUTLIERS),
  };
}

function orNull(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : value;
}
