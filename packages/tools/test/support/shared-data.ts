import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../../../../shared/test-data/security');

/** True where the shared payload lists are there. */
export const hasSharedData = existsSync(FOLDER);

/** Added to the title of what is skipped without them. */
export const SKIPPED = hasSharedData ? '' : ' (skipped: the shared payload lists are not on this machine)';

/** What `pick` takes from a list of payloads; nothing where the lists are not there. */
export function sharedData<T>(name: string, pick: (list: never) => readonly T[]): readonly T[] {
  if (!hasSharedData) return [];
  const list: unknown = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8'));
  return pick(list as never);
}
