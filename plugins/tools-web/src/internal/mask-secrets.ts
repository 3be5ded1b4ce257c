import { Buffer } from 'node:buffer';

const MASK = '****';
/** Shorter values are words such as `v2`; to mask them would spoil answers. */
const SHORTEST = 6;
const LONGEST_TAIL = 16_384;

/** The bytes without the values that the operator added to the request, for servers that echo their requests. */
export function maskBytes(bytes: Uint8Array, secrets: readonly string[]): Uint8Array {
  const found = formsOf(secrets).filter((form) =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(form, 0, 'latin1'),
  );
  if (found.length === 0) return bytes;
  let text = Buffer.from(bytes).toString('latin1');
  for (const form of found) text = text.replaceAll(form, MASK);
  return Buffer.from(text, 'latin1');
}

/** The bytes of a cut body without the beginning of such a value at their end. */
export function withoutCutSecret(bytes: Uint8Array, secrets: readonly string[]): Uint8Array {
  const tail = Buffer.from(bytes.subarray(-LONGEST_TAIL)).toString('latin1');
  for (const form of formsOf(secrets)) {
    for (let length = Math.min(form.length, tail.length); length >= SHORTEST; length--) {
      if (tail.endsWith(form.slice(0, length))) return bytes.subarray(0, bytes.length - length);
    }
  }
  return bytes;
}

/** The same for a text. */
export function maskText(text: string, secrets: readonly string[]): string {
  return formsOf(secrets).reduce((masked, form) => masked.replaceAll(form, MASK), text);
}

/** Longest first, so that no rest of a longer one is left. */
function formsOf(secrets: readonly string[]): string[] {
  const long = secrets.filter((secret) => secret.length >= SHORTEST);
  const forms = long.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}
