import type { Json } from '@master-orchestrator/errors';

/**
 * One text for equal values: members sorted by the code units of their keys, no spaces. Numbers and strings are
 * written as in RFC 8785 (JSON Canonicalization Scheme), which is what `JSON.stringify` does.
 */
export function canonicalJson(value: Json | { readonly [key: string]: Json }): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((element) => canonicalJson(element)).join(',')}]`;
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] as Json)}`).join(',')}}`;
}

/** SHA-256 of a text as lower-case hex. The module is looked up on first use: importing this file loads nothing. */
export function sha256(text: string): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex');
}
