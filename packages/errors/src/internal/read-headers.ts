import { isRecord, readProperty } from './read-property.js';

/**
 * Response headers in any of their usual forms: `Headers`, a Map, an object with `get`/`entries`, pairs, or a plain
 * object of strings or lists of strings.
 */
export type HeadersLike =
  | Readonly<Record<string, string | readonly string[] | number | undefined>>
  | Iterable<readonly [string, string]>
  | { readonly entries: () => Iterable<readonly [string, string]> };

/** How many headers are looked at. */
const MAX_HEADERS = 200;

/** Header names in lower case, values as one text. Never throws. */
export function lowerHeaders(headers: unknown): Readonly<Record<string, string>> {
  const lower: Record<string, string> = Object.create(null) as Record<string, string>;
  try {
    let left = MAX_HEADERS;
    for (const [name, value] of headerEntries(headers)) {
      if ((left -= 1) < 0) break;
      const text = headerText(value);
      if (typeof name === 'string' && text !== undefined) lower[name.toLowerCase()] = text;
    }
  } catch {
    // Headers that cannot be read are as if absent.
  }
  return lower;
}

function headerEntries(headers: unknown): Iterable<readonly [unknown, unknown]> {
  if (typeof headers !== 'object' || headers === null) return [];
  const entries = readProperty(headers, 'entries');
  if (typeof entries === 'function' && !Array.isArray(headers)) {
    return entries.call(headers) as Iterable<readonly [unknown, unknown]>;
  }
  if (Array.isArray(headers)) return headers.filter((pair) => Array.isArray(pair)) as [unknown, unknown][];
  return isRecord(headers) ? Object.entries(headers) : [];
}

function headerText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value.join(', ').trim();
  return undefined;
}
