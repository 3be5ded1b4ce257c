import type { Cell } from './report-model.js';

/**
 * A number for readers: integers in full, others with six significant digits but never without digits before the
 * point.
 */
export function formatNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  const size = Math.abs(value);
  if (size >= 1e6 && size < 1e15) return String(Number(value.toFixed(2)));
  return String(Number(value.toPrecision(6)));
}

/** The text of a cell. */
export function formatCell(cell: Cell): string {
  if (cell === null) return '–';
  return typeof cell === 'number' ? formatNumber(cell) : String(cell);
}

/** True where most cells of a column are numbers, so that they are read from the right. */
export function isNumericColumn(rows: readonly (readonly Cell[])[], index: number): boolean {
  const filled = rows.map((row) => row[index] ?? null).filter((cell) => cell !== null);
  return filled.filter((cell) => typeof cell === 'number').length * 2 > filled.length;
}
