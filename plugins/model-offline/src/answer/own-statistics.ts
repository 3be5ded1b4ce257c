import type { Dataset } from '../data/dataset.js';
import { namedColumns } from '../data/data-forms.js';
import type { Figures, Metrics, Relation } from './read-metrics.js';

/** Figures of a dataset, for an agent that has no statistics tool. */
export function ownMetrics(dataset: Dataset): Metrics {
  const columns = namedColumns(dataset);
  const isUnnamed = dataset.columns.length === 1 && dataset.columns[0]?.label === undefined;
  return {
    columns: columns.map(({ label, values }) => ({
      ...(isUnnamed ? {} : { name: label }),
      figures: figuresOf(values.filter((value) => value !== null)),
    })),
    relations: relationsOf(columns),
  };
}

function figuresOf(values: readonly number[]): Figures['figures'] {
  const sorted = [...values].sort((a, b) => a - b);
  const [first] = sorted;
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return [['count', 0]];
  const center = meanOf(values);
  const squares = values.map((value) => (value - center) ** 2);
  const spread: [string, number][] =
    values.length < 2 ? [] : [['standard deviation (sample)', Math.sqrt(sumOf(squares) / (values.length - 1))]];
  return [
    ['count', values.length],
    ['sum', sumOf(values)],
    ['mean', center],
    ['median', quantile(sorted, 0.5)],
    ...spread,
    ['standard deviation (population)', Math.sqrt(sumOf(squares) / values.length)],
    ['first quartile', quantile(sorted, 0.25)],
    ['third quartile', quantile(sorted, 0.75)],
    ['minimum', first],
    ['maximum', last],
  ];
}

/** A sum that keeps what rounding would lose (Neumaier, "Rundungsfehleranalyse", ZAMM 54, 1974). */
export function sumOf(values: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return Number.isFinite(lost) ? sum + lost : sum;
}

/** The mean, corrected once by the mean of the residuals (two passes). */
function meanOf(values: readonly number[]): number {
  const first = sumOf(values) / values.length;
  return first + sumOf(values.map((value) => value - first)) / values.length;
}

/** Type 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996): linear between the two neighbours. */
function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const low = sorted[Math.floor(position)] ?? 0;
  const high = sorted[Math.ceil(position)] ?? low;
  return low + (high - low) * (position - Math.floor(position));
}

function relationsOf(columns: ReturnType<typeof namedColumns>): Relation[] {
  return columns.flatMap((a, at) =>
    columns.slice(at + 1).flatMap((b): Relation[] => {
      const r = correlation(a.values, b.values);
      return r === undefined ? [] : [{ a: a.label, b: b.label, r }];
    }),
  );
}

/** Pearson's r of the rows in which both have a value; `undefined` for lists of different lengths or without spread. */
function correlation(xs: readonly (number | null)[], ys: readonly (number | null)[]): number | undefined {
  if (xs.length !== ys.length) return undefined;
  const pairs = xs.flatMap((x, at): [number, number][] => {
    const y = ys[at] ?? null;
    return x === null || y === null ? [] : [[x, y]];
  });
  if (pairs.length < 2) return undefined;
  const meanX = meanOf(pairs.map(([x]) => x));
  const meanY = meanOf(pairs.map(([, y]) => y));
  const xx = sumOf(pairs.map(([x]) => (x - meanX) ** 2));
  const yy = sumOf(pairs.map(([, y]) => (y - meanY) ** 2));
  const xy = sumOf(pairs.map(([x, y]) => (x - meanX) * (y - meanY)));
  return xx === 0 || yy === 0 ? undefined : Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}
