import assert from 'node:assert/strict';
import { countMarks, runCrashPoints } from './crash-run.js';
import { needsProcesses, type EngineCheck } from './engine-check.js';
import { ended, inPhase, job, resultOf, until, type EngineLab } from './engine-lab.js';
import { expectedResult, type MarkedInput } from './marked-task.js';
import { readMarks, type MarkKind } from './side-effect-log.js';

const group = 'crashes';

async function submitMarked(lab: EngineLab, count: number, input: MarkedInput): Promise<string[]> {
  const engine = await lab.open();
  const ids = Array.from({ length: count }, (_, i) => `t${i}`);
  await engine.submit(ids.map((id) => job(id, { kind: 'marked', input: { ...input } })));
  return ids;
}

const survivesKills: EngineCheck = {
  group,
  name: 'kill -9 at seeded moments loses no task, repeats no committed step and no unsafe one unasked',
  isExempt: needsProcesses,
  timeoutMs: 300_000,
  async run(lab) {
    const points = lab.options.crashPoints ?? 10;
    const report = await runCrashPoints(lab.subject, { seed: lab.seed, points });
    const { lost, begunAfterCommit, unsafeTwice, endedTwice, kills } = report;
    assert.deepEqual(
      { lost, begunAfterCommit, unsafeTwice, kills },
      { lost: [], begunAfterCommit: 0, unsafeTwice: 0, kills: points },
    );
    assert.ok(endedTwice <= 4 * kills, `${endedTwice} steps ended twice in ${kills} kills of 4 slots`);
  },
};

/** Where a worker may die: at the start of a delivery, in a body, between body and commit, after it, before the end. */
const NAMED_POINTS: readonly { readonly kind: MarkKind; readonly count: number }[] = [
  { kind: 'S', count: 2 },
  { kind: 'B', count: 6 },
  { kind: 'E', count: 6 },
  { kind: 'C', count: 6 },
  { kind: 'F', count: 2 },
];

const survivesNamedPoints: EngineCheck = {
  group,
  name: 'a worker that dies right at the start, in a body, between body and commit, after it or before its end loses nothing',
  isExempt: needsProcesses,
  timeoutMs: 180_000,
  async run(lab) {
    const logFile = lab.file('marks.log');
    const input = { steps: 4, stepMs: 2, hasUnsafe: false };
    const engine = await lab.open();
    for (const dieAt of NAMED_POINTS) {
      const ids = [0, 1, 2].map((i) => `${dieAt.kind}${i}`);
      await engine.submit(ids.map((id) => job(id, { kind: 'marked', input })));
      const victim = await lab.worker({ logFile, slots: 1, dieAt });
      assert.equal((await victim.exited).signal, 'SIGKILL', `nobody died at ${dieAt.kind}`);
      const other = await lab.worker({ logFile });
      for (const id of ids) assert.equal(await resultOf(engine, id, 40_000), expectedResult(id, input.steps));
      await other.kill();
    }
    const marks = await readMarks(logFile);
    assert.equal(countMarks(marks, input).begunAfterCommit, 0);
    assert.ok(countMarks(marks, input).endedTwice <= NAMED_POINTS.length);
  },
};

const survivesLosingAll: EngineCheck = {
  group,
  name: 'kill -9 of every worker at once loses nothing once others are started',
  isExempt: needsProcesses,
  timeoutMs: 120_000,
  async run(lab) {
    const logFile = lab.file('marks.log');
    const input = { steps: 6, stepMs: 3, hasUnsafe: false };
    const ids = await submitMarked(lab, 40, input);
    const engine = await lab.open();
    for (const part of [1 / 3, 2 / 3]) {
      const crew = await Promise.all([1, 2, 3].map(() => lab.worker({ logFile })));
      const wanted = part * ids.length * (2 + 3 * input.steps);
      await until('the log grows', async () => (await readMarks(logFile)).length >= wanted);
      await Promise.all(crew.map((worker) => worker.kill()));
    }
    await lab.worker({ logFile });
    for (const id of ids) assert.equal(await resultOf(engine, id, 40_000), expectedResult(id, input.steps));
    assert.equal(countMarks(await readMarks(logFile), input).begunAfterCommit, 0);
  },
};

const stopsPoison: EngineCheck = {
  group,
  name: 'a task that ends its process three times is failed with POISON instead of being started a fourth time',
  isExempt: needsProcesses,
  timeoutMs: 120_000,
  async run(lab) {
    const engine = await lab.open();
    await engine.submit([job('bad', { kind: 'poison' })]);
    for (let delivery = 1; delivery <= 3; delivery += 1) {
      const worker = await lab.worker({ slots: 1 });
      assert.equal((await worker.exited).signal, 'SIGKILL');
    }
    const last = await lab.worker({ slots: 1 });
    const view = await ended(engine, 'bad', 40_000);
    assert.deepEqual([view.phase, view.error?.code, view.delivery], ['failed', 'POISON', 3]);
    assert.ok(last.isRunning);
  },
};

