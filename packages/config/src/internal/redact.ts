import { Secret } from '../secret.js';
import { isPlainObject } from './plain-object.js';

const MASK = '****';
const SECRET_NAME =
  /(api|access|private|auth|admin|signing|encryption)[_-]?key|secret|token(?!s)|passw|credential|cookie|authorization/i;
const USER_INFO = /\/\/[^/?#\s]*@/g;
const SECRET_PARAMETER = /([?&;](?:[\w-]*(?:key|token|secret|passw|sig)[\w-]*)=)[^&;\s]*/gi;

/** True for names under which a secret is likely to stand. */
function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** A copy for people and logs: secrets, texts under secret-looking names and credentials in addresses are masked. */
export function redact(value: unknown, name = ''): unknown {
  if (Secret.isInstance(value)) return value.hint();
  if (typeof value === 'string') return isSecretName(name) && value !== '' ? MASK : maskAddress(value);
  if (Array.isArray(value)) return value.map((item) => redact(item, name));
  if (isPlainObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redact(item, key)]));
  }
  if (typeof value === 'function') return '[function]';
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'object' && value !== null ? `[${value.constructor?.name ?? 'object'}]` : value;
}

/** Masks what stands for user and password in an address, and parameters that look like keys. */
function maskAddress(text: string): string {
  return text.replaceAll(USER_INFO, `//${MASK}@`).replaceAll(SECRET_PARAMETER, `$1${MASK}`);
}

/** A value in one short line, without secrets. */
export function excerpt(value: unknown, name: string): string {
  const text = JSON.stringify(redact(value, name)) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
