import { cellOf, parsed } from './read-data.js';
import type { Box, Cell, HistogramChart } from './report-model.js';

/** Figures of one column. */
export interface ColumnFigures {
  readonly name: string;
  /** By key, such as `mean` or `quartiles.q1`. */ readonly figures: ReadonlyMap<string, Cell>;
  readonly bins?: HistogramChart['bins'];
  readonly box?: Box;
}

/** Figures of a report. */
export interface MetricSet {
  readonly columns: readonly ColumnFigures[];
  readonly correlation?: {
    readonly columns: readonly string[];
    readonly matrix: readonly (readonly (number | null)[])[];
  };
  readonly lines: readonly FittedLine[];
}

/** y = intercept + slope * x. */
export interface FittedLine {
  readonly x: string;
  readonly y: string;
  readonly slope: number;
  readonly intercept: number;
  readonly rSquared?: number;
}

type Bag = Readonly<Record<string, unknown>>;

const ONLY_COLUMN = 'values';
const MOST_COLUMNS = 50;
const MOST_FIGURES = 60;
/** Shown in other ways than as a figure. */
const NO_FIGURES = new Set(['name', 'histogram', 'notes', 'correlation', 'regressions', 'ignoredColumns', 'columns']);

/**
 * Reads the result of `calculate_metrics`, an object of figures, an object of such objects, or JSON text of one of
 * these. What it does not know it leaves out; never throws.
 */
export function readMetrics(given: unknown): MetricSet {
  const metrics = parsed(given);
  if (!isBag(metrics)) return { columns: [], lines: [] };
  const correlation = readCorrelation(metrics['correlation']);
  return {
    columns: columnsOf(metrics)
      .slice(0, MOST_COLUMNS)
      .map(([name, bag]) => columnOf(name, bag))
      .filter(({ figures }) => figures.size > 0),
    ...(correlation === undefined ? {} : { correlation }),
    lines: readLines(metrics['regressions']),
  };
}

function columnsOf(metrics: unknown): readonly (readonly [string, Bag])[] {
  if (Array.isArray(metrics))
    return metrics.filter(isBag).map((bag, index) => [nameOf(bag, `column ${index + 1}`), bag]);
  if (!isBag(metrics)) return [];
  if (Array.isArray(metrics['columns'])) return columnsOf(metrics['columns']);
  const entries = Object.entries(metrics).filter(([key]) => !NO_FIGURES.has(key));
  const isByColumn = entries.length > 0 && entries.every(([, value]) => isBag(value) && !('q1' in value));
  if (isByColumn) return entries.map(([name, value]) => [name, value as Bag]);
  return [[nameOf(metrics, ONLY_COLUMN), metrics]];
}

function nameOf(bag: Bag, otherwise: string): string {
  return typeof bag['name'] === 'string' ? bag['name'] : otherwise;
}

function columnOf(name: string, bag: Bag): ColumnFigures {
  const figures = new Map<string, Cell>();
  for (const [key, value] of Object.entries(bag)) {
    if (NO_FIGURES.has(key) || figures.size > MOST_FIGURES) continue;
    for (const [path, cell] of cellsOf(key, value)) figures.set(path, cell);
  }
  const bins = readBins(bag['histogram']);
  const box = boxOf(name, figures, bag['outliers']);
  return { name, figures, ...(bins === undefined ? {} : { bins }), ...(box === undefined ? {} : { box }) };
}

function cellsOf(key: string, value: unknown): readonly (readonly [string, Cell])[] {
  if (key === 'percentiles' && Array.isArray(value)) {
    return value
      .filter(isBag)
      .map((entry) => [`percentile ${String(cellOf(entry['percent']))}`, cellOf(entry['value'])]);
  }
  if (key === 'outliers' && isBag(value)) return [['outliers', cellOf(value['count'])]];
  if (Array.isArray(value)) {
    if (value.length === 1) return [[key, cellOf(value[0])]];
    const words = value.slice(0, 10).map((entry) => String(cellOf(entry) ?? '–'));
    return [[key, words.length === 0 ? 'none' : words.join(', ')]];
  }
  if (isBag(value)) return Object.entries(value).map(([inner, entry]) => [`${key}.${inner}`, cellOf(entry)]);
  return [[key, cellOf(value)]];
}

function readBins(histogram: unknown): HistogramChart['bins'] | undefined {
  if (!isBag(histogram) || !Array.isArray(histogram['bins'])) return undefined;
  const bins = histogram['bins'].filter(isBag).flatMap(({ from, to, count }) => {
    return isNumber(from) && isNumber(to) && isNumber(count) && to >= from && count >= 0 ? [{ from, to, count }] : [];
  });
  return bins.length === 0 ? undefined : bins.slice(0, 500);
}

/** A box needs five numbers; whiskers end at the fences where outliers are known. */
function boxOf(name: string, figures: ReadonlyMap<string, Cell>, outliers: unknown): Box | undefined {
  const [min, q1, median, q3, max] = ['min', 'quartiles.q1', 'median', 'quartiles.q3', 'max'].map((key) =>
    figures.get(key),
  );
  if (!isNumber(min) || !isNumber(q1) || !isNumber(median) || !isNumber(q3) || !isNumber(max)) return undefined;
  const values = isBag(outliers) && Array.isArray(outliers['values']) ? outliers['values'].filter(isNumber) : [];
  const hasBelow = values.some((value) => value < q1);
  const hasAbove = values.some((value) => value > q3);
  const spread = 1.5 * (q3 - q1);
  const low = hasBelow ? Math.max(min, q1 - spread) : min;
  const high = hasAbove ? Math.min(max, q3 + spread) : max;
  return { name, low, q1, median, q3, high, outliers: values };
}

function readCorrelation(given: unknown): MetricSet['correlation'] | undefined {
  if (!isBag(given) || !Array.isArray(given['columns']) || !Array.isArray(given['matrix'])) return undefined;
  const columns = given['columns'].map((name) => String(cellOf(name))).slice(0, MOST_COLUMNS);
  const matrix = given['matrix'].slice(0, columns.length).map((row: unknown) => {
    const cells: readonly unknown[] = Array.isArray(row) ? row : [];
    return columns.map((_, index) => (isNumber(cells[index]) ? cells[index] : null));
  });
  return columns.length < 2 ? undefined : { columns, matrix };
}

function readLines(given: unknown): readonly FittedLine[] {
  if (!Array.isArray(given)) return [];
  return given.filter(isBag).flatMap(({ x, y, slope, intercept, rSquared }) => {
    if (typeof x !== 'string' || typeof y !== 'string' || !isNumber(slope) || !isNumber(intercept)) return [];
    return [{ x, y, slope, intercept, ...(isNumber(rSquared) ? { rSquared } : {}) }];
  });
}

function isBag(value: unknown): value is Bag {
  return typeof value === 'object' && value !== null;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
