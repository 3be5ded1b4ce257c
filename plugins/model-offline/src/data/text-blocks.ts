import { isNumberList, parseJson, parseLooseJson, bracketPairs } from './json-values.js';
import type { Found } from './mention.js';
import { parseNumber } from './parse-number.js';
import { labelBefore } from './series-label.js';
import { isRule, parseDelimited, parseMarkdownTable, type Table } from './tables.js';
import type { WorkingText } from './working-text.js';

const FENCE = /(?:^|\s)(```|~~~)([^\n`]*)\n([\s\S]*?)(?:\n[ \t]*)?\1/g;
const LONGEST_CELL = 80;

/** Takes fenced blocks: JSON and tables as what they hold, everything else as code. */
export function takeFences(text: WorkingText): void {
  text.takeAll(FENCE, (match) => {
    const language = match[2]?.trim().split(/\s+/)[0]?.toLowerCase();
    const code = match[3] ?? '';
    const start = match.index + (/^\s/.test(match[0]) ? 1 : 0);
    const span = { start, end: match.index + match[0].length };
    const data = dataOfFence(code, language);
    if (data !== undefined) return { ...data, ...span };
    return { kind: 'code', code, ...(language === undefined || language === '' ? {} : { language }), ...span };
  });
}

type Unplaced = Found extends infer One ? (One extends Found ? Omit<One, 'start' | 'end'> : never) : never;

function dataOfFence(code: string, language: string | undefined): Unplaced | undefined {
  if (language === 'json' || language === '' || language === undefined) {
    const value = parseJson(code);
    if (typeof value === 'object' && value !== null) {
      return isNumberList(value) ? { kind: 'series', series: { values: value } } : { kind: 'json', value };
    }
  }
  if (!['csv', 'tsv', 'md', 'markdown', 'table', 'text', '', undefined].includes(language)) return undefined;
  const lines = code.trim().split('\n');
  const markdown = parseMarkdownTable(lines);
  if (markdown !== undefined) return { kind: 'table', table: markdown, source: code, format: 'markdown' };
  const table = parseDelimited(code);
  return table === undefined ? undefined : { kind: 'table', table, source: code.trim(), format: 'csv' };
}

/** Takes JSON arrays and objects, also with single quotes or bare keys, and lists of numbers in brackets. */
export function takeJson(text: WorkingText): void {
  const pairs = bracketPairs(text.rest);
  const found: Found[] = [];
  let end = 0;
  for (const start of [...pairs.keys()].sort((a, b) => a - b)) {
    const close = pairs.get(start) ?? start;
    if (start < end) continue;
    const piece = readBracket(text.rest, start, close + 1);
    if (piece === undefined) continue;
    found.push(piece);
    end = close + 1;
  }
  text.takeMany(found);
}

function readBracket(text: string, start: number, end: number): Found | undefined {
  const source = text.slice(start, end);
  const value = parseLooseJson(source) ?? numbersInBrackets(source);
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return undefined;
  const label = labelBefore(text, start);
  const named = label === undefined ? {} : { label };
  if (isNumberList(value)) return { kind: 'series', series: { values: value, ...named }, start, end };
  return { kind: 'json', value, ...named, start, end };
}

/** `[1; 2; 3]`, `[1 2 3]`, `[+1, .5, 1_000]`, `[$5, 10%]` and `{1, 2, 3}`: brackets that are no JSON. */
function numbersInBrackets(source: string): number[] | undefined {
  const inner = source.slice(1, -1).trim();
  const parts = inner.split(/\s*[,;]\s*|\s+/).filter((part) => part !== '');
  const values = parts.map(parseNumber);
  return values.length > 0 && values.every((value) => value !== undefined) ? values : undefined;
}

interface Line {
  readonly text: string;
  readonly start: number;
}

