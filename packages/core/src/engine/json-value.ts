import type { Json } from '@master-orchestrator/errors';
import { taskInvalid, valueTooLarge } from './engine-errors.js';

/** Deeper values are refused: every reader of JSON recurses. */
const DEEPEST = 200;

/**
 * A copy of a value, checked on the way. Properties that are `undefined` are left out, as JSON does.
 *
 * @param what - What the value is, for the message.
 * @throws OrchestratorError TASK_INVALID where JSON cannot hold it, VALUE_TOO_LARGE above `maxBytes`.
 */
export function copyJson(value: unknown, what: string, maxBytes: number): Json {
  const copy = copyValue(value, what, 0);
  checkJson(copy, what, maxBytes);
  return copy;
}

/**
 * Checks a value without copying it.
 *
 * @throws OrchestratorError as {@link copyJson} does.
 */
export function checkJson(value: unknown, what: string, maxBytes: number): void {
  // Three bytes a unit is more than any text can take, so most values need no exact look.
  if (measure(value, what, 0) * 3 > maxBytes) checkSize(value, what, maxBytes);
}

/** A copy of a value that is known to be JSON. */
export function cloneJson(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(cloneJson);
  const copy: { [key: string]: Json } = {};
  for (const key of Object.keys(value)) setOwn(copy, key, cloneJson(value[key] as Json));
  return copy;
}

function checkSize(value: unknown, what: string, maxBytes: number): void {
  const bytes = Buffer.byteLength(JSON.stringify(value) ?? 'null');
  if (bytes > maxBytes) throw valueTooLarge(what, bytes, maxBytes);
}

function copyValue(value: unknown, what: string, depth: number): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'object') throw notJson(value, what);
  if (depth > DEEPEST) throw taskInvalid(`${what} is nested deeper than ${DEEPEST} levels, or refers to itself.`);
  if (Array.isArray(value)) {
    const list: Json[] = [];
    for (const item of value) list.push(copyValue(item, what, depth + 1));
    return list;
  }
  if (!isPlain(value)) throw notJson(value, what);
  const copy: { [key: string]: Json } = {};
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key];
    if (item !== undefined) setOwn(copy, key, copyValue(item, what, depth + 1));
  }
  return copy;
}

/** A number that is at least a third of the bytes as JSON: a control character alone takes six. */
function measure(value: unknown, what: string, depth: number): number {
  if (typeof value === 'string') return 2 * value.length + 2;
  if (value === null || typeof value === 'boolean') return 5;
  if (typeof value === 'number' && Number.isFinite(value)) return 24;
  if (typeof value !== 'object') throw notJson(value, what);
  if (depth > DEEPEST) throw taskInvalid(`${what} is nested deeper than ${DEEPEST} levels, or refers to itself.`);
  let units = 2;
  if (Array.isArray(value)) {
    for (const item of value) units += measure(item, what, depth + 1) + 1;
    return units;
  }
  if (!isPlain(value)) throw notJson(value, what);
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (item !== undefined) units += 2 * key.length + 4 + measure(item, what, depth + 1);
  }
  return units;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Plain assignment would call the setter of `__proto__`. */
function setOwn(target: { [key: string]: Json }, key: string, value: Json): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  else target[key] = value;
}

function notJson(value: unknown, what: string): Error {
  const kind =
    typeof value === 'object'
      ? (value?.constructor.name ?? 'object')
      : String(value === undefined ? value : typeof value);
  const shown = typeof value === 'number' ? String(value) : kind;
  return taskInvalid(
    `${what} holds a value that JSON cannot hold (${shown}). Use plain objects, arrays, texts, numbers, booleans and null.`,
  );
}
