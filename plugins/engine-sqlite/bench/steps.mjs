// Steps a second and CPU a step of the engine, beside the same inserts written by hand. Needs a build: tsc -b.
// node bench/steps.mjs [--steps 3000] [--folder /tmp]
import { systemClock as clock } from '@master-orchestrator/errors';
import { SqliteEngine } from '../dist/index.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { steps: { type: 'string', default: '3000' }, folder: { type: 'string', default: tmpdir() } },
});
const steps = Number(values.steps);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const value = { role: 'assistant', text: 'x'.repeat(200), usage: { input: 10, output: 20 } };

/** Runs a case in a folder of its own; returns steps a second and CPU milliseconds a step. */
async function measure(run) {
  const folder = mkdtempSync(join(values.folder, 'bench-'));
  try {
    return await run(join(folder, 'tasks.db'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function timed(count, work) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  const used = process.cpuUsage(cpu);
  return { perSecond: Math.round(count / (ms / 1_000)), cpuMs: (used.user + used.system) / 1_000 / count };
}

const byHand = (synchronous) => (file) => {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`);
  db.exec('CREATE TABLE step (task TEXT, key TEXT, value TEXT, PRIMARY KEY (task, key)) WITHOUT ROWID');
  const insert = db.prepare('INSERT INTO step VALUES (?, ?, ?)');
  return timed(steps, async () => {
    for (let i = 0; i < steps; i += 1) insert.run('t', `s${i}`, JSON.stringify(value));
  }).finally(() => db.close());
};

const byEngine = (isCostly, runs) => async (file) => {
  const engine = new SqliteEngine(file, { clock, random: Math.random, logger: quiet });
  await engine.start();
  const each = Math.floor(steps / runs);
  let left = runs;
  let done;
  const allDone = new Promise((resolve) => (done = resolve));
  const handler = async (run) => {
    for (let i = 0; i < each; i += 1) await run.step(`s${i}`, { repeat: 'harmless', isCostly }, async () => value);
    if (--left === 0) done();
    return null;
  };
  await engine.serve(new Map([['job', handler]]), { workerId: 'bench', slots: runs, claimMs: 15_000 });
  const specs = Array.from({ length: runs }, (_, i) => ({
    id: `t${i}`,
    kind: 'job',
    revision: 1,
    input: null,
    lane: 'l',
  }));
  const result = await timed(each * runs, async () => {
    await engine.submit(specs);
    await allDone;
  });
  await engine.stop({ graceMs: 1_000 });
  return result;
};

const tasks = (slots) => async (file) => {
  const engine = new SqliteEngine(file, { clock, random: Math.random, logger: quiet });
  await engine.start();
  const count = Math.min(steps, 10_000);
  let left = count;
  let done;
  const allDone = new Promise((resolve) => (done = resolve));
  const result = await timed(count, async () => {
    await engine.submit(
      Array.from({ length: count }, (_, i) => ({
        id: `t${i}`,
        kind: 'job',
        revision: 1,
        input: null,
        lane: `l${i % 10}`,
      })),
    );
    await engine.serve(new Map([['job', async () => (--left === 0 && done(), null)]]), {
      workerId: 'bench',
      slots,
      claimMs: 15_000,
    });
    await allDone;
  });
  await engine.stop({ graceMs: 1_000 });
  return result;
};

const cases = {
  'by hand, NORMAL': byHand('NORMAL'),
  'by hand, FULL': byHand('FULL'),
  'engine, 1 run, NORMAL': byEngine(false, 1),
  'engine, 1 run, FULL': byEngine(true, 1),
  'engine, 10 runs, NORMAL': byEngine(false, 10),
  'engine, 10 runs, FULL': byEngine(true, 10),
  'engine, whole tasks, 10 slots': tasks(10),
};
const results = new Map(Object.keys(cases).map((name) => [name, []]));
for (let round = 0; round < 3; round += 1)
  for (const [name, run] of Object.entries(cases)) results.get(name).push(await measure(run));
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
console.log(`Node ${process.version}, ${steps} steps, median of 3 rounds, each case in turn`);
for (const [name, rounds] of results) {
  const perSecond = median(rounds.map((one) => one.perSecond));
  const cpuMs = median(rounds.map((one) => one.cpuMs));
  console.log(`${name.padEnd(32)} ${String(perSecond).padStart(8)} /s   ${cpuMs.toFixed(3)} ms CPU each`);
}
