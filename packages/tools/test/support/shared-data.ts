import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../../../../shared/test-data/security');

/** True where the shared payload lists are there. */
export const hasSharedData = existsSync(FOLDER);

/** Said where they are not. */
export const SHARED_DATA_MISSING = 'the shared payload lists are not on this machine';

/** One list of payloads. */
export function sharedData<T>(name: string): T {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as T;
}
