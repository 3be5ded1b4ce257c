import { assertNever } from '@master-orchestrator/contracts';
import { binsOf, boxOf } from './figures-of-data.js';
import { formatNumber } from './format-number.js';
import type {
  BarChart,
  Box,
  BoxChart,
  Chart,
  HistogramChart,
  LineChart,
  ScatterChart,
  Series,
} from './report-model.js';

/** Beyond this many points neighbours are drawn as their smallest and largest value. */
const MOST_POINTS = 1_000;
const MOST_SCATTERED = 2_000;
const MOST_BARS = 60;
const MOST_BOXES = 12;

/** Words around a chart that may be given. */
export interface ChartWords {
  readonly title?: string | undefined;
  readonly xLabel?: string | undefined;
  readonly yLabel?: string | undefined;
}

/** The values of each series in order. */
export function lineChart(series: readonly Series[], words: ChartWords = {}, labels?: readonly string[]): LineChart {
  const length = Math.max(...series.map(({ values }) => values.length));
  const kept = keptPositions(series, length);
  return {
    type: 'line',
    title: words.title ?? `${namesOf(series)} in order`,
    description: `Line chart: ${series.map(describeSeries).join('; ')}.${cutNote(length, kept.length, 'positions')}`,
    xLabel: words.xLabel ?? (labels === undefined ? 'Position' : ''),
    yLabel: words.yLabel ?? (series.length === 1 ? (series[0]?.name ?? '') : ''),
    x: kept.map((index) => index + 1),
    ...(labels === undefined ? {} : { labels: kept.map((index) => labels[index] ?? '') }),
    series: series.map(({ name, values }) => ({ name, values: kept.map((index) => values[index] ?? null) })),
  };
}

/** One bar for each label and series. */
export function barChart(series: readonly Series[], words: ChartWords = {}, labels?: readonly string[]): BarChart {
  const length = Math.max(...series.map(({ values }) => values.length));
  const shown = Math.min(length, Math.max(1, Math.floor(MOST_BARS / series.length)));
  const positions = Array.from({ length: shown }, (_, index) => index);
  return {
    type: 'bar',
    title: words.title ?? namesOf(series),
    description: `Bar chart: ${series.map(describeSeries).join('; ')}.${cutNote(length, shown, 'bars')}`,
    xLabel: words.xLabel ?? '',
    yLabel: words.yLabel ?? (series.length === 1 ? (series[0]?.name ?? '') : ''),
    labels: positions.map((index) => labels?.[index] ?? String(index + 1)),
    series: series.map(({ name, values }) => ({ name, values: values.slice(0, shown) })),
  };
}

/** How often values fall into each bin; `bins` where they are known already. */
export function histogramChart(
  series: Series | undefined,
  words: ChartWords = {},
  bins: HistogramChart['bins'] = series === undefined ? [] : binsOf(series),
): HistogramChart {
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  const largest = bins.reduce(
    (best, bin) => (bin.count > best.count ? bin : best),
    bins[0] ?? { from: 0, to: 0, count: 0 },
  );
  const name = series?.name ?? 'values';
  return {
    type: 'histogram',
    title: words.title ?? `Distribution of ${name}`,
    description:
      `Histogram: ${total} values in ${bins.length} bins; most, ${largest.count}, ` +
      `from ${formatNumber(largest.from)} to ${formatNumber(largest.to)}.`,
    xLabel: words.xLabel ?? name,
    yLabel: words.yLabel ?? 'Count',
    bins,
  };
}

/** The second series over the first. */
export function scatterChart(
  x: Series,
  y: Series,
  words: ChartWords = {},
  line?: { readonly slope: number; readonly intercept: number },
): ScatterChart {
  const all = x.values.flatMap((value, index) => {
    const other = y.values[index];
    return value === null || other === null || other === undefined ? [] : [{ x: value, y: other }];
  });
  const step = Math.max(1, Math.ceil(all.length / MOST_SCATTERED));
  const points = all.filter((_, index) => index % step === 0);
  const fitted =
    line === undefined
      ? ''
      : ` Fitted line: ${y.name} = ${formatNumber(line.intercept)} + ${formatNumber(line.slope)} × ${x.name}.`;
  return {
    type: 'scatter',
    title: words.title ?? `${y.name} over ${x.name}`,
    description: `Scatter chart: ${all.length} points.${fitted}${cutNote(all.length, points.length, 'points')}`,
    xLabel: words.xLabel ?? x.name,
    yLabel: words.yLabel ?? y.name,
    points,
    ...(line === undefined ? {} : { line }),
  };
}

