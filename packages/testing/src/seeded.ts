import type { CreateId, IdKind } from '@master-orchestrator/contracts';
import type { Random } from '@master-orchestrator/errors';

/** Letters of ids: digits and letters without those that look alike. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A source of chance that gives the same numbers for the same seed, each in [0, 1) with 53 random bits. Generator:
 * sfc32 of Chris Doty-Humphrey's PractRand, seeded by the hash FNV-1a; not for secrets.
 */
export function seededRandom(seed: number | string): Random {
  const next = sfc32(String(seed));
  return () => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
}

/**
 * Ids that are the same for the same seed: `task_` and twelve letters. Each kind counts on its own, so that a further
 * id of one kind does not change those of another.
 */
export function seededIds(seed: number | string): CreateId {
  const sources = new Map<IdKind, Random>();
  return (kind) => {
    const random = sources.get(kind) ?? seededRandom(`${seed}:${kind}`);
    sources.set(kind, random);
    return `${kind}_${Array.from({ length: 12 }, () => ALPHABET[Math.floor(random() * 32)]).join('')}`;
  };
}

function sfc32(seed: string): () => number {
  let a = fnv1a(`${seed}a`);
  let b = fnv1a(`${seed}b`);
  let c = fnv1a(`${seed}c`);
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 15; round += 1) next();
  return next;
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}
