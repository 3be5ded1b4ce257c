import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const PREFIX = 'mao';
const ID_BYTES = 9;
const SECRET_BYTES = 32;
const FORM = /^mao_([A-Za-z0-9-]{12})_([A-Za-z0-9_-]{43})$/;

/** A key as its owner holds it: `mao_<id>_<secret>`, 256 bits of chance in the secret. */
export interface KeyText {
  readonly id: string;
  readonly secret: string;
}

/** A source of unguessable bytes. */
export type RandomBytes = (size: number) => Buffer;

/** Makes the id of a new key. */
export function createKeyId(random: RandomBytes = randomBytes): string {
  return random(ID_BYTES).toString('base64url').replaceAll('_', '-');
}

/** Makes the secret of a key. */
export function createSecret(random: RandomBytes = randomBytes): string {
  return random(SECRET_BYTES).toString('base64url');
}

/** The text that is handed out, once. */
export function keyText({ id, secret }: KeyText): string {
  return `${PREFIX}_${id}_${secret}`;
}

/** Reads a key; `undefined` for anything of another form. */
export function readKeyText(text: string): KeyText | undefined {
  const [, id, secret] = FORM.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/**
 * What is stored of a secret. A plain SHA-256 is enough for 256 random bits: there is nothing to guess, unlike with
 * passwords, and a slow hash would let a flood of wrong keys block the process.
 */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Compares two hashes in a time that tells nothing about them. */
export function isSameHash(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
