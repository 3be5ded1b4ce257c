import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../../../shared/test-data');

/** True where the shared test data lies beside the repository. */
export const hasSharedData = existsSync(root);

/** Reads one file of the shared test data. */
export function sharedData(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}
