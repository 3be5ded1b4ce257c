import { seededRandom } from '@master-orchestrator/testing';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOrders, USAGE } from './arguments.js';
import { killAtNamedPoints, killAtRandom, terminateUnderLoad } from './campaigns.js';
import { add, isSafe, NOTHING, type Report } from './oracle.js';
import type { Campaign } from './team.js';

const orders = readOrders(process.argv.slice(2));
if (typeof orders === 'string') {
  (orders === USAGE ? console.log : console.error)(orders);
  process.exit(orders === USAGE ? 0 : 2);
}
const { store, points, jobs, workers, seed, named, terms } = orders;
/** Random moments of one campaign; the next one begins on a new store. */
const KILLS = 10;
/** A worker that is told to stop must do so within this time, in milliseconds: 35 s is the end of its patience. */
const LIMIT_MS = 35_000;

// The server's user must be able to enter the folder where this runs as root.
const base = await mkdtemp(join(tmpdir(), 'kill-nine-'));
await chmod(base, 0o711);
let campaigns = 0;
let report: Report = NOTHING;

async function campaign<R extends Report>(title: string, run: (campaign: Campaign) => Promise<R>): Promise<R> {
  campaigns += 1;
  const folder = await mkdtemp(join(base, 'campaign-'));
  const startedAt = performance.now();
  const seen = await run({ store, folder, server: join(base, 'postgres'), database: `campaign_${campaigns}` });
  const { lost, ...counts } = seen;
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${title}: ${JSON.stringify({ lost: lost.length, ...counts })} in ${seconds} s`);
  for (const each of lost) console.log(`  ${each}`);
  report = add(report, seen);
  await rm(folder, { recursive: true, force: true });
  return seen;
}

const random = seededRandom(`kill nine ${seed}`);
if (named) await campaign('named points', killAtNamedPoints);
for (let done = 0; done < points; done += KILLS) {
  const kills = Math.min(KILLS, points - done);
  await campaign(`kills ${done + 1} to ${done + kills}`, (each) =>
    killAtRandom(each, { jobs, kills, workers, random }),
  );
}
if (terms > 0)
  await campaign(`${terms} terminations`, (each) => terminateUnderLoad(each, { rounds: terms, limitMs: LIMIT_MS }));
await rm(base, { recursive: true, force: true, maxRetries: 5 });

const { lost, ...counts } = report;
console.log(JSON.stringify({ store, seed, lost: lost.length, ...counts }));
console.log(isSafe(report) ? 'Nothing was lost and nothing was repeated that must not be.' : 'FAILED: see above.');
process.exitCode = isSafe(report) ? 0 : 1;
