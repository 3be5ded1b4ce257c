import type { CreateId } from '@master-orchestrator/contracts';
import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 20;
const POOL_BYTES = 4_096;

/** Ids such as `task_7m2k…`: 20 characters of 5 bits each from the system's source of chance. */
export function createIds(): CreateId {
  let pool = '';
  let at = 0;
  return (kind) => {
    if (at + LENGTH > pool.length) [pool, at] = [randomLetters(), 0];
    at += LENGTH;
    return `${kind}_${pool.slice(at - LENGTH, at)}`;
  };
}

function randomLetters(): string {
  const bytes = randomBytes(POOL_BYTES);
  for (const [index, byte] of bytes.entries()) bytes[index] = ALPHABET.charCodeAt(byte & 31);
  return bytes.toString('latin1');
}
