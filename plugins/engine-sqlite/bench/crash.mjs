// Kills workers at seeded moments and reports what the log of side effects says. Needs a build: tsc -b.
// node bench/crash.mjs [--points 200] [--seed 1] [--runs 100] [--steps 10]
import { runCrashPoints } from '@master-orchestrator/testing';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SqliteEngine } from '../dist/index.js';

const { values } = parseArgs({
  options: {
    points: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '100' },
    steps: { type: 'string', default: '10' },
  },
});
const [points, seed, runs, steps] = [values.points, values.seed, values.runs, values.steps].map(Number);
const subject = {
  open: async (address, options) => new SqliteEngine(address, options),
  addressIn: (folder) => join(folder, 'tasks.db'),
  workerFile: join(import.meta.dirname, 'crash-worker.mjs'),
};
const report = await runCrashPoints(subject, {
  seed,
  points,
  runs,
  steps,
  onPoint: (done) => process.stderr.write(`\r${done} of ${points} kills`),
});
process.stderr.write('\n');
console.log(JSON.stringify({ seed, ...report }, undefined, 2));
const isSafe = report.lost.length === 0 && report.begunAfterCommit === 0 && report.unsafeTwice === 0;
console.log(isSafe ? 'Nothing was lost and nothing was repeated that must not be.' : 'FAILED: see above.');
process.exit(isSafe ? 0 : 1);