const outlivesFrozen: EngineCheck = {
  group,
  name: 'a worker frozen past its claim blocks nobody, and changes nothing when it wakes',
  isExempt: needsProcesses,
  timeoutMs: 120_000,
  async run(lab) {
    const engine = await lab.open();
    const logFile = lab.file('marks.log');
    const input = { steps: 3, stepMs: 400, hasUnsafe: false };
    await engine.submit([job('t', { kind: 'marked', input })]);
    const frozen = await lab.worker({ logFile, slots: 2 });
    await until('a body runs', async () => (await readMarks(logFile)).some((mark) => mark.kind === 'B'));
    frozen.freeze();
    const other = await lab.worker({ logFile, slots: 2 });
    assert.equal(await resultOf(engine, 't', 40_000), expectedResult('t', 3));
    const journal = await engine.journal('t');
    const before = await engine.get('t');
    const committed = (await readMarks(logFile)).filter((mark) => mark.kind === 'C').length;
    frozen.thaw();
    await other.kill();
    await engine.submit([job('next', { kind: 'marked', input: { ...input, stepMs: 1 } })]);
    assert.equal(await resultOf(engine, 'next', 40_000), expectedResult('next', 3));
    assert.deepEqual(await engine.journal('t'), journal);
    assert.deepEqual(await engine.get('t'), before);
    const late = (await readMarks(logFile)).filter((mark) => mark.kind === 'C' && mark.task === 't').length;
    assert.equal(late, committed, 'the woken worker was given a value for a step it had lost');
    assert.ok(frozen.isRunning);
  },
};

const survivesOutage: EngineCheck = {
  group,
  name: 'a store that is away for 5 s under load fails no task',
  isExempt: (caps, subject) =>
    needsProcesses(caps, subject) ?? (subject.outage === undefined ? 'the subject makes no outage' : undefined),
  timeoutMs: 120_000,
  async run(lab) {
    const logFile = lab.file('marks.log');
    const input = { steps: 8, stepMs: 10, hasUnsafe: false };
    const ids = await submitMarked(lab, 60, input);
    const engine = await lab.open();
    await Promise.all([lab.worker({ logFile }), lab.worker({ logFile })]);
    await until('work has begun', async () => (await readMarks(logFile)).length > 50);
    await lab.outage(5_000);
    for (const id of ids) assert.equal(await resultOf(engine, id, 60_000), expectedResult(id, input.steps));
    assert.equal(countMarks(await readMarks(logFile), input).begunAfterCommit, 0);
  },
};

const obeysTermination: EngineCheck = {
  group,
  name: 'SIGTERM under load ends a worker with code 0, loses nothing and counts no delivery',
  isExempt: needsProcesses,
  timeoutMs: 120_000,
  async run(lab) {
    const logFile = lab.file('marks.log');
    const input = { steps: 6, stepMs: 5, hasUnsafe: true };
    const ids = await submitMarked(lab, 60, input);
    const engine = await lab.open();
    const rounds = Math.max(3, Math.floor((lab.options.crashPoints ?? 10) / 2));
    for (let round = 1; round <= rounds; round += 1) {
      const worker = await lab.worker({ logFile });
      const wanted = (round / (rounds + 1)) * ids.length * (2 + 3 * input.steps);
      await until('the log grows', async () => (await readMarks(logFile)).length >= wanted);
      worker.terminate();
      assert.deepEqual(await worker.exited, { code: 0, signal: null });
    }
    await lab.worker({ logFile });
    for (const id of ids) {
      assert.equal(await resultOf(engine, id, 40_000), expectedResult(id, input.steps));
      assert.equal((await engine.get(id))?.delivery, 1);
    }
    assert.deepEqual(countMarks(await readMarks(logFile), input), {
      begunAfterCommit: 0,
      unsafeTwice: 0,
      endedTwice: 0,
    });
  },
};

const startsTogether: EngineCheck = {
  group,
  name: 'engines and workers that start on a new store at the same moment all come up',
  isExempt: needsProcesses,
  timeoutMs: 60_000,
  async run(lab) {
    const [, , engine] = await Promise.all([lab.worker(), lab.worker(), lab.open(), lab.open()]);
    await engine.submit([job('t')]);
    assert.equal(await resultOf(engine, 't'), null);
  },
};

const signalsAcrossProcesses: EngineCheck = {
  group,
  name: 'cancel reaches a run in another process within 2 s',
  isExempt: needsProcesses,
  async run(lab) {
    const engine = await lab.open();
    await lab.worker();
    await engine.submit([job('t', { kind: 'held' })]);
    await inPhase(engine, 't', 'running');
    const askedAt = performance.now();
    await engine.cancel('t', 'from elsewhere');
    await until('it is cancelled', async () => (await engine.get('t'))?.phase === 'cancelled');
    assert.ok(performance.now() - askedAt < 4_000, `it took ${performance.now() - askedAt} ms`);
  },
};

/** Workers that die, freeze or are told to stop. */
export const crashChecks: readonly EngineCheck[] = [
  survivesKills,
  survivesNamedPoints,
  survivesLosingAll,
  stopsPoison,
  outlivesFrozen,
  survivesOutage,
  obeysTermination,
  startsTogether,
  signalsAcrossProcesses,
];
