import type { Json } from '@master-orchestrator/errors';
import { isNumberList, isRecord } from './json-values.js';
import type { Mention } from './mention.js';
import { parseNumber } from './parse-number.js';
import { numericColumns, type NumericColumn, type Table } from './tables.js';

/** Numbers that belong together. */
export interface Dataset {
  /** Never empty. A name is absent where the source gives none. */
  readonly columns: readonly DataColumn[];
  /** The records the columns were read from, where they were. */ readonly records?: readonly Json[];
  /** Where it is from, for example a file name. */ readonly name?: string;
}

/** One column of a {@link Dataset}. */
export interface DataColumn {
  readonly label?: string;
  /** `undefined` where a record has no value. */ readonly values: readonly (number | undefined)[];
}

/** Keys under which services keep the records of an answer. */
const CONTAINERS = ['data', 'rows', 'records', 'items', 'values', 'results', 'value', 'content', 'body', 'points'];

/** The numbers that a text names directly, as one set: lists, tables, JSON. `undefined` where there are none. */
export function datasetOfMentions(mentions: readonly Mention[]): Dataset | undefined {
  const parts = mentions.flatMap((mention) => datasetOfMention(mention) ?? []);
  const [first] = parts;
  if (first === undefined || parts.length === 1) return first;
  return { columns: parts.flatMap(({ columns }) => columns) };
}

/** The numbers of one piece of a text. */
export function datasetOfMention(mention: Mention): Dataset | undefined {
  if (mention.kind === 'series') {
    const { label, values } = mention.series;
    return { columns: [{ values, ...(label === undefined ? {} : { label }) }] };
  }
  if (mention.kind === 'table') return datasetOfTable(mention.table);
  return mention.kind === 'json' ? datasetOfJson(mention.value, mention.label) : undefined;
}

/** The numeric columns of a table. */
export function datasetOfTable(table: Table): Dataset | undefined {
  const columns = numericColumns(table);
  if (columns.length === 0) return undefined;
  return { columns: columns.map(toColumn), records: recordsOf(table) };
}

/**
 * The numbers in a JSON value: a list, lists, records with numeric fields, an object of lists, an object of numbers, or
 * one of these under a key such as `data`.
 */
export function datasetOfJson(value: Json, label?: string, depth = 0): Dataset | undefined {
  if (depth > 6) return undefined;
  const named = label === undefined ? {} : { label };
  if (isNumberList(value)) return { columns: [{ values: value, ...named }] };
  if (Array.isArray(value)) return datasetOfArray(value, label);
  return isRecord(value) ? datasetOfRecord(value, label, depth) : undefined;
}

/** Numbers in all. */
export function sizeOf(dataset: Dataset): number {
  return dataset.columns.reduce((sum, { values }) => sum + values.filter((value) => value !== undefined).length, 0);
}

/** Each column as a dataset of its own; a missing name becomes the one it goes by among the others. */
export function columnsOf(dataset: Dataset): Dataset[] {
  return dataset.columns.map((column, at) => ({ columns: [{ label: `series ${at + 1}`, ...column }] }));
}

function datasetOfArray(value: readonly Json[], label: string | undefined): Dataset | undefined {
  if (value.length === 0) return undefined;
  if (value.every(isRecord)) return datasetOfRecords(value);
  if (value.every(isNumberList)) return datasetOfLists(value);
  const numbers = value.map((entry) => (typeof entry === 'string' ? parseNumber(entry) : entry));
  if (numbers.every((entry) => typeof entry === 'number')) {
    return { columns: [{ values: numbers, ...(label === undefined ? {} : { label }) }] };
  }
  if (value.length > 1 && value.every(Array.isArray)) return datasetOfCells(value as Json[][]);
  return undefined;
}

/** Longer than wide: points, one a line. Otherwise one series a list. */
function datasetOfLists(lists: readonly (readonly number[])[]): Dataset {
  const width = lists[0]?.length ?? 0;
  const arePoints = lists.length > width && width > 1 && lists.every((list) => list.length === width);
  if (!arePoints) return { columns: lists.map((values) => ({ values })) };
  return { columns: Array.from({ length: width }, (_, at) => ({ values: lists.map((list) => list[at]) })) };
}

/** Rows of cells below a row of names. */
function datasetOfCells(rows: readonly (readonly Json[])[]): Dataset | undefined {
  const [head = [], ...body] = rows;
  if (!head.every((cell) => typeof cell === 'string') || body.some((row) => row.length !== head.length))
    return undefined;
  return datasetOfTable({ columns: head, rows: body.map((row) => row.map(cellText)) });
}

function datasetOfRecords(records: readonly Record<string, Json>[]): Dataset | undefined {
  const found = datasetOfMatches(records);
  if (found !== undefined) return found;
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const rows = records.map((record) => names.map((name) => cellText(record[name] ?? null)));
  const columns = numericColumns({ columns: names, rows });
  return columns.length === 0 ? undefined : { columns: columns.map(toColumn), records };
}

/** Matches of a query, `{ path, value }`: the values, named after the last name of their paths. */
function datasetOfMatches(records: readonly Record<string, Json>[]): Dataset | undefined {
  const values = records.map(({ value }) => value);
  const isMatches = records.every((record) => Object.keys(record).length === 2 && typeof record.path === 'string');
  const path = records[0]?.path;
  if (!isMatches || typeof path !== 'string' || !isNumberList(values)) return undefined;
  const label = /([\p{L}_][\p{L}\d_-]*)['"\]\d[]*$/u.exec(path)?.[1];
  return { columns: [{ values, ...(label === undefined ? {} : { label }) }] };
}

function datasetOfRecord(value: Record<string, Json>, label: string | undefined, depth: number): Dataset | undefined {
  const { columns, rows } = value;
  if (Array.isArray(columns) && Array.isArray(rows) && rows.every(Array.isArray)) {
    const table = datasetOfCells([columns.map(columnName), ...(rows as Json[][])]);
    if (table !== undefined) return table;
  }
  const lists = Object.entries(value).filter((entry): entry is [string, number[]] => isNumberList(entry[1]));
  if (lists.length > 0) return { columns: lists.map(([key, values]) => columnOf(key, values, label)) };
  const keys = [...CONTAINERS.filter((key) => Object.hasOwn(value, key)), ...Object.keys(value)];
  for (const key of keys) {
    const inner = value[key];
    const found = typeof inner === 'object' && inner !== null ? datasetOfJson(inner, undefined, depth + 1) : undefined;
    if (found !== undefined) return found;
  }
  const numbers = Object.values(value).filter((entry) => typeof entry === 'number');
  const isSeries = numbers.length >= 2 && numbers.length === Object.keys(value).length;
  return isSeries ? { columns: [columnOf(label ?? '', numbers, undefined)] } : undefined;
}

function columnOf(key: string, values: readonly number[], label: string | undefined): DataColumn {
  const name = CONTAINERS.includes(key) ? (label ?? '') : key;
  return name === '' ? { values } : { label: name, values };
}

function columnName(column: Json): Json {
  return isRecord(column) && typeof column.name === 'string' ? column.name : column;
}

function cellText(cell: Json): string {
  return typeof cell === 'string' ? cell : cell === null ? '' : JSON.stringify(cell);
}

function toColumn({ name, values }: NumericColumn): DataColumn {
  return { label: name, values };
}

function recordsOf(table: Table): Json[] {
  return table.rows.map((row) =>
    Object.fromEntries(table.columns.map((name, at) => [name, parseNumber(row[at] ?? '') ?? row[at] ?? ''])),
  );
}
