import type { CreateId } from '@master-orchestrator/contracts';
import type { Random } from '@master-orchestrator/errors';

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/** Ids such as `grant_k3v9…` with 20 random characters, about 103 bits where `random` is good. */
export function createRandomId(random: Random): CreateId {
  return (kind) => {
    let text = `${kind}_`;
    for (let index = 0; index < 20; index += 1) text += ALPHABET[Math.floor(random() * 36)];
    return text;
  };
}
