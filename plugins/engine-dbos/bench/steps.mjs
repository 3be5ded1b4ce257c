// Steps a second and CPU a step of the engine, beside the same inserts written by hand. Needs a build: tsc -b.
// node bench/steps.mjs [--steps 1000]
import { systemClock as clock } from '@master-orchestrator/errors';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { DbosEngine, LocalServer } from '../dist/index.js';

const { values } = parseArgs({ options: { steps: { type: 'string', default: '1000' } } });
const steps = Number(values.steps);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const value = { role: 'assistant', text: 'x'.repeat(200), usage: { input: 10, output: 20 } };
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
chmodSync(folder, 0o711);
const server = new LocalServer(folder);
const url = await server.open(quiet);
const engine = new DbosEngine(new LocalServer(folder), { clock, random: Math.random, logger: quiet });
await engine.start();

/** Of this process alone; the server has its own. */
async function timed(count, work) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  const used = process.cpuUsage(cpu);
  return { perSecond: Math.round(count / (ms / 1_000)), cpuMs: (used.user + used.system) / 1_000 / count };
}

const client = new Client({ connectionString: url });
await client.connect();
await client.query('CREATE TABLE by_hand (task text, key text, value text, PRIMARY KEY (task, key))');
let rounds = 0;
const byHand = () =>
  timed(steps, async () => {
    const task = `t${(rounds += 1)}`;
    for (let i = 0; i < steps; i += 1)
      await client.query('INSERT INTO by_hand VALUES ($1, $2, $3)', [task, `s${i}`, JSON.stringify(value)]);
  });

let onEnd = () => {};
const handler = async (run, count) => {
  for (let i = 0; i < count; i += 1) await run.step(`s${i}`, { repeat: 'harmless', isCostly: true }, async () => value);
  onEnd();
  return null;
};
await engine.serve(new Map([['job', handler]]), { workerId: 'bench', slots: 10, claimMs: 15_000 });
const byEngine = (runs, each) => () => {
  const name = `r${(rounds += 1)}`;
  const specs = Array.from({ length: runs }, (_, i) => ({
    id: `${name}-${i}`,
    kind: 'job',
    revision: 1,
    input: each,
    lane: 'l',
  }));
  return timed(runs * Math.max(1, each), async () => {
    let left = runs;
    const done = new Promise((resolve) => (onEnd = () => --left === 0 && resolve()));
    await engine.submit(specs);
    await done;
  });
};

const cases = {
  'inserts by hand, one connection': byHand,
  'engine, 1 run': byEngine(1, steps),
  'engine, 10 runs': byEngine(10, Math.ceil(steps / 10)),
  'engine, whole tasks, 10 slots': byEngine(Math.ceil(steps / 5), 0),
};
const results = new Map(Object.keys(cases).map((name) => [name, []]));
for (let round = 0; round < 3; round += 1)
  for (const [name, run] of Object.entries(cases)) results.get(name).push(await run());
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
console.log(`Node ${process.version}, ${steps} steps, median of 3 rounds, each case in turn; CPU without the server's`);
for (const [name, seen] of results) {
  const perSecond = median(seen.map((one) => one.perSecond));
  const cpuMs = median(seen.map((one) => one.cpuMs));
  console.log(`${name.padEnd(32)} ${String(perSecond).padStart(8)} /s   ${cpuMs.toFixed(3)} ms CPU each`);
}
await client.end();
await engine.stop({ graceMs: 1_000 });
await server.close();
rmSync(folder, { recursive: true, force: true });