/** Takes Markdown tables and blocks of delimited lines. */
export function takeTables(text: WorkingText): void {
  const lines = linesOf(text.rest);
  const found: Found[] = [];
  for (let at = 0; at < lines.length; at++) {
    const block = markdownBlock(lines, at) ?? delimitedBlock(lines, at);
    if (block === undefined) continue;
    found.push(block.piece);
    at += block.length - 1;
  }
  text.takeMany(found);
}

interface Block {
  readonly piece: Found;
  /** Lines taken. */ readonly length: number;
}

function markdownBlock(lines: readonly Line[], at: number): Block | undefined {
  if (!isRule(lines[at + 1]?.text ?? '') || !(lines[at]?.text.includes('|') ?? false)) return undefined;
  let length = 2;
  while (lines[at + length]?.text.includes('|') === true) length++;
  const block = lines.slice(at, at + length);
  const table = parseMarkdownTable(block.map(({ text }) => text));
  return table === undefined ? undefined : { piece: tablePiece(table, block, 'markdown'), length };
}

/** Lines with the same number of cells, at least one of them a number below the head. */
function delimitedBlock(lines: readonly Line[], at: number): Block | undefined {
  for (const delimiter of [',', ';', '\t']) {
    const head = headOf(lines[at], delimiter);
    if (head === undefined) continue;
    const width = cellsOf(head.text, delimiter).length;
    let length = 1;
    while (isRowOf(lines[at + length]?.text, delimiter, width)) length++;
    const block = [head, ...lines.slice(at + 1, at + length)];
    const table = length < 2 ? undefined : parseDelimited(block.map(({ text }) => text).join('\n'));
    if (table !== undefined && hasNumber(table)) return { piece: tablePiece(table, block, 'csv'), length };
  }
  return undefined;
}

/** The head of a table; of `Analyse this CSV: a,b` the part behind the colon. */
function headOf(line: Line | undefined, delimiter: string): Line | undefined {
  if (line === undefined || !line.text.includes(delimiter)) return undefined;
  const colon = Math.max(line.text.lastIndexOf(': '), line.text.lastIndexOf(':\t'));
  const head = colon < 0 ? line : { text: line.text.slice(colon + 2), start: line.start + colon + 2 };
  const cells = cellsOf(head.text, delimiter);
  const isPlain = cells.every((cell) => cell.length <= LONGEST_CELL && !/[.!?:=]\s|[:=]$|[=:]\s*[\d-]/.test(cell));
  const isOfNames = colon < 0 || cells.some((cell) => parseNumber(cell) === undefined);
  return cells.length >= 2 && isPlain && isOfNames ? head : undefined;
}

function isRowOf(line: string | undefined, delimiter: string, width: number): boolean {
  if (line === undefined || line.trim() === '' || /^[^,;\t]*[:=]\s/.test(line)) return false;
  const cells = cellsOf(line, delimiter);
  return cells.length === width && cells.every((cell) => cell.length <= LONGEST_CELL);
}

/** Cells of one line; a delimiter between quotes does not count. */
function cellsOf(line: string, delimiter: string): string[] {
  const isQuoted = line.includes('"');
  const plain = isQuoted ? line.replace(/"[^"]*"/g, (quoted) => quoted.replaceAll(delimiter, ' ')) : line;
  return plain.split(delimiter);
}

function hasNumber(table: Table): boolean {
  return table.rows.some((row) => row.some((cell) => parseNumber(cell) !== undefined));
}

function tablePiece(table: Table, block: readonly Line[], format: 'csv' | 'markdown'): Found {
  const start = block[0]?.start ?? 0;
  const last = block.at(-1);
  const source = block.map(({ text }) => text).join('\n');
  return { kind: 'table', table, source, format, start, end: (last?.start ?? 0) + (last?.text.length ?? 0) };
}

function linesOf(text: string): Line[] {
  let start = 0;
  return text.split('\n').map((line) => {
    const at = start;
    start += line.length + 1;
    return { text: line.replace(/\r$/, ''), start: at };
  });
}
