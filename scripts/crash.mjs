// Builds the SQLite engine, then kills its workers at seeded moments: npm run crash -- --points 200 [--seed 1].
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const run = (command, args) => {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error !== undefined) console.error(error.message);
  if (status !== 0) process.exit(status ?? 1);
};
run('tsc', ['-b', 'plugins/engine-sqlite', 'packages/testing']);
run(process.execPath, [join(root, 'plugins/engine-sqlite/bench/crash.mjs'), ...process.argv.slice(2)]);
