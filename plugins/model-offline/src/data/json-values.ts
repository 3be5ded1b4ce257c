import type { Json } from '@master-orchestrator/errors';

/** True for a JSON object. */
export function isRecord(value: unknown): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a list of at least one number. */
export function isNumberList(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === 'number');
}

/** Parses JSON; `undefined` where the text is none. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/**
 * Parses the beginning of a JSON text that was cut off: everything up to the last complete entry. `undefined` where
 * not even one entry is complete.
 */
export function parseJsonBeginning(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  const closers: string[] = [];
  let whole: { readonly end: number; readonly closers: string } | undefined;
  let isString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (isString) {
      if (char === '\\') at++;
      else if (char === '"') isString = false;
      continue;
    }
    if (char === '"') isString = true;
    else if (char === '{') closers.push('}');
    else if (char === '[') closers.push(']');
    else if (char === ',') whole = { end: at, closers: closers.toReversed().join('') };
    else if (char === '}' || char === ']') {
      closers.pop();
      whole = { end: at + 1, closers: closers.toReversed().join('') };
    }
  }
  return whole === undefined ? undefined : parseJson(text.slice(0, whole.end) + whole.closers);
}

/** Parses JSON, and JSON with what people get wrong: single quotes, bare keys, trailing commas, Python's words. */
export function parseLooseJson(text: string): Json | undefined {
  const exact = parseJson(text);
  if (exact !== undefined || text.length > 200_000) return exact;
  const mended = text
    .replace(/'((?:[^'\\\n]|\\.)*)'/g, (_, inner: string) => JSON.stringify(inner))
    .replace(/([{,]\s*)([A-Za-z_$][\w$-]*)(\s*:)/g, '$1"$2"$3')
    .replace(/\bTrue\b/g, 'true')
    .replace(/\bFalse\b/g, 'false')
    .replace(/\bNone\b/g, 'null')
    .replace(/,(\s*[}\]])/g, '$1');
  return parseJson(mended);
}

/** Equal as JSON, whatever the order of keys. */
export function isSameJson(a: Json, b: Json): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b);
}

/** JSON text with sorted keys: equal values give equal texts. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`);
  return `{${entries.join(',')}}`;
}

/** Where each bracket of a text closes: index of `[` or `{` to index of its partner. Strings are stepped over. */
export function bracketPairs(text: string): Map<number, number> {
  const pairs = new Map<number, number>();
  const open: number[] = [];
  let isString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (isString) {
      if (char === '\\') at++;
      else if (char === '"' || char === '\n') isString = false;
    } else if (char === '"' && open.length > 0) isString = true;
    else if (char === '[' || char === '{') open.push(at);
    else if (char === ']' || char === '}') closeBracket(text, at, open, pairs);
  }
  return pairs;
}

function closeBracket(text: string, at: number, open: number[], pairs: Map<number, number>): void {
  const start = open.at(-1);
  if (start === undefined) return;
  const wanted = text[start] === '[' ? ']' : '}';
  if (text[at] !== wanted) return;
  open.pop();
  pairs.set(start, at);
}
