import type { Column } from './column-reader.js';
import { histogramOf } from './histogram.js';
import type { MetricName } from './metric-names.js';
import type { ColumnMetrics } from './metric-schemas.js';
import { modesOf, outliersOf, quantile } from './quantiles.js';
import { at, momentsOf, sumOfProducts, type Moments } from './sums.js';

/** What to compute of a column. */
export interface ColumnRequest {
  /** All where absent. */ readonly metrics: ReadonlySet<MetricName>;
  /** From 0 to 100. */ readonly percentiles: readonly number[];
  readonly bins: number | undefined;
  /** Lets other work run; called between the parts. */ readonly breathe: () => Promise<unknown>;
}

/** Computes the metrics of one column; missing entries (`NaN`) count as missing only. */
export async function columnMetrics(column: Column, request: ColumnRequest): Promise<ColumnMetrics> {
  const values = column.values.filter((value) => !Number.isNaN(value));
  const sorted = values.slice().sort();
  await request.breathe();
  const moments = momentsOf(values);
  await request.breathe();
  const notes: Note[] = [];
  const all: Required<Omit<ColumnMetrics, 'name' | 'count' | 'missing' | 'notes'>> = {
    ...centreOf(sorted, moments, notes),
    ...spreadOf(sorted, moments, notes),
    ...quantilesOf(sorted, request),
    ...shapeOf(moments, notes),
    outliers: outliersOf(sorted),
    histogram: histogramOf(sorted, request.bins),
  };
  const wanted = Object.entries(all).filter(([key]) => request.metrics.has(METRIC_OF[key as keyof typeof all]));
  const finite = withoutInfinities(Object.fromEntries(wanted), notes);
  const head = { name: column.name, count: values.length, missing: column.values.length - values.length };
  return { ...head, ...finite, notes: textsOf(notes, request.metrics) };
}

/** Why something is null or cut, and of which metric. */
type Note = readonly [metric: MetricName, text: string];

function textsOf(notes: readonly Note[], metrics: ReadonlySet<MetricName>): string[] {
  return notes.filter(([metric]) => metrics.has(metric)).map(([metric, text]) => `${metric}: ${text}`);
}

type Metrics = Omit<ColumnMetrics, 'name' | 'count' | 'missing' | 'notes'>;

const METRIC_OF: Readonly<Record<keyof Metrics, MetricName>> = {
  sum: 'sum',
  mean: 'mean',
  median: 'median',
  modes: 'mode',
  modeFrequency: 'mode',
  min: 'min',
  max: 'max',
  range: 'range',
  sampleVariance: 'variance',
  populationVariance: 'variance',
  sampleStandardDeviation: 'standardDeviation',
  populationStandardDeviation: 'standardDeviation',
  quartiles: 'quartiles',
  interquartileRange: 'quartiles',
  percentiles: 'percentiles',
  skewness: 'skewness',
  kurtosis: 'kurtosis',
  lag1Autocorrelation: 'autocorrelation',
  outliers: 'outliers',
  histogram: 'histogram',
};

function centreOf(
  sorted: Float64Array,
  { sum, mean }: Moments,
  notes: Note[],
): Required<Pick<Metrics, 'sum' | 'mean' | 'median' | 'modes' | 'modeFrequency'>> {
  const { modes, frequency, omitted } = modesOf(sorted);
  if (modes.length === 0) notes.push(['mode', 'every value occurs once, so there is none']);
  if (omitted > 0) notes.push(['mode', `${omitted} more values occur as often`]);
  return { sum, mean, median: quantile(sorted, 0.5), modes: [...modes], modeFrequency: frequency };
}

function spreadOf(
  sorted: Float64Array,
  { count, power2 }: Moments,
  notes: Note[],
): Required<
  Pick<
    Metrics,
    | 'min'
    | 'max'
    | 'range'
    | 'sampleVariance'
    | 'populationVariance'
    | 'sampleStandardDeviation'
    | 'populationStandardDeviation'
  >
> {
  const min = at(sorted, 0);
  const max = at(sorted, count - 1);
  if (count < 2) {
    notes.push(['variance', 'that of a sample needs at least 2 values']);
    notes.push(['standardDeviation', 'that of a sample needs at least 2 values']);
  }
  const sampleVariance = count < 2 ? null : power2 / (count - 1);
  const populationVariance = power2 / count;
  return {
    min,
    max,
    range: max - min,
    sampleVariance,
    populationVariance,
    sampleStandardDeviation: sampleVariance === null ? null : Math.sqrt(sampleVariance),
    populationStandardDeviation: Math.sqrt(populationVariance),
  };
}

function quantilesOf(
  sorted: Float64Array,
  { percentiles }: ColumnRequest,
): Required<Pick<Metrics, 'quartiles' | 'interquartileRange' | 'percentiles'>> {
  const [q1, q2, q3] = [quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)];
  return {
    quartiles: { q1, q2, q3 },
    interquartileRange: q3 - q1,
    percentiles: percentiles.map((percent) => ({ percent, value: quantile(sorted, percent / 100) })),
  };
}

/**
 * Skewness G1 and excess kurtosis G2, the unbiased forms for normal samples (Joanes and Gill, "Comparing measures of
 * sample skewness and kurtosis", The Statistician 47, 1998), as SAS and Excel give them. Autocorrelation r1 as in the
 * NIST/SEMATECH Handbook of Statistical Methods, section 1.3.5.12.
 */
function shapeOf(
  { count: n, deviations, power2, power3, power4 }: Moments,
  notes: Note[],
): Required<Pick<Metrics, 'skewness' | 'kurtosis' | 'lag1Autocorrelation'>> {
  if (power2 === 0) {
    for (const metric of ['skewness', 'kurtosis', 'autocorrelation'] as const) {
      notes.push([metric, 'needs at least two different values']);
    }
    return { skewness: null, kurtosis: null, lag1Autocorrelation: null };
  }
  if (n < 3) notes.push(['skewness', 'needs at least 3 values']);
  if (n < 4) notes.push(['kurtosis', 'needs at least 4 values']);
  const g1 = power3 / n / (power2 / n) ** 1.5;
  const g2 = power4 / n / (power2 / n) ** 2 - 3;
  return {
    skewness: n < 3 ? null : (g1 * Math.sqrt(n * (n - 1))) / (n - 2),
    kurtosis: n < 4 ? null : ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * g2 + 6),
    lag1Autocorrelation: sumOfProducts(deviations, deviations.subarray(1)) / power2,
  };
}

/** What a float cannot hold becomes null, with a note: JSON has no infinity. */
function withoutInfinities(metrics: Metrics, notes: Note[]): Metrics {
  const entries = Object.entries(metrics).map(([key, value]) => {
    if (isFiniteThrough(value)) return [key, value];
    notes.push([METRIC_OF[key as keyof Metrics], 'the numbers are too large or too small for 64-bit floats']);
    return [key, Array.isArray(value) ? [] : null];
  });
  return Object.fromEntries(entries) as Metrics;
}

function isFiniteThrough(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isFiniteThrough);
}
