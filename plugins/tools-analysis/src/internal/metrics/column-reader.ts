import { invalid, tooLarge } from '../faults.js';

/** A list of numbers with a name. `NaN` stands for a missing entry. */
export interface Column {
  readonly name: string;
  readonly values: Float64Array;
}

/** A column that holds something else than numbers. */
export interface IgnoredColumn {
  readonly name: string;
  readonly reason: string;
}

/** What the input holds. */
export interface ColumnSet {
  readonly columns: readonly Column[];
  readonly ignored: readonly IgnoredColumn[];
}

/** Bounds of one call. */
export interface ColumnLimits {
  readonly maxValues: number;
  readonly maxColumns: number;
}

/** Name of the column where the input has none. */
const ONLY_COLUMN = 'values';
const SHAPES =
  'Give a list of numbers [1, 2, 3], an object of such lists {"height": [1, 2], "weight": [3, 4]}, ' +
  'or a list of rows [{"height": 1, "weight": 3}, {"height": 2, "weight": 4}]';
const MOST_FAULTS = 5;

/**
 * Finds the numeric columns in a list, an object of lists, or a list of rows. Missing entries (null, absent, empty
 * text) are left open.
 *
 * @throws OrchestratorError TOOL_ARGUMENTS_INVALID, naming the first entries that are no numbers; RESPONSE_TOO_LARGE.
 */
export function readColumns(data: unknown, limits: ColumnLimits): ColumnSet {
  const named = namedLists(data, limits);
  const columns: Column[] = [];
  const ignored: IgnoredColumn[] = [];
  for (const { name, entries, pathOf } of named) {
    const { values, faults } = readNumbers(entries, pathOf);
    if (faults.length > 0) ignored.push({ name, reason: `holds entries that are no numbers: ${faults.join(', ')}` });
    else if (values.every(Number.isNaN)) ignored.push({ name, reason: 'holds no value' });
    else columns.push({ name, values });
  }
  if (columns.length === 0) throw noNumbers(ignored);
  return { columns, ignored };
}

interface NamedList {
  readonly name: string;
  readonly entries: readonly unknown[];
  readonly pathOf: (index: number) => string;
}

function namedLists(data: unknown, limits: ColumnLimits): readonly NamedList[] {
  if (Array.isArray(data)) return listsOfArray(data, limits);
  if (typeof data === 'object' && data !== null) return listsOfObject(data as Record<string, unknown>, limits);
  throw invalid(`data is ${describe(data)}. ${SHAPES}.`);
}

function listsOfArray(data: readonly unknown[], limits: ColumnLimits): readonly NamedList[] {
  if (data.length === 0) throw invalid(`data is an empty list. ${SHAPES}.`);
  checkCount(data.length, limits);
  const isRows = isObject(data.find((entry) => entry !== null && entry !== undefined));
  if (!isRows) return [{ name: ONLY_COLUMN, entries: data, pathOf: (index) => `data[${index}]` }];
  const bad = data.findIndex((row) => !isObject(row));
  if (bad >= 0) throw invalid(`data[${bad}] is ${describe(data[bad])} where the other entries are rows. ${SHAPES}.`);
  return listsOfRows(data as readonly Record<string, unknown>[], limits);
}

function listsOfRows(rows: readonly Record<string, unknown>[], limits: ColumnLimits): readonly NamedList[] {
  const names = new Set<string>();
  for (const row of rows) {
    for (const name of Object.keys(row)) names.add(name);
    if (names.size > limits.maxColumns) throw tooManyColumns(limits);
  }
  checkCount(rows.length * names.size, limits);
  const nameOf = (key: string): string => (Array.isArray(rows[0]) ? `column_${Number(key) + 1}` : key);
  return [...names].map((key) => ({
    name: nameOf(key),
    entries: rows.map((row) => (Object.hasOwn(row, key) ? row[key] : null)),
    pathOf: (index) => `data[${index}].${key}`,
  }));
}

function listsOfObject(data: Record<string, unknown>, limits: ColumnLimits): readonly NamedList[] {
  const entries = Object.entries(data);
  if (entries.length === 0) throw invalid(`data is an empty object. ${SHAPES}.`);
  const isLabelled = entries.every(([, value]) => typeof value === 'number' || value === null);
  if (isLabelled) {
    checkCount(entries.length, limits);
    const pathOf = (index: number): string => `data.${entries[index]?.[0]}`;
    return [{ name: ONLY_COLUMN, entries: entries.map(([, value]) => value), pathOf }];
  }
  if (entries.length > limits.maxColumns) throw tooManyColumns(limits);
  const lists = entries.map(([name, value]) => ({
    name,
    entries: Array.isArray(value) ? (value as readonly unknown[]) : [value],
    pathOf: (index: number) => (Array.isArray(value) ? `data.${name}[${index}]` : `data.${name}`),
  }));
  checkCount(
    lists.reduce((total, list) => total + list.entries.length, 0),
    limits,
  );
  return lists;
}

function readNumbers(
  entries: readonly unknown[],
  pathOf: (index: number) => string,
): { readonly values: Float64Array; readonly faults: readonly string[] } {
  const values = new Float64Array(entries.length);
  const faults: string[] = [];
  for (let index = 0; index < entries.length && faults.length < MOST_FAULTS; index += 1) {
    const entry = entries[index];
    if (typeof entry === 'number' && Number.isFinite(entry)) values[index] = entry + 0; // no minus zero
    else if (entry === null || entry === undefined || entry === '') values[index] = Number.NaN;
    else faults.push(`${pathOf(index).slice(0, 80)} is ${describe(entry)}`);
  }
  return { values, faults };
}

function noNumbers(ignored: readonly IgnoredColumn[]): Error {
  const found = ignored
    .slice(0, MOST_FAULTS)
    .map(({ name, reason }) => `"${name.slice(0, 40)}" ${reason}`)
    .join('; ');
  return invalid(`data has no numeric column: ${found}. ${SHAPES}; write numbers without quotes and units.`, {
    columns: ignored.slice(0, MOST_FAULTS).map(({ name }) => name.slice(0, 40)),
  });
}

function checkCount(count: number, { maxValues }: ColumnLimits): void {
  if (count > maxValues)
    throw tooLarge(`data has ${count} values; the limit is ${maxValues}. Send a sample or fewer columns.`);
}

function tooManyColumns({ maxColumns }: ColumnLimits): Error {
  return tooLarge(`data has more than ${maxColumns} columns. Send the columns that matter.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function describe(value: unknown): string {
  if (typeof value === 'string')
    return `the text ${JSON.stringify(value.length > 20 ? `${value.slice(0, 20)}…` : value)}`;
  if (typeof value === 'number') return `${value}`;
  if (value === null || value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
