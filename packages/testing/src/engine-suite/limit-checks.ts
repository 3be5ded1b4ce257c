import type { Handler } from '@master-orchestrator/contracts';
import assert from 'node:assert/strict';
import { needsProcesses, type EngineCheck } from './engine-check.js';
import { delay, gate, inPhase, job, resultOf, until, type EngineLab } from './engine-lab.js';
import { readMarks } from './side-effect-log.js';

const group = 'limits';

/** Counts what runs at once, in all and per lane. */
class Peak {
  readonly #running = new Map<string, number>();
  #total = 0;
  total = 0;
  readonly byLane = new Map<string, number>();

  readonly handler: Handler = async (run) => {
    const ofLane = (this.#running.get(run.lane) ?? 0) + 1;
    this.#running.set(run.lane, ofLane);
    this.#total += 1;
    this.total = Math.max(this.total, this.#total);
    this.byLane.set(run.lane, Math.max(this.byLane.get(run.lane) ?? 0, ofLane));
    await delay(3);
    this.#running.set(run.lane, (this.#running.get(run.lane) ?? 1) - 1);
    this.#total -= 1;
    return null;
  };
}

async function workThrough(lab: EngineLab, limits: object, count: number): Promise<Peak> {
  const engines = await lab.openMany(3);
  const [engine] = engines;
  assert.ok(engine);
  await engine.setLimits(limits);
  const peak = new Peak();
  const ids = Array.from({ length: count }, (_, i) => `t${i}`);
  await engine.submit(ids.map((id, i) => job(id, { lane: `l${i % 3}` })));
  for (const one of engines) await lab.serve(one, { job: peak.handler }, { slots: 8 });
  for (const id of ids) await resultOf(engine, id);
  return peak;
}

const holdsTotal: EngineCheck = {
  group,
  name: 'no more tasks run at once than the total allows, over all workers',
  async run(lab) {
    const peak = await workThrough(lab, { total: 5 }, 90);
    assert.ok(peak.total <= 5, `${peak.total} ran at once`);
    assert.ok(peak.total >= 2, 'nothing ran side by side');
  },
};

const holdsLanes: EngineCheck = {
  group,
  name: 'no more tasks of a lane run at once than its own number, or the common one, allows',
  isExempt: (caps) => (caps.laneLimits === 'per-lane' ? undefined : `its lane limits are: ${caps.laneLimits}`),
  async run(lab) {
    const { byLane } = await workThrough(lab, { perLaneDefault: 2, lanes: { l1: 4, l2: 1 } }, 90);
    const peaks = ['l0', 'l1', 'l2'].map((lane) => byLane.get(lane) ?? 0);
    assert.ok((peaks[0] ?? 9) <= 2 && (peaks[1] ?? 9) <= 4 && (peaks[2] ?? 9) <= 1, `peaks ${peaks.join()}`);
  },
};

const changesLive: EngineCheck = {
  group,
  name: 'limits change while tasks run: up starts more at once, down starts none until enough have ended',
  async run(lab) {
    const engine = await lab.open();
    await engine.setLimits({ total: 1 });
    const started: string[] = [];
    const gates = new Map(Array.from({ length: 6 }, (_, i) => [`t${i}`, gate()]));
    await engine.submit([...gates.keys()].map((id) => job(id)));
    const hold: Handler = async (run) => {
      started.push(run.id);
      await gates.get(run.id)?.opened;
      return null;
    };
    await lab.serve(engine, { job: hold }, { slots: 10 });
    await until('one has started', () => started.length === 1);
    await engine.setLimits({ total: 3 });
    await until('three have started', () => started.length === 3);
    await engine.setLimits({ total: 1 });
    gates.get('t0')?.open();
    gates.get('t1')?.open();
    await resultOf(engine, 't0');
    await resultOf(engine, 't1');
    await delay(100);
    assert.equal(started.length, 3, 'a task started above the lowered limit');
    for (const one of gates.values()) one.open();
    for (const id of gates.keys()) await resultOf(engine, id);
    assert.equal(started.length, 6);
  },
};

const waitsWithoutPermit: EngineCheck = {
  group,
  name: 'a run that waits for a message, a moment or a child holds neither slot nor permit',
  async run(lab) {
    const engine = await lab.open();
    await engine.setLimits({ total: 1, perLaneDefault: 1 });
    const later = Date.now() + 150;
    await lab.serve(
      engine,
      {
        message: async (run) => (await run.receive('wait', 'go'))?.body ?? null,
        moment: (run) => run.sleepUntil('wait', later).then(() => 'slept'),
        child: async (run) => {
          const ids = await run.spawn('spawn', [job(`${run.id}-child`)]);
          return (await run.join('wait', ids)).map((view) => view.phase);
        },
        job: async () => 'ran',
      },
      { slots: 1 },
    );
    await engine.submit([job('m', { kind: 'message' }), job('s', { kind: 'moment' }), job('c', { kind: 'child' })]);
    assert.deepEqual(await resultOf(engine, 'c'), ['completed']);
    assert.equal(await resultOf(engine, 's'), 'slept');
    await inPhase(engine, 'm', 'waiting');
    await engine.submit([job('other')]);
    assert.equal(await resultOf(engine, 'other'), 'ran');
    await engine.signal('m', 'go', 'now', 'm1');
    assert.equal(await resultOf(engine, 'm'), 'now');
  },
};

const holdsAcrossProcesses: EngineCheck = {
  group,
  name: 'the total and the lanes hold over three processes',
  isExempt: needsProcesses,
  timeoutMs: 60_000,
  async run(lab) {
    const engine = await lab.open();
    const logFile = lab.file('marks.log');
    await engine.setLimits({ total: 4, lanes: { l0: 1 } });
    const ids = Array.from({ length: 45 }, (_, i) => `t${i}`);
    const input = { steps: 2, stepMs: 8 };
    await engine.submit(ids.map((id, i) => job(id, { kind: 'marked', lane: `l${i % 3}`, input })));
    for (let i = 0; i < 3; i += 1) await lab.worker({ logFile });
    for (const id of ids) await resultOf(engine, id, 40_000);
    const running = new Map<string, number>();
    for (const { kind, task } of await readMarks(logFile)) {
      if (kind === 'S') running.set(task, Number(task.slice(1)) % 3);
      if (kind === 'F') running.delete(task);
      assert.ok(running.size <= 4, `${running.size} ran at once`);
      assert.ok([...running.values()].filter((lane) => lane === 0).length <= 1, 'two of lane l0 ran at once');
    }
  },
};

const freesPermitsOfTheDead: EngineCheck = {
  group,
  name: 'the permits of a killed worker come back within worstCaseMs',
  isExempt: needsProcesses,
  timeoutMs: 60_000,
  async run(lab) {
    const engine = await lab.open();
    await engine.setLimits({ total: 2 });
    await engine.submit([job('a', { kind: 'held' }), job('b', { kind: 'held' })]);
    const worker = await lab.worker();
    await inPhase(engine, 'a', 'running');
    await inPhase(engine, 'b', 'running');
    await worker.kill();
    const killedAt = Date.now();
    await lab.serve(engine, { held: async () => 'again', job: async () => null });
    assert.equal(await resultOf(engine, 'a'), 'again');
    assert.equal(await resultOf(engine, 'b'), 'again');
    const tookMs = Date.now() - killedAt;
    assert.ok(tookMs <= engine.caps.failover.worstCaseMs, `the take-over took ${tookMs} ms`);
  },
};

/** How much runs at once. */
export const limitChecks: readonly EngineCheck[] = [
  holdsTotal,
  holdsLanes,
  changesLive,
  waitsWithoutPermit,
  holdsAcrossProcesses,
  freesPermitsOfTheDead,
];
