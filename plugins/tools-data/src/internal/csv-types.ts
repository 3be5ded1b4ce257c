/** Kind of the values of a column. `empty`: it holds none. */
export type ColumnType = 'number' | 'boolean' | 'text' | 'empty';

/** A value of a typed cell; null where the cell is empty. */
export type TypedCell = number | boolean | string | null;

/** No leading zeros: "007" is a name, not a number. */
const NUMBER = /^[-+]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;
const INTEGER = /^[-+]?\d+$/;
const BOOLEAN = /^(?:true|false)$/i;

/** True for text that a number holds without loss of meaning: no integer beyond 2^53, no overflow. */
export function isNumberText(text: string): boolean {
  const trimmed = text.trim();
  if (!NUMBER.test(trimmed)) return false;
  const value = Number(trimmed);
  return Number.isFinite(value) && (!INTEGER.test(trimmed) || Number.isSafeInteger(value));
}

/** The narrowest type that holds all cells of a column. */
export function typeOfColumn(cells: readonly string[]): ColumnType {
  const filled = cells.filter((cell) => cell.trim() !== '');
  if (filled.length === 0) return 'empty';
  if (filled.every(isNumberText)) return 'number';
  return filled.every((cell) => BOOLEAN.test(cell.trim())) ? 'boolean' : 'text';
}

/** A cell as a value of the type of its column. */
export function typedCell(cell: string | undefined, type: ColumnType): TypedCell {
  if (cell === undefined || cell.trim() === '') return null;
  if (type === 'number') return Number(cell.trim());
  return type === 'boolean' ? cell.trim().toLowerCase() === 'true' : cell;
}

/** True where the first row names the columns: words only, none twice, and something follows. */
export function isHeader(records: readonly (readonly string[])[]): boolean {
  const [first = []] = records;
  const names = first.map((cell) => cell.trim());
  const areNames = names.every((name) => name !== '' && !isNumberText(name) && !BOOLEAN.test(name));
  return records.length > 1 && areNames && new Set(names).size === names.length;
}

/** Names of the columns: none empty, none twice. */
export function columnNames(header: readonly string[] | undefined, width: number): readonly string[] {
  const names: string[] = [];
  const taken = new Set<string>();
  for (let index = 0; index < width; index += 1) {
    const given = header?.[index]?.trim() || `column_${index + 1}`;
    let name = given;
    for (let count = 2; taken.has(name); count += 1) name = `${given}_${count}`;
    taken.add(name);
    names.push(name);
  }
  return names;
}
