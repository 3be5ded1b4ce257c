import { formatCell } from './format-number.js';
import { labelOf } from './figure-labels.js';
import type { ColumnFigures, MetricSet } from './read-metrics.js';
import type { Cell } from './report-model.js';

/** Name of the column where the data has none. */
const ONLY_COLUMN = 'values';
const MOST_COLUMNS = 5;
const MOST_OTHERS = 5;

/** The metrics in a few sentences; empty where there are none. Plain words, to be escaped by the renderer. */
export function summaryOf({ columns, lines }: MetricSet): string {
  const sentences = columns.slice(0, MOST_COLUMNS).map(sentenceOf);
  if (columns.length > MOST_COLUMNS) sentences.push(`${columns.length - MOST_COLUMNS} more columns are in the table.`);
  const [best] = lines.toSorted((a, b) => (b.rSquared ?? 0) - (a.rSquared ?? 0));
  if (best !== undefined) {
    const explained = best.rSquared === undefined ? '' : ` (R² ${formatCell(best.rSquared)})`;
    sentences.push(`${best.y} changes by ${formatCell(best.slope)} per unit of ${best.x}${explained}.`);
  }
  return sentences.join(' ');
}

function sentenceOf({ name, figures }: ColumnFigures): string {
  const parts = knownParts(figures);
  const others = [...figures]
    .slice(0, MOST_OTHERS)
    .map(([key, value]) => `${labelOf(key).toLowerCase()} ${formatCell(value)}`);
  const head = name === ONLY_COLUMN ? '' : `${name}: `;
  return `${head}${(parts.length > 0 ? parts : others).join(', ')}.`;
}

function knownParts(figures: ReadonlyMap<string, Cell>): readonly string[] {
  const has = (key: string): boolean => typeof figures.get(key) === 'number';
  const text = (key: string): string => formatCell(figures.get(key) ?? null);
  const parts: string[] = [];
  if (has('count')) parts.push(`${text('count')} values`);
  if (has('min') && has('max')) parts.push(`from ${text('min')} to ${text('max')}`);
  if (has('mean')) parts.push(`mean ${text('mean')}`);
  if (has('median')) parts.push(`median ${text('median')}`);
  const deviations = [
    ...(has('sampleStandardDeviation') ? [`${text('sampleStandardDeviation')} (sample)`] : []),
    ...(has('populationStandardDeviation') ? [`${text('populationStandardDeviation')} (population)`] : []),
  ];
  if (deviations.length > 0) parts.push(`standard deviation ${deviations.join(' and ')}`);
  if (has('quartiles.q1') && has('quartiles.q3'))
    parts.push(`quartiles ${text('quartiles.q1')} and ${text('quartiles.q3')}`);
  return parts;
}
