import { isFinalPhase, type TaskEngine } from '@master-orchestrator/contracts';
import assert from 'node:assert/strict';
import { seededRandom } from '../seeded.js';
import type { EngineSubject } from './engine-check.js';
import { delay, EngineLab, job, until } from './engine-lab.js';
import { expectedResult, policyOf, type MarkedInput } from './marked-task.js';
import { readMarks, type Mark } from './side-effect-log.js';

/** How a series of crashes is made. */
export interface CrashRunOptions {
  /** Every choice follows from it. */ readonly seed: number;
  /** Moments at which a worker is killed. */ readonly points: number;
  /** Tasks of one campaign. @default 100 */ readonly runs?: number;
  /** Steps of one task. @default 10 */ readonly steps?: number;
  /** Worker processes. @default 2 */ readonly workers?: number;
  /** Told after each kill. */ onPoint?(done: number): void;
}

/** What the log of side effects says after a series of crashes. The first three must be 0. */
export interface CrashReport {
  /** Tasks without the result an undisturbed run gives, each with what became of it. */ readonly lost: readonly string[];
  /** Step bodies begun after the engine had given their value back. */ readonly begunAfterCommit: number;
  /** Unsafe steps that ran twice unasked. */ readonly unsafeTwice: number;
  /** Steps that ended twice: the window between body and commit. */ readonly endedTwice: number;
  /** Steps in doubt that a person was asked about. */ readonly asked: number;
  /** Workers killed. */ readonly kills: number;
}

const KILLS_PER_CAMPAIGN = 5;
const SLOTS = 4;
const NOTHING: CrashReport = { lost: [], begunAfterCommit: 0, unsafeTwice: 0, endedTwice: 0, asked: 0, kills: 0 };

/**
 * Kills workers at seeded moments while they run tasks whose steps are of every effect class, starts others in their
 * place, answers what is in doubt, and reports what the log of side effects says.
 */
export async function runCrashPoints(subject: EngineSubject, options: CrashRunOptions): Promise<CrashReport> {
  let report = NOTHING;
  for (let done = 0; done < options.points; done += KILLS_PER_CAMPAIGN) {
    const kills = Math.min(KILLS_PER_CAMPAIGN, options.points - done);
    const lab = await EngineLab.create(subject, { seed: options.seed + done });
    try {
      report = add(report, await runCampaign(lab, kills, options, (count) => options.onPoint?.(done + count)));
    } finally {
      await lab.close();
    }
  }
  return report;
}

async function runCampaign(
  lab: EngineLab,
  kills: number,
  { runs = 100, steps = 10, workers = 2 }: CrashRunOptions,
  onKill: (count: number) => void,
): Promise<CrashReport> {
  const random = seededRandom(`crash ${lab.seed}`);
  const logFile = lab.file('marks.log');
  const input: MarkedInput = { steps, stepMs: 2, hasUnsafe: true };
  const ids = Array.from({ length: runs }, (_, i) => `t${i}`);
  const engine = await lab.open();
  await engine.submit(ids.map((id) => job(id, { kind: 'marked', input: { ...input } })));
  const crew = await Promise.all(Array.from({ length: workers }, () => lab.worker({ logFile, slots: SLOTS })));
  const marksInAll = runs * (2 + 3 * steps);
  const moments = Array.from({ length: kills }, () => random() * marksInAll).sort((left, right) => left - right);
  const met: string[] = [];
  let asked = 0;
  const ask = async (): Promise<void> => void (asked += await answerDoubts(engine));
  for (const [count, moment] of moments.entries()) {
    await until(
      'the log grows',
      async () => {
        await ask();
        return (await readMarks(logFile)).length >= moment || (await areAllFinal(engine, ids));
      },
      60_000,
    );
    await delay(Math.floor(random() * 5));
    const victim = Math.floor(random() * crew.length);
    await crew[victim]?.kill();
    met.push(...(await heldBy(engine, crew[victim]?.workerId)));
    crew[victim] = await lab.worker({ logFile, slots: SLOTS });
    onKill(count + 1);
    // A task that three kills meet ends as poison, and rightly so: after every other kill those it met may end first.
    if (count % 2 === 1) await until('the tasks hit end', async () => (await ask(), haveEnded(engine, met)), 60_000);
  }
  await until('every task ends', async () => (await ask(), areAllFinal(engine, ids)), 60_000);
  const lost = await findLost(engine, ids, steps);
  return { ...countMarks(await readMarks(logFile), input), lost, asked, kills };
}

