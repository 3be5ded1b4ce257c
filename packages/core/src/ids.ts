import type { CreateId } from '@master-orchestrator/contracts';
import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 20;
const POOL_BYTES = 4_096;

/** Ids such as `task_7m2k…`: 20 characters of 5 bits each from the system's source of chance. */
export function createIds(): CreateId {
  let pool = randomBytes(0);
  let at = 0;
  return (kind) => {
    if (at + LENGTH > pool.length) [pool, at] = [randomBytes(POOL_BYTES), 0];
    let id = `${kind}_`;
    for (const end = at + LENGTH; at < end; at += 1) id += ALPHABET[(pool[at] as number) & 31];
    return id;
  };
}
