import { parseNumber } from './parse-number.js';

/** Rows of cells under named columns. */
export interface Table {
  readonly columns: readonly string[];
  /** As many cells as columns in each row; cells are the text that was written. */
  readonly rows: readonly (readonly string[])[];
}

/** Numbers of one column; `undefined` where a cell is empty. */
export interface NumericColumn {
  readonly name: string;
  readonly values: readonly (number | undefined)[];
}

const EMPTY_CELL = /^(|-|–|n\/?a|nan|null|none)$/i;
const ROW_COUNTER = /^(id|index|idx|row|nr|no|#|number)\.?$/i;

/**
 * Reads delimited text (comma, semicolon, tab or bar; quoted cells with doubled quotes). Gives `undefined` unless
 * every line has the same number of cells, at least two lines and one column are there.
 */
export function parseDelimited(text: string): Table | undefined {
  const lines = text.replace(/^\uFEFF/, '').trim();
  for (const delimiter of [',', ';', '\t', '|']) {
    if (!lines.includes(delimiter)) continue;
    const cells = splitCells(lines, delimiter);
    const width = cells[0]?.length ?? 0;
    if (cells.length >= 2 && width >= 2 && cells.every((row) => row.length === width)) return withHeader(cells);
  }
  return undefined;
}

/** Reads the first Markdown table of a text: a head row, a line of dashes, rows. */
export function parseMarkdownTable(lines: readonly string[]): Table | undefined {
  const [head, rule, ...body] = lines;
  if (head === undefined || rule === undefined || !isRule(rule)) return undefined;
  const columns = barCells(head);
  const rows = body.map(barCells).filter((row) => row.length > 0);
  if (columns.length === 0 || rows.some((row) => row.length !== columns.length)) return undefined;
  return { columns, rows };
}

/** True for the line of dashes under the head of a Markdown table. */
export function isRule(line: string): boolean {
  return line.includes('|') && /^\s*\|?\s*:?-{1,}:?\s*(\|\s*:?-{1,}:?\s*)*\|?\s*$/.test(line);
}

/** The columns whose written cells are all numbers. A counter of rows (`id`: 1, 2, 3 …) counts as a name, not as data. */
export function numericColumns(table: Table): NumericColumn[] {
  const columns = table.columns.map((name, index) => columnOf(name, table.rows, index));
  const numeric = columns.filter((column): column is NumericColumn => column !== undefined);
  const withoutCounters = numeric.filter((column) => !isRowCounter(column));
  return withoutCounters.length > 0 ? withoutCounters : numeric;
}

function columnOf(name: string, rows: Table['rows'], index: number): NumericColumn | undefined {
  const values: (number | undefined)[] = [];
  for (const row of rows) {
    const cell = row[index]?.trim() ?? '';
    const value = parseNumber(cell);
    if (value === undefined && !EMPTY_CELL.test(cell)) return undefined;
    values.push(value);
  }
  return values.some((value) => value !== undefined) ? { name, values } : undefined;
}

function isRowCounter({ name, values }: NumericColumn): boolean {
  const first = values[0];
  return (
    ROW_COUNTER.test(name.trim()) &&
    values.length > 1 &&
    (first === 0 || first === 1) &&
    values.every((value, row) => value === first + row)
  );
}

function withHeader(cells: readonly string[][]): Table {
  const [first = [], ...rest] = cells;
  const isData = first.every((cell) => parseNumber(cell) !== undefined);
  if (isData) return { columns: first.map((_, index) => `column ${index + 1}`), rows: cells };
  return { columns: first.map((cell, index) => cell.trim() || `column ${index + 1}`), rows: rest };
}

function barCells(line: string): string[] {
  const inner = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  return inner.trim() === '' ? [] : inner.split('|').map((cell) => cell.trim());
}

/** Splits delimited text into rows of cells; follows RFC 4180 for quotes. */
function splitCells(text: string, delimiter: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let isQuoted = false;
  const closeCell = (): void => {
    rows.at(-1)?.push(cell);
    cell = '';
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (isQuoted && char === '"' && text[at + 1] === '"') cell += text[at++];
    else if (char === '"' && (isQuoted || cell.trim() === '')) isQuoted = !isQuoted;
    else if (!isQuoted && char === delimiter) closeCell();
    else if (!isQuoted && char === '\n') {
      closeCell();
      rows.push([]);
    } else if (isQuoted || char !== '\r') cell += char;
  }
  closeCell();
  return rows.filter((row) => row.length > 1 || row[0]?.trim() !== '').map((row) => row.map((value) => value.trim()));
}
