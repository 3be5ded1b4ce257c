// What importing a package costs over a bare Node: time until it is imported and resident memory, each in processes of its
// own. Needs a build and the bundles: tsc -b && node scripts/bundle.mjs.   node bench/import.mjs [--rounds 15]
import { spawnSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { readOptions } from './arguments.mjs';

const values = readOptions({ rounds: { type: 'string', default: '15' } });
const MODULES = [
  { name: 'nothing' },
  { name: '@master-orchestrator/core', most: { ms: 120, mb: 40 } },
  { name: '@master-orchestrator/factory', most: { ms: 250 } },
  { name: 'zod' },
  { name: 'openai' },
];

/** One process: it imports and tells. */
function once(name) {
  const load = name === 'nothing' ? '' : `await import(${JSON.stringify(name)});`;
  const program = `const t = performance.now(); ${load} console.log(JSON.stringify({ ms: performance.now() - t, mb: process.memoryUsage.rss() / 2 ** 20 }))`;
  const args = ['--conditions=@master-orchestrator/bundle', '--input-type=module', '--eval', program];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const samples = MODULES.map(() => []);
for (let round = 0; round < Number(values.rounds); round += 1)
  for (const [index, { name }] of MODULES.entries()) samples[index].push(once(name));

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const bare = median(samples[0].map(({ mb }) => mb));
const processor = `${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown processor'}`;
console.log(
  `Node ${process.version}, ${processor}, load ${loadavg()[0].toFixed(1)}; median of ${values.rounds} (least)`,
);
for (const [index, { name, most }] of MODULES.entries()) {
  const times = samples[index].map(({ ms }) => ms);
  const [ms, mb] = [median(times), median(samples[index].map((one) => one.mb)) - bare];
  const goal =
    most === undefined
      ? ''
      : `; goal ${Object.entries(most)
          .map(([unit, bound]) => `${bound} ${unit}`)
          .join(', ')}`;
  console.log(`${name}: ${ms.toFixed(0)} ms (${Math.min(...times).toFixed(0)}), ${mb.toFixed(1)} MB${goal}`);
  if (ms > (most?.ms ?? Infinity) || mb > (most?.mb ?? Infinity)) process.exitCode = 1;
}
