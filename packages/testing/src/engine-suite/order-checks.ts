import assert from 'node:assert/strict';
import { seededRandom } from '../seeded.js';
import type { EngineCheck } from './engine-check.js';
import { delay, job, resultOf, until } from './engine-lab.js';

const group = 'order';
/** More than any timer of a busy machine is late. */
const LATE_MS = 3_000;

const isExactWithoutAging: EngineCheck = {
  group,
  name: 'with aging off, one slot takes tasks by priority, then by submission',
  isExempt: (caps) => (caps.order === 'strict' ? undefined : 'its order is approximate'),
  async run(lab) {
    const engine = await lab.open();
    const random = seededRandom(lab.seed);
    const specs = Array.from({ length: 60 }, (_, i) =>
      job(`t${i}`, { priority: Math.floor(random() * 10), lane: `l${i % 4}` }),
    );
    for (let i = 0; i < specs.length; i += 20) await engine.submit(specs.slice(i, i + 20));
    const started: string[] = [];
    await lab.serve(engine, { job: async (run) => (started.push(run.id), null) }, { slots: 1 });
    await until('all have started', () => started.length === specs.length);
    const wanted = specs.toSorted((a, b) => (b.priority ?? 5) - (a.priority ?? 5)).map((spec) => spec.id);
    assert.deepEqual(started, wanted);
  },
};

const servesEqualOnesInTurn: EngineCheck = {
  group,
  name: 'tasks of one priority start first come, first served',
  isExempt: (caps) => (caps.order === 'strict' ? undefined : 'its order is approximate'),
  async run(lab) {
    const engine = await lab.open({ agingMs: 60_000 });
    const ids = Array.from({ length: 40 }, (_, i) => `t${i}`);
    for (const id of ids) await engine.submit([job(id)]);
    const started: string[] = [];
    await lab.serve(engine, { job: async (run) => (started.push(run.id), null) }, { slots: 1 });
    await until('all have started', () => started.length === ids.length);
    assert.deepEqual(started, ids);
  },
};

const letsNobodyStarve: EngineCheck = {
  group,
  name: 'with aging on, a task of the lowest priority starts although urgent ones keep coming',
  isExempt: (caps) => (caps.aging ? undefined : 'it raises no priorities'),
  async run(lab) {
    const engine = await lab.open({ agingMs: 20 });
    let count = 0;
    const isDone = async (): Promise<boolean> => (await engine.get('low'))?.phase === 'completed';
    await engine.submit([job('low', { priority: 0 })]);
    await engine.submit(Array.from({ length: 5 }, () => job(`high-${count++}`, { priority: 9 })));
    await lab.serve(
      engine,
      {
        job: async (run) => {
          await delay(1);
          // Every urgent task brings the next one: without aging the other one never starts.
          if (run.id !== 'low' && count < 5_000) await engine.submit([job(`high-${count++}`, { priority: 9 })]);
          return null;
        },
      },
      { slots: 1 },
    );
    await until('the task of lowest priority ends', isDone);
    assert.ok(count < 5_000, 'it started only when no urgent task was left');
  },
};

const isNeverEarly: EngineCheck = {
  group,
  name: 'a task with notBefore starts neither early nor much later',
  async run(lab) {
    const engine = await lab.open();
    const startedAt = new Map<string, number>();
    await lab.serve(engine, { job: async (run) => (startedAt.set(run.id, Date.now()), null) });
    const now = Date.now();
    const specs = [150, 50, 300, 220].map((inMs) => job(`in-${inMs}`, { notBefore: now + inMs }));
    const [past, far] = [job('past', { notBefore: now - 1_000 }), job('far', { notBefore: now + 3_600_000 })];
    await engine.submit([...specs, past, far]);
    assert.equal((await engine.get('far'))?.phase, 'scheduled');
    for (const spec of [...specs, past]) await resultOf(engine, spec.id);
    for (const { id, notBefore = 0 } of specs) {
      const lateMs = (startedAt.get(id) ?? 0) - notBefore;
      assert.ok(lateMs >= 0, `"${id}" started ${-lateMs} ms early`);
      assert.ok(lateMs <= engine.caps.timerGrainMs + LATE_MS, `"${id}" started ${lateMs} ms late`);
    }
  },
};

const takesTurns: EngineCheck = {
  group,
  name: 'shares take turns among tasks of one priority, however many tasks one of them has in line; urgent ones come first',
  async run(lab) {
    const engine = await lab.open();
    await engine.setLimits({ total: 1, shares: { a1: 'a', a2: 'a', b1: 'b' } });
    const ofA = Array.from({ length: 8 }, (_, i) => job(`a${i}`, { lane: i % 2 === 0 ? 'a1' : 'a2' }));
    const ofB = Array.from({ length: 3 }, (_, i) => job(`b${i}`, { lane: 'b1' }));
    const ofNobody = Array.from({ length: 2 }, (_, i) => job(`c${i}`, { lane: 'c1' }));
    const urgent = job('urgent', { lane: 'a1', priority: 9 });
    await engine.submit([...ofA, ...ofB, ...ofNobody, urgent]);
    const started: string[] = [];
    await lab.serve(engine, { job: async (run) => (started.push(run.id), null) }, { slots: 1 });
    await until('all have run', () => started.length === 14);
    assert.equal(started[0], 'urgent');
    // While three have tasks in line, each round has one of each; within a share the order is that of submission.
    for (let round = 0; round < 2; round += 1) {
      const letters = started.slice(1 + 3 * round, 4 + 3 * round).map((id) => id[0]);
      assert.deepEqual(new Set(letters), new Set('abc'), started.join(' '));
    }
    for (const letter of ['a', 'b', 'c']) {
      const own = started.filter((id) => id[0] === letter);
      assert.ok(
        own.every((id, i) => id === `${letter}${i}`),
        started.join(' '),
      );
    }
    assert.ok(started.indexOf('b2') <= 9, started.join(' '));
  },
};

/** What starts when. */
export const orderChecks: readonly EngineCheck[] = [
  isExactWithoutAging,
  servesEqualOnesInTurn,
  letsNobodyStarve,
  isNeverEarly,
  takesTurns,
];
