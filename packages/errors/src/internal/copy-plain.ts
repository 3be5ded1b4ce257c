import type { Json } from '../json.js';
import { isSecretField, MASK } from './secret-patterns.js';

/** Bounds of one copy. */
export interface CopyLimits {
  readonly maxDepth: number;
  readonly maxValues: number;
  readonly maxEntries: number;
  readonly maxTextLength: number;
}

interface Copying {
  readonly text: (text: string) => string;
  readonly limits: CopyLimits;
  readonly isSecretName: ((name: string) => boolean) | undefined;
  readonly parents: object[];
  valuesLeft: number;
}

const MORE = '[more]';

/**
 * Copies anything to plain JSON. Only own data properties are read: no getter, no `toJSON`, no proxy trap can break it
 * or make it dear.
 */
export function copyPlain(
  value: unknown,
  text: (text: string) => string,
  limits: CopyLimits,
  isSecretName?: (name: string) => boolean,
): Json {
  const copying: Copying = { text, limits, isSecretName, parents: [], valuesLeft: limits.maxValues };
  return copyValue(value, copying) ?? null;
}

/** `undefined` means that the value has no place in JSON. */
function copyValue(value: unknown, copying: Copying): Json | undefined {
  if (value === null) return null;
  switch (typeof value) {
    case 'string':
      return copying.text(value);
    case 'number':
      return Number.isFinite(value) ? (value === 0 ? 0 : value) : String(value);
    case 'boolean':
      return value;
    case 'bigint':
      return copying.text(value.toString());
    case 'object':
      return copyObject(value, copying);
    case 'undefined':
    case 'symbol':
    case 'function':
    default:
      return undefined;
  }
}

function copyObject(value: object, copying: Copying): Json {
  if (copying.parents.includes(value)) return '[circular]';
  if (copying.parents.length >= copying.limits.maxDepth) return '[deep]';
  copying.parents.push(value);
  try {
    return copyKnown(value, copying);
  } catch {
    return '[unreadable]'; // a revoked or hostile proxy
  } finally {
    copying.parents.pop();
  }
}

function copyKnown(value: object, copying: Copying): Json {
  if (Array.isArray(value)) return copyList(value.length, (index) => ownValue(value, String(index)), copying);
  if (value instanceof Error) return copyEntries(errorEntries(value), copying);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof URL) return copying.text(value.href);
  if (value instanceof RegExp) return copying.text(String(value));
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof Set) {
    const items = firstOf(Set.prototype.values.call(value), copying.limits.maxEntries + 1);
    return copyList(items.length, (index) => items[index], copying);
  }
  if (value instanceof Map || value instanceof Headers) {
    const all: Iterable<[unknown, unknown]> =
      value instanceof Map ? Map.prototype.entries.call(value) : Headers.prototype.entries.call(value);
    const entries = firstOf(all, copying.limits.maxEntries + 1);
    return copyEntries(
      entries.map(([key, item]) => [typeof key === 'string' ? key : '[key]', item]),
      copying,
    );
  }
  return copyEntries(ownEntries(value, copying.limits.maxEntries + 1), copying);
}

function copyList(length: number, at: (index: number) => unknown, copying: Copying): Json[] {
  const isCut = length > copying.limits.maxEntries;
  const kept = isCut ? copying.limits.maxEntries - 1 : length;
  const copy: Json[] = [];
  for (let index = 0; index < kept; index += 1) {
    if ((copying.valuesLeft -= 1) < 0) return copy;
    copy.push(copyValue(at(index), copying) ?? null);
  }
  if (isCut) copy.push(MORE);
  return copy;
}

function copyEntries(entries: readonly (readonly [string, unknown])[], copying: Copying): Json {
  const isCut = entries.length > copying.limits.maxEntries;
  const copy: Record<string, Json> = {};
  for (const [key, value] of isCut ? entries.slice(0, copying.limits.maxEntries - 1) : entries) {
    if (key === '__proto__') continue;
    if ((copying.valuesLeft -= 1) < 0) return copy;
    const isSecret = isSecretField(key) || copying.isSecretName?.(key) === true;
    const item = isSecret ? maskField(value) : copyValue(value, copying);
    if (item !== undefined) copy[copying.text(key)] = item;
  }
  if (isCut) copy[MORE] = true;
  return copy;
}

/** The presence of a secret may be told, and whether it is switched on; its value never. */
function maskField(value: unknown): Json | undefined {
  if (value === null || typeof value === 'boolean') return value;
  if (value === '') return '';
  return value === undefined || typeof value === 'function' || typeof value === 'symbol' ? undefined : MASK;
}

/** Own enumerable data properties; an accessor is named, not run. */
function ownEntries(value: object, max: number): [string, unknown][] {
  const entries: [string, unknown][] = [];
  for (const key of Object.keys(value)) {
    if (entries.length >= max) break;
    entries.push([key, ownValue(value, key)]);
  }
  return entries;
}

function ownValue(value: object, key: string): unknown {
  const property = Object.getOwnPropertyDescriptor(value, key);
  if (property === undefined) return undefined;
  return 'value' in property ? property.value : '[getter]';
}

const ERROR_FIELDS = ['name', 'message', 'code', 'cause', 'errors'];

/** What an error keeps in hidden properties, then its own. The stack is left to those who ask for it. */
function errorEntries(error: Error): [string, unknown][] {
  if (error instanceof DOMException)
    return [
      ['name', error.name],
      ['message', error.message],
    ];
  const name = ownValue(error, 'name') ?? inheritedName(error);
  const entries: [string, unknown][] = [['name', name]];
  for (const key of ['message', 'code', 'cause', 'errors']) {
    const item = ownValue(error, key);
    if (item !== undefined) entries.push([key, item]);
  }
  return [...entries, ...ownEntries(error, 50).filter(([key]) => !ERROR_FIELDS.includes(key) && key !== 'stack')];
}

function inheritedName(error: Error): unknown {
  const prototype: unknown = Object.getPrototypeOf(error);
  return typeof prototype === 'object' && prototype !== null ? (ownValue(prototype, 'name') ?? 'Error') : 'Error';
}

function firstOf<T>(items: Iterable<T>, max: number): T[] {
  const first: T[] = [];
  for (const item of items) {
    if (first.length >= max) break;
    first.push(item);
  }
  return first;
}
