import { add, NOTHING, type Report } from './oracle.js';
import { Office } from './office.js';
import { STEPS, type Campaign } from './team.js';
import { WorkerProcess } from './worker-process.js';

/** Marks of one undisturbed job: begin, end and commit of each step, but the commit of the last answer. */
const MARKS_OF_JOB = 3 * STEPS - 1;

/** Where a worker kills itself, and how often it gets there first. */
const NAMED_POINTS: readonly NonNullable<Campaign['dieAt']>[] = [
  { kind: 'B', step: 'model-0', count: 2 },
  { kind: 'E', step: 'model-0', count: 2 },
  ...['pure-0', 'idempotent-0', 'keyed-1', 'unsafe-2'].flatMap((step) => [
    { kind: 'B' as const, step, count: 2 },
    { kind: 'E' as const, step, count: 2 },
    { kind: 'C' as const, step, count: 2 },
  ]),
  { kind: 'E', step: 'model-4', count: 2 },
];

/** Kills workers at random moments of one hundred jobs, or as many as asked for. */
export async function killAtRandom(
  campaign: Campaign,
  settings: { readonly jobs: number; readonly kills: number; readonly workers: number; random(): number },
): Promise<Report> {
  const { jobs, kills, workers, random } = settings;
  const office = await Office.open(campaign);
  const crew = await Promise.all(Array.from({ length: workers }, () => WorkerProcess.start(campaign)));
  try {
    const all = await office.handIn(jobs);
    const moments = Array.from({ length: kills }, () => random() * jobs * MARKS_OF_JOB).toSorted((a, b) => a - b);
    const met = new Set<number>();
    for (const [count, moment] of moments.entries()) {
      await office.until('work goes on', async () => office.marks.length >= moment || (await office.haveEnded(all)));
      const place = Math.floor(random() * crew.length);
      const victim = crew[place] as WorkerProcess;
      await new Promise((resolve) => setTimeout(resolve, random() * 5));
      await victim.kill();
      for (const job of await office.unfinishedOf(victim.pid)) met.add(job);
      crew[place] = await WorkerProcess.start(campaign);
      // A job that three kills meet is given up as poison, and rightly so: after every other kill those it met end first.
      if (count % 2 === 1) await office.until('the jobs hit end', () => office.haveEnded([...met]));
    }
    return await office.report(kills);
  } finally {
    await Promise.all(crew.map((worker) => worker.kill()));
    await office.close();
  }
}

/** Lets a worker die at every named point, one after the other. */
export async function killAtNamedPoints(campaign: Campaign): Promise<Report> {
  const office = await Office.open(campaign);
  try {
    for (const dieAt of NAMED_POINTS) {
      const jobs = await office.handIn(4);
      const victim = await WorkerProcess.start({ ...campaign, dieAt });
      const { signal } = await victim.exited;
      if (signal !== 'SIGKILL') throw new Error(`Nobody died at ${dieAt.kind} ${dieAt.step}`);
      const other = await WorkerProcess.start(campaign);
      await office.until('the jobs end', () => office.haveEnded(jobs));
      await other.kill();
    }
    return await office.report(NAMED_POINTS.length);
  } finally {
    await office.close();
  }
}

/** Tells workers to stop while they are at work; each must do so in order and in time. */
export async function terminateUnderLoad(
  campaign: Campaign,
  settings: { readonly rounds: number; readonly limitMs: number },
): Promise<Report & { readonly slowestMs: number }> {
  const office = await Office.open(campaign);
  let slowestMs = 0;
  let lost: string[] = [];
  try {
    for (let round = 0; round < settings.rounds; round += 1) {
      await office.handIn(8);
      const worker = await WorkerProcess.start(campaign);
      const before = office.marks.length;
      await office.until('work goes on', () => office.marks.length > before + 10);
      const { code, signal, tookMs } = await worker.terminate();
      slowestMs = Math.max(slowestMs, tookMs);
      if (code !== 0 || tookMs > settings.limitMs)
        lost = [...lost, `round ${round}: exit ${code ?? signal} after ${tookMs} ms`];
    }
    const last = await WorkerProcess.start(campaign);
    const report = await office.report(settings.rounds);
    await last.kill();
    return { ...add(report, { ...NOTHING, lost }), slowestMs };
  } finally {
    await office.close();
  }
}
