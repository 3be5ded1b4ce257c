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

/** Kills workers at random moments of their work: before each kill a part of the jobs is handed in. */
export async function killAtRandom(
  campaign: Campaign,
  settings: { readonly jobs: number; readonly kills: number; readonly workers: number; readonly random: () => number },
): Promise<Report> {
  const { jobs, kills, workers, random } = settings;
  const office = await Office.open(campaign);
  const crew = new Map<number, WorkerProcess>();
  const hire = async (): Promise<void> => {
    const worker = await WorkerProcess.start(campaign);
    crew.set(worker.pid, worker);
  };
  await Promise.all(Array.from({ length: workers }, hire));
  const hiring: Promise<void>[] = [];
  try {
    const met = new Set<number>();
    const part = Math.ceil(jobs / kills);
    for (let count = 0; count < kills; count += 1) {
      const from = office.marks.length;
      await office.handIn(part);
      const moment = from + 1 + random() * (part * MARKS_OF_JOB - 1);
      await office.until('work goes on', () => office.marks.length >= moment);
      // One that is at work: who wrote last, of those that live.
      const victim = crew.get(office.marks.findLast(({ pid }) => crew.has(pid))?.pid ?? 0) as WorkerProcess;
      await victim.kill();
      crew.delete(victim.pid);
      for (const job of await office.unfinishedOf(victim.pid)) met.add(job);
      hiring.push(hire());
      // A job that three kills meet is given up as poison, and rightly so: no job lives on after two of them.
      const jobsSoFar = Array.from({ length: office.jobs }, (_, job) => job);
      if (count % 2 === 1) await office.until('the jobs end', () => office.haveEnded(jobsSoFar));
    }
    await Promise.all(hiring);
    return { ...(await office.report(kills)), met: met.size };
  } finally {
    await Promise.allSettled(hiring);
    await Promise.all([...crew.values()].map((worker) => worker.kill()));
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
