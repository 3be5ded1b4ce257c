import type { Cell, Series, Table } from './report-model.js';

/** What the data of a report holds. */
export interface DataSet {
  /** Columns that hold numbers. */ readonly series: readonly Series[];
  /** The first column of words, where there is one: a name for each row. */ readonly labels?: readonly string[];
  /** The first rows as they were given; only for data that came as rows. */ readonly preview?: Table;
}

/** Name of the numbers where the data has none. */
const ONLY_SERIES = 'values';
/** Values beyond this many are not read: no chart shows them. */
const MOST_VALUES = 1_000_000;
const MOST_COLUMNS = 50;
const PREVIEW_ROWS = 10;

/** Finds numbers in a list, an object of lists, a list of rows, or JSON text of one of these. Never throws. */
export function readData(given: unknown): DataSet {
  const data = parsed(given);
  if (Array.isArray(data)) {
    const first: unknown = data.find((entry) => entry !== null && entry !== undefined);
    return typeof first === 'object' ? ofRows(data.slice(0, MOST_VALUES)) : ofLists({ [ONLY_SERIES]: data });
  }
  if (typeof data !== 'object' || data === null) return { series: [] };
  const entries = Object.entries(data as Record<string, unknown>);
  if (entries.some(([, value]) => Array.isArray(value))) return ofLists(data as Record<string, unknown>);
  const values = entries.map(([, value]) => value);
  if (!values.some(isNumber)) return { series: [] };
  return { series: [{ name: ONLY_SERIES, values: values.map(numberOrNull) }], labels: entries.map(([name]) => name) };
}

/** The value of a JSON text; anything else as it is. */
export function parsed(given: unknown): unknown {
  if (typeof given !== 'string' || given.length > 1_000_000) return given;
  try {
    return JSON.parse(given);
  } catch {
    return given;
  }
}

function ofLists(lists: Readonly<Record<string, unknown>>): DataSet {
  const columns = Object.entries(lists)
    .slice(0, MOST_COLUMNS)
    .map(([name, values]) => ({
      name,
      values: Array.isArray(values) ? (values.slice(0, MOST_VALUES) as readonly unknown[]) : [],
    }));
  return ofColumns(columns);
}

function ofRows(rows: readonly unknown[]): DataSet {
  const objects = rows.filter((row): row is Record<string, unknown> => typeof row === 'object' && row !== null);
  const names = new Set<string>();
  for (const row of objects) {
    for (const name of Object.keys(row).slice(0, MOST_COLUMNS)) if (names.size < MOST_COLUMNS) names.add(name);
  }
  const keys = [...names];
  const columns = keys.map((key) => ({
    name: Array.isArray(objects[0]) ? `column_${Number(key) + 1}` : key,
    values: objects.map((row) => (Object.hasOwn(row, key) ? row[key] : null)),
  }));
  const rowsShown = objects.slice(0, PREVIEW_ROWS).map((row) => keys.map((key) => cellOf(row[key])));
  const caption = objects.length > PREVIEW_ROWS ? `First ${PREVIEW_ROWS} of ${objects.length} rows` : 'All rows';
  return { ...ofColumns(columns), preview: { caption, columns: columns.map(({ name }) => name), rows: rowsShown } };
}

interface RawColumn {
  readonly name: string;
  readonly values: readonly unknown[];
}

function ofColumns(columns: readonly RawColumn[]): DataSet {
  const series = columns
    .filter(({ values }) => values.some(isNumber) && values.every((value) => isNumber(value) || isMissing(value)))
    .map(({ name, values }) => ({ name, values: values.map(numberOrNull) }));
  const words = columns.find(({ values }) => values.length > 0 && values.every((value) => typeof value === 'string'));
  return words === undefined ? { series } : { series, labels: words.values as readonly string[] };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || value === '';
}

function numberOrNull(value: unknown): number | null {
  return isNumber(value) ? value : null;
}

/** What a table can show of any value. */
export function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return `${value.length} entries`;
  return typeof value === 'object' ? 'object' : null;
}