/** A box for each series. */
export function boxChart(boxes: readonly Box[], words: ChartWords = {}): BoxChart {
  const shown = boxes.slice(0, MOST_BOXES);
  return {
    type: 'box',
    title: words.title ?? `Spread of ${shown.map(({ name }) => name).join(', ')}`,
    description: `Box plot: ${shown.map(describeBox).join('; ')}.${cutNote(boxes.length, shown.length, 'boxes')}`,
    xLabel: words.xLabel ?? (shown.length === 1 ? (shown[0]?.name ?? '') : ''),
    boxes: shown,
  };
}

/** The chart of a type, or `undefined` where the series do not suffice for it. */
export function chartOf(
  type: Chart['type'],
  series: readonly Series[],
  words: ChartWords & { readonly labels?: readonly string[] | undefined },
): Chart | undefined {
  const filled = series.filter(({ values }) => values.some((value) => value !== null));
  const [first, second] = filled;
  if (first === undefined) return undefined;
  switch (type) {
    case 'bar':
      return barChart(filled, words, words.labels);
    case 'line':
      return lineChart(filled, words, words.labels);
    case 'histogram':
      return binsOf(first).length === 0 ? undefined : histogramChart(first, words);
    case 'box': {
      const boxes = filled.flatMap((one) => boxOf(one) ?? []);
      return boxes.length === 0 ? undefined : boxChart(boxes, words);
    }
    case 'scatter':
      return second === undefined ? scatterChart(positionsOf(first), first, words) : scatterChart(first, second, words);
    default:
      return assertNever(type);
  }
}

function positionsOf({ values }: Series): Series {
  return { name: 'Position', values: values.map((_, index) => index + 1) };
}

function namesOf(series: readonly Series[]): string {
  const names = series.map(({ name }) => name).join(', ');
  return names.charAt(0).toUpperCase() + names.slice(1);
}

function describeBox({ name, low, q1, median, q3, high, outliers }: Box): string {
  const whiskers = `whiskers from ${formatNumber(low)} to ${formatNumber(high)}`;
  const box = `box from ${formatNumber(q1)} to ${formatNumber(q3)}, median ${formatNumber(median)}`;
  return `${name}: ${whiskers}, ${box}, ${outliers.length} outliers`;
}

function describeSeries({ name, values }: Series): string {
  let [count, low, high] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value === null) continue;
    count += 1;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return `${name}, ${count} values from ${formatNumber(low)} to ${formatNumber(high)}`;
}

/** All positions, or of each stretch those of the smallest and the largest value, so that no peak is lost. */
function keptPositions(series: readonly Series[], length: number): readonly number[] {
  if (length <= MOST_POINTS) return Array.from({ length }, (_, index) => index);
  const kept = new Set<number>([0, length - 1]);
  const stretch = Math.ceil(length / (MOST_POINTS / 2 / series.length));
  for (const { values } of series) {
    for (let start = 0; start < length; start += stretch) {
      for (const index of extremesOf(values, start, Math.min(length, start + stretch))) kept.add(index);
    }
  }
  return [...kept].sort((a, b) => a - b);
}

/** Positions of the smallest and the largest value of a stretch; none where all are missing. */
function extremesOf(values: Series['values'], start: number, end: number): readonly number[] {
  let [lowest, highest] = [-1, -1];
  for (let index = start; index < end; index += 1) {
    const value = values[index];
    if (value === null || value === undefined) continue;
    if (lowest < 0 || value < (values[lowest] ?? 0)) lowest = index;
    if (highest < 0 || value > (values[highest] ?? 0)) highest = index;
  }
  return lowest < 0 ? [] : [lowest, highest];
}

function cutNote(total: number, shown: number, what: string): string {
  return shown < total ? ` ${shown} of ${total} ${what} are drawn.` : '';
}
