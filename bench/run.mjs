// Measures the same job, done by a hand-written loop, by the usual libraries and by this project, side by side.
//
//   npm run bench                                    everything, written into bench/RESULTS.md (some minutes)
//   npm run bench -- --rounds 1 --only sequential    a part of it, printed
//   npm run bench -- --programs undici,ours          two programs, printed
//
// In a round each program gets a fresh process and is warmed up as its scenario says; then the processes are
// measured in turns, one at work and the others at rest, so that what else the machine does meets all of them. A ratio is
// taken within a turn; what is shown is the median of all turns of all rounds. This project runs from the bundles that are
// published.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { readOptions } from './arguments.mjs';
import { ProgramProcess } from './program-process.mjs';
import { writeResults } from './results.mjs';
import { SCENARIOS } from './scenarios.mjs';

const PROGRAMS = ['undici', 'openai', 'agents', 'ai', 'ours'];
const here = import.meta.dirname;

const values = readOptions(
  { rounds: { type: 'string' }, only: { type: 'string' }, programs: { type: 'string' } },
  { lists: { only: SCENARIOS.map(({ name }) => name), programs: PROGRAMS } },
);
const programs = values.programs?.split(',') ?? PROGRAMS;
const chosen = SCENARIOS.filter(({ name }) => (values.only ?? name).split(',').includes(name));
const isWhole = programs.length === PROGRAMS.length && chosen.length === SCENARIOS.length;

const startedAt = new Date();
const load = loadavg()[0].toFixed(1);
const measured = [];
for (const scenario of chosen) {
  process.stderr.write(`${scenario.name} `);
  const rounds = await measure(scenario, scenario.isQuick ? scenario.rounds : Number(values.rounds ?? scenario.rounds));
  process.stderr.write('\n');
  measured.push({ scenario, rounds });
}
const labels = await labelsOf(programs);
const machine = {
  date: startedAt.toISOString().slice(0, 10),
  processor: `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB`,
  node: process.version,
  load,
};
const text = await writeResults({ programs, labels, measured, machine });
if (isWhole) writeFileSync(join(here, 'RESULTS.md'), text);
process.stdout.write(text);

async function measure({ server, sample, flags = [], isDefault, warmUp, turns = 1 }, count) {
  const { child, baseUrl } = await startServer(server ?? {});
  const measuredTurns = [];
  try {
    for (let round = 0; round < count; round += 1) {
      const running = await startAll({ baseUrl, isDefault }, flags, warmUp);
      for (let turn = 0; turn < turns; turn += 1) measuredTurns.push(await takeTurn(running, sample, round + turn));
      await Promise.all(Object.values(running).map((each) => each.end()));
      process.stderr.write('.');
    }
  } finally {
    child.stdin.end();
  }
  return measuredTurns;
}

/** Starts and warms up one after the other: nobody is disturbed by the others. */
async function startAll(setting, flags, warmUp) {
  const running = {};
  for (const program of programs) {
    running[program] = await ProgramProcess.start({ program, ...setting }, flags);
    if (warmUp !== undefined) await running[program].tell(warmUp);
  }
  return running;
}

/** The order turns, so that nobody always comes after the same neighbour. */
async function takeTurn(running, sample, shift) {
  const results = {};
  for (let at = 0; at < programs.length; at += 1) {
    const program = programs[(at + shift) % programs.length];
    results[program] = sample === undefined ? running[program].started : await running[program].tell(sample);
  }
  return results;
}

async function startServer(options) {
  const child = spawn(process.execPath, [join(here, 'server.mjs'), JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = await once(child.stdout, 'data');
  return { child, baseUrl: `http://127.0.0.1:${String(port).trim()}/v1` };
}

async function labelsOf(names) {
  const entries = names.map(async (name) => [name, (await import(`./programs/${name}.mjs`)).label]);
  return Object.fromEntries(await Promise.all(entries));
}
