// Measures how long `mao --help` takes, beside a Node.js that does nothing: `node packages/cli/bench/help.mjs` after a build.
import { spawnSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';

const ROUNDS = 21;
const main = join(import.meta.dirname, '..', 'dist', 'main.js');

/** Wall clock of one process, in milliseconds. */
function once(args) {
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
  return performance.now() - startedAt;
}

const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const times = { help: [], bare: [] };
for (let round = 0; round < ROUNDS; round += 1) {
  times.bare.push(once(['-e', '0']));
  times.help.push(once([main, '--help']));
}
const [help, bare] = [middle(times.help), middle(times.bare)];
console.log(
  `mao --help ${help.toFixed(0)} ms (least ${Math.min(...times.help).toFixed(0)}), Node.js alone ${bare.toFixed(0)} ms; median of ${ROUNDS}, ` +
    `Node.js ${process.version}, ${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, load ${loadavg()[0].toFixed(1)}`,
);
