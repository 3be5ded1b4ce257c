import type { Json } from '@master-orchestrator/errors';

/** Where two values differ first, in the order of their keys. */
export interface Difference {
  /** For example `items[2].content`; empty for the values as a whole. */ readonly path: string;
  /** What was expected there; absent where nothing was. */ readonly expected?: Json;
  /** What is there; absent where nothing is. */ readonly actual?: Json;
  /** Position of the first character that differs; two texts. */ readonly at?: number;
}

/** Characters shown on each side of a difference. */
const CONTEXT = 24;

/** Finds the first difference of two plain values, or `undefined` where they are equal. The order of keys is no difference. */
export function firstDifference(
  expected: Json | undefined,
  actual: Json | undefined,
  path = '',
): Difference | undefined {
  if (expected === actual) return undefined;
  if (typeof expected === 'string' && typeof actual === 'string') {
    return { path, expected, actual, at: commonPrefix(expected, actual) };
  }
  if (Array.isArray(expected) && Array.isArray(actual)) return inArrays(expected, actual, path);
  if (isRecord(expected) && isRecord(actual)) return inRecords(expected, actual, path);
  return {
    path,
    ...(expected === undefined ? {} : { expected }),
    ...(actual === undefined ? {} : { actual }),
  };
}

/** Shows a difference in two lines, one above the other, with a mark under the first character that differs. */
export function showDifference({ path, expected, actual, at }: Difference): string {
  const place = path === '' ? 'as a whole' : path;
  if (at === undefined) return `${place}:\n  expected: ${brief(expected)}\n  actual:   ${brief(actual)}`;
  const [first, mark] = excerpt(expected as string, at);
  const [second] = excerpt(actual as string, at);
  return `${place}, character ${at}:\n  expected: ${first}\n  actual:   ${second}\n            ${' '.repeat(mark)}^`;
}

function inArrays(expected: readonly Json[], actual: readonly Json[], path: string): Difference | undefined {
  for (let index = 0; index < Math.max(expected.length, actual.length); index += 1) {
    const found = firstDifference(expected[index], actual[index], `${path}[${index}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Fields = { readonly [key: string]: Json };

function inRecords(expected: Fields, actual: Fields, path: string): Difference | undefined {
  for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const found = firstDifference(expected[key], actual[key], path === '' ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isRecord(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function commonPrefix(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

/** The text around a position on one line, and where the position is in it. */
function excerpt(text: string, at: number): readonly [string, number] {
  const start = Math.max(0, at - CONTEXT);
  const lead = start > 0 ? '…' : '';
  const tail = at + CONTEXT < text.length ? '…' : '';
  const before = oneLine(text.slice(start, at));
  return [`${lead}${before}${oneLine(text.slice(at, at + CONTEXT))}${tail}`, lead.length + before.length];
}

function oneLine(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function brief(value: Json | undefined): string {
  if (value === undefined) return '(nothing)';
  const text = JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
