import type { Json } from '@master-orchestrator/errors';

/** Bounds of the arguments of one call. */
export interface ArgumentBounds {
  /** Characters of the text. */ readonly maxCharacters: number;
  /** Levels of nesting. */ readonly maxDepth: number;
  /** Members and elements in all. */ readonly maxValues: number;
}

/** The bounds that hold unless others are given. */
export const ARGUMENT_BOUNDS: ArgumentBounds = { maxCharacters: 1_048_576, maxDepth: 64, maxValues: 100_000 };

/** Arguments as an object, or what is wrong with the text. */
export type ParsedArguments =
  | { readonly ok: true; readonly value: { [key: string]: Json }; readonly repair?: string }
  | { readonly ok: false; readonly problem: string };

type Parsed = { readonly value: Json } | { readonly problem: string };

/**
 * Reads the text a model wrote as the arguments of a tool. Strict JSON: duplicate keys, an own `__proto__`, numbers
 * that would change, and whatever exceeds the bounds are refused. Repaired is only what loses nothing: an empty text
 * means no arguments, a code fence around the object is taken off, an object written as a JSON string is unpacked.
 */
export function parseArguments(text: string, bounds: ArgumentBounds = ARGUMENT_BOUNDS): ParsedArguments {
  if (text.length > bounds.maxCharacters) {
    return { ok: false, problem: `they have ${text.length} characters, at most ${bounds.maxCharacters} are accepted` };
  }
  const first = parseStrictly(text, bounds);
  if ('value' in first) {
    if (typeof first.value === 'string') return unpack(first.value, bounds);
    return asObject(first.value);
  }
  const trimmed = text.trim();
  if (trimmed === '') return { ok: true, value: {}, repair: 'empty text read as no arguments' };
  const inner = withoutFence(trimmed);
  if (inner !== undefined) {
    const second = parseStrictly(inner, bounds);
    if ('value' in second) return asObject(second.value, 'code fence taken off');
  }
  return { ok: false, problem: first.problem };
}

function unpack(text: string, bounds: ArgumentBounds): ParsedArguments {
  const inner = parseStrictly(text, bounds);
  if ('problem' in inner) return { ok: false, problem: 'they must be a JSON object, not a string' };
  return asObject(inner.value, 'object unpacked from a JSON string');
}

function asObject(value: Json, repair?: string): ParsedArguments {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const found = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
    return { ok: false, problem: `they must be a JSON object, not ${found}` };
  }
  return repair === undefined ? { ok: true, value } : { ok: true, value, repair };
}

function withoutFence(text: string): string | undefined {
  if (!text.startsWith('```') || !text.endsWith('```') || text.length < 7) return undefined;
  const start = text.indexOf('\n');
  const label = text.slice(3, start);
  if (start < 0 || label.length > 20 || label.includes('`')) return undefined;
  return text.slice(start + 1, -3);
}

function parseStrictly(text: string, bounds: ArgumentBounds): Parsed {
  const shape = measure(text, bounds);
  if (shape.problem !== undefined) return { problem: shape.problem };
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    return { problem: `they are not valid JSON: ${syntaxProblem(error)}` };
  }
  const found = inspect(value, { keys: 0, problem: undefined, hasLargeInteger: false });
  if (found.problem !== undefined) return { problem: found.problem };
  if (found.keys !== shape.members) return { problem: duplicateKeyProblem(text) };
  if (found.hasLargeInteger) {
    const literal = changedInteger(text);
    if (literal !== undefined) {
      return { problem: `the number ${literal} is too large to be kept exactly: write it as a string` };
    }
  }
  return { value };
}

interface Shape {
  /** Colons outside of strings: as many as there are members, repeated ones included. */ members: number;
  problem?: string;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** One look over the text before anything is built from it: depth, number of values, number of members. */
function measure(text: string, bounds: ArgumentBounds): Shape {
  let members = 0;
  let values = 1;
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index);
        break;
      case 0x3a: // :
        members += 1;
        break;
      case 0x2c: // ,
        values += 1;
        break;
      case 0x7b: // {
      case 0x5b: // [
        depth += 1;
        values += 1;
        if (depth > bounds.maxDepth)
          return { members, problem: `they are nested deeper than ${bounds.maxDepth} levels` };
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth -= 1;
        break;
      default:
    }
  }
  if (values > bounds.maxValues) return { members, problem: `they hold more than ${bounds.maxValues} values` };
  return { members };
}

/** Index of the quote that ends the string which begins at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  for (; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) return index;
    if (code === BACKSLASH) index += 1;
  }
  return index;
}

interface Inspection {
  keys: number;
  problem: string | undefined;
  hasLargeInteger: boolean;
}

function inspect(value: Json, found: Inspection): Inspection {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) found.problem = 'a number in them is too large for any number type';
    else if (Number.isInteger(value) && !Number.isSafeInteger(value)) found.hasLargeInteger = true;
  } else if (Array.isArray(value)) {
    for (const element of value) inspect(element, found);
  } else if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) {
      found.keys += 1;
      if (key === '__proto__') found.problem = 'the key "__proto__" is not accepted';
      inspect(value[key] as Json, found);
    }
  }
  return found;
}

/** V8's words without the piece of the text that it quotes. */
function syntaxProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : 'syntax error';
  return message.replace(/, (?:\.\.\.)?"[\s\S]*$/, '').slice(0, 200);
}

const STRING = /"(?:[^"\\]|\\.)*"/y;

function duplicateKeyProblem(text: string): string {
  const open: Set<string>[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '{' || character === '[') open.push(new Set());
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      STRING.lastIndex = index;
      const literal = STRING.exec(text)?.[0] ?? '"';
      index += literal.length - 1;
      if (/^\s*:/.test(text.slice(index + 1, index + 64))) {
        const key = JSON.parse(literal) as string;
        if (open.at(-1)?.has(key)) return `the key ${JSON.stringify(key.slice(0, 100))} appears twice in one object`;
        open.at(-1)?.add(key);
      }
    }
  }
  return 'a key appears twice in one object';
}

const LONG_INTEGER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]{15,}/g;

/** The first integer literal that would be another number as a double; one that a double prints so is none. */
function changedInteger(text: string): string | undefined {
  for (const [literal] of text.matchAll(LONG_INTEGER)) {
    if (!/^-?\d+$/.test(literal) || String(Number(literal)) === literal) continue;
    if (BigInt(literal) !== BigInt(Number(literal))) return literal.slice(0, 60);
  }
  return undefined;
}
