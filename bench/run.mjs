// Measures the same job, done by a hand-written loop, by the usual libraries and by this project, side by side.
//
//   npm run bench                                    everything, written into bench/RESULTS.md (some minutes)
//   npm run bench -- --rounds 1 --only sequential    a part of it, printed
//   npm run bench -- --programs undici,ours          two programs, printed
//
// Every sample is a fresh process. In a round each program has its turn, so that what else the machine does meets all
// of them; a ratio is the median of the rounds' ratios to the hand-written loop of the same round.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { writeResults } from './results.mjs';
import { SCENARIOS } from './scenarios.mjs';

const PROGRAMS = ['undici', 'openai', 'agents', 'ai', 'ours'];
const here = import.meta.dirname;
const execute = promisify(execFile);

const { values } = parseArgs({
  options: { rounds: { type: 'string' }, only: { type: 'string' }, programs: { type: 'string' } },
});
const programs = values.programs?.split(',') ?? PROGRAMS;
const chosen = SCENARIOS.filter(({ name }) => (values.only ?? name).split(',').includes(name));
const isWhole = programs.length === PROGRAMS.length && chosen.length === SCENARIOS.length;

const startedAt = new Date();
const load = loadavg()[0].toFixed(1);
const measured = [];
for (const scenario of chosen) {
  process.stderr.write(`${scenario.name} `);
  const rounds = await measure(scenario, Number(values.rounds ?? scenario.rounds));
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

async function measure({ server, sample, flags = [] }, count) {
  const { child, baseUrl } = await startServer(server ?? {});
  const rounds = [];
  try {
    for (let round = 0; round < count; round += 1) {
      const results = {};
      // The order turns, so that nobody always comes after the same neighbour.
      for (let at = 0; at < programs.length; at += 1) {
        const program = programs[(at + round) % programs.length];
        results[program] = await takeSample({ program, baseUrl, ...sample }, flags);
        process.stderr.write('.');
      }
      rounds.push(results);
    }
  } finally {
    child.stdin.end();
  }
  return rounds;
}

async function takeSample(setting, flags) {
  const argv = ['--expose-gc', ...flags, join(here, 'sample.mjs'), JSON.stringify(setting)];
  const { stdout } = await execute(process.execPath, argv, { timeout: 120_000 });
  return JSON.parse(stdout.trim().split('\n').at(-1));
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
