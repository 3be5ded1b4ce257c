import { MASK, maskKeyForms } from './internal/secret-patterns.js';
import { secretPattern } from './redact.js';

/** Takes secrets out of plain data and changes nothing else; where there is none, the very same value comes back. */
export type SecretMask = <Value>(value: Value) => Value;

/**
 * Makes the mask of what is stored and worked with: prompts, instructions, answers of models. Unlike a redactor it
 * neither cuts nor bounds, and leaves named fields alone, because source code and data must survive it: masked are the
 * given values, also percent-encoded or in JSON, and what is a key by its own form.
 *
 * @param secrets - Values to mask; those shorter than 4 characters are ignored.
 */
export function createSecretMask(secrets: readonly string[]): SecretMask {
  const pattern = secretPattern(secrets);
  const maskText = (text: string): string => maskKeyForms(pattern === undefined ? text : text.replace(pattern, MASK));
  return <Value>(value: Value): Value => maskDeep(value, maskText) as Value;
}

function maskDeep(value: unknown, maskText: (text: string) => string): unknown {
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return maskList(value, maskText);
  if (!isPlain(value)) return value;
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(value)) {
    const item = value[key];
    const masked = maskDeep(item, maskText);
    if (masked === item) continue;
    copy ??= { ...value };
    copy[key] = masked;
  }
  return copy ?? value;
}

function maskList(list: readonly unknown[], maskText: (text: string) => string): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (const [index, item] of list.entries()) {
    const masked = maskDeep(item, maskText);
    if (masked === item) continue;
    copy ??= [...list];
    copy[index] = masked;
  }
  return copy ?? list;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
