import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Builds the command once for the whole run: tests of signals, terminals and servers start the real thing. */
export function setup(): void {
  const root = join(import.meta.dirname, '..', '..', '..');
  const built = spawnSync('tsc', ['-b', 'packages/cli'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`The command cannot be built.\n${built.stdout}${built.stderr}`);
}