/** Tasks a worker had when it died. */
async function heldBy(engine: TaskEngine, workerId: string | undefined): Promise<string[]> {
  const { items } = await engine.list({ phases: ['running'], limit: 1_000 });
  return items.filter((view) => view.worker === workerId).map((view) => view.id);
}

async function haveEnded(engine: TaskEngine, ids: readonly string[]): Promise<boolean> {
  const views = await Promise.all(ids.map((id) => engine.get(id)));
  return views.every((view) => view !== undefined && isFinalPhase(view.phase));
}

async function areAllFinal(engine: TaskEngine, ids: readonly string[]): Promise<boolean> {
  const { items } = await engine.list({
    phases: ['blocked', 'scheduled', 'ready', 'running', 'waiting', 'paused'],
    limit: 1,
  });
  if (items.length > 0) return false;
  const last = await engine.get(ids.at(-1) as string);
  return last !== undefined && isFinalPhase(last.phase);
}

/** Stands for the person: looks at what is in doubt and lets it go on. */
async function answerDoubts(engine: TaskEngine): Promise<number> {
  const { items } = await engine.list({ phases: ['paused'], limit: 1_000 });
  for (const view of items) {
    assert.equal(view.error?.code, 'EFFECT_UNKNOWN', `"${view.id}" is paused: ${view.error?.message}`);
    await engine.resume(view.id);
  }
  return items.length;
}

async function findLost(engine: TaskEngine, ids: readonly string[], steps: number): Promise<string[]> {
  const lost: string[] = [];
  for (const id of ids) {
    const view = await engine.get(id);
    if (view?.phase === 'completed' && view.result === expectedResult(id, steps)) continue;
    lost.push(`${id}: ${view?.phase ?? 'gone'} ${view?.error?.message ?? ''}`);
  }
  return lost;
}

/** Reads the oracle: what began after its commit, what ended twice, which unsafe steps did. */
export function countMarks(
  marks: readonly Mark[],
  input: MarkedInput,
): Pick<CrashReport, 'begunAfterCommit' | 'unsafeTwice' | 'endedTwice'> {
  const committed = new Set<string>();
  const ends = new Map<string, number>();
  let begunAfterCommit = 0;
  for (const { kind, task, key } of marks) {
    const step = `${task}:${key}`;
    if (kind === 'C') committed.add(step);
    if (kind === 'B' && committed.has(step)) begunAfterCommit += 1;
    if (kind === 'E') ends.set(step, (ends.get(step) ?? 0) + 1);
  }
  const twice = [...ends]
    .filter(([, count]) => count > 1)
    .map(([step]) => Number(step.slice(step.lastIndexOf('s') + 1)));
  const unsafeTwice = twice.filter((index) => policyOf(index, input).repeat === 'must-ask').length;
  return { begunAfterCommit, unsafeTwice, endedTwice: twice.length };
}

function add(left: CrashReport, right: CrashReport): CrashReport {
  return {
    lost: [...left.lost, ...right.lost],
    begunAfterCommit: left.begunAfterCommit + right.begunAfterCommit,
    unsafeTwice: left.unsafeTwice + right.unsafeTwice,
    endedTwice: left.endedTwice + right.endedTwice,
    asked: left.asked + right.asked,
    kills: left.kills + right.kills,
  };
}
