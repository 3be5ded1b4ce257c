import { taskInvalid, valueTooLarge } from './engine-errors.js';

/** Deeper values are refused: every reader of JSON recurses. */
const DEEPEST = 200;

/**
 * A value as JSON text, checked on the way.
 *
 * @param what - What the value is, for the message.
 * @throws OrchestratorError TASK_INVALID where JSON cannot hold it, VALUE_TOO_LARGE above `maxBytes`.
 */
export function jsonText(value: unknown, what: string, maxBytes: number): string {
  checkValue(value, what, 0);
  const text = JSON.stringify(value);
  // Three bytes a unit is more than any text can take, so most values need no exact look.
  const bytes = text.length * 3 > maxBytes ? Buffer.byteLength(text) : 0;
  if (bytes > maxBytes) throw valueTooLarge(what, bytes, maxBytes);
  return text;
}

function checkValue(value: unknown, what: string, depth: number): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (typeof value !== 'object') throw notJson(value, what);
  if (depth > DEEPEST) throw taskInvalid(`${what} is nested deeper than ${DEEPEST} levels, or refers to itself.`);
  if (Array.isArray(value)) {
    for (const item of value) checkValue(item, what, depth + 1);
    return;
  }
  if (!isPlain(value)) throw notJson(value, what);
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key];
    if (item !== undefined) checkValue(item, what, depth + 1);
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
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
