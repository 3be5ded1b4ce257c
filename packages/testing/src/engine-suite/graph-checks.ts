import assert from 'node:assert/strict';
import type { EngineCheck } from './engine-check.js';
import { ended, gate, inPhase, job, refusedWith, resultOf } from './engine-lab.js';

const group = 'graph';
const completed = (task: string): { task: string; when: 'completed' } => ({ task, when: 'completed' });
const settled = (task: string): { task: string; when: 'settled' } => ({ task, when: 'settled' });

const runsADiamond: EngineCheck = {
  group,
  name: 'a diamond of dependencies runs in order, also when submitted backwards',
  async run(lab) {
    const engine = await lab.open();
    const order: string[] = [];
    await engine.submit([
      job('end', { after: [completed('left'), completed('right')], priority: 9 }),
      job('left', { after: [completed('start')], priority: 9 }),
      job('right', { after: [completed('start')], priority: 9 }),
      job('start', { priority: 0 }),
    ]);
    assert.equal((await engine.get('end'))?.phase, 'blocked');
    await lab.serve(engine, { job: async (run) => (order.push(run.id), null) });
    await resultOf(engine, 'end');
    assert.equal(order[0], 'start');
    assert.equal(order[3], 'end');
    assert.equal(order.length, 4);
  },
};

const followsFailures: EngineCheck = {
  group,
  name: 'after a failed dependency, one that needs it completed is skipped with all behind it, one that needs it settled runs',
  async run(lab) {
    const engine = await lab.open();
    await lab.serve(engine, {
      job: async () => 'ran',
      bad: async () => {
        throw new Error('no');
      },
    });
    await engine.submit([
      job('bad', { kind: 'bad' }),
      job('needs', { after: [completed('bad')] }),
      job('behind', { after: [completed('needs')] }),
      job('settles', { after: [settled('bad'), settled('needs')] }),
    ]);
    assert.equal((await ended(engine, 'behind')).phase, 'skipped');
    assert.equal((await ended(engine, 'needs')).phase, 'skipped');
    assert.equal(await resultOf(engine, 'settles'), 'ran');
  },
};

const seesWhatHasEnded: EngineCheck = {
  group,
  name: 'a dependency that has already ended counts at once',
  async run(lab) {
    const engine = await lab.open();
    await engine.submit([job('gone')]);
    await engine.cancel('gone', 'for the test');
    await engine.submit([job('needs', { after: [completed('gone')] }), job('settles', { after: [settled('gone')] })]);
    assert.equal((await ended(engine, 'needs')).phase, 'skipped');
    assert.equal((await engine.get('settles'))?.phase, 'ready');
  },
};

const refusesCircles: EngineCheck = {
  group,
  name: 'tasks that wait for each other in a circle, for themselves or for an unknown task are refused',
  async run(lab) {
    const engine = await lab.open();
    const circle = [
      job('a', { after: [settled('b')] }),
      job('b', { after: [settled('c')] }),
      job('c', { after: [settled('a')] }),
    ];
    await refusedWith('TASK_INVALID', () => engine.submit(circle));
    await refusedWith('TASK_INVALID', () => engine.submit([job('self', { after: [settled('self')] })]));
    await refusedWith('TASK_INVALID', () => engine.submit([job('lost', { after: [completed('nobody')] })]));
    assert.deepEqual((await engine.list({})).items, []);
  },
};

const waitsForTimeAfterTasks: EngineCheck = {
  group,
  name: 'a task with dependencies and notBefore waits for both',
  async run(lab) {
    const engine = await lab.open();
    const notBefore = Date.now() + 250;
    const first = gate();
    await lab.serve(engine, {
      held: async () => (await first.opened, Date.now()),
      job: async () => Date.now(),
    });
    const after = [completed('first')];
    await engine.submit([
      job('first', { kind: 'held' }),
      job('soon', { after, notBefore }),
      job('late', { after, notBefore: notBefore + 3_600_000 }),
    ]);
    await inPhase(engine, 'first', 'running');
    for (const id of ['soon', 'late']) assert.equal((await engine.get(id))?.phase, 'blocked');
    first.open();
    const endedAt = Number(await resultOf(engine, 'first'));
    await inPhase(engine, 'late', 'scheduled');
    assert.ok(Number(await resultOf(engine, 'soon')) >= Math.max(notBefore, endedAt));
  },
};

const gathersAThousand: EngineCheck = {
  group,
  name: 'a task after a thousand others, and one that joins a thousand children, end',
  timeoutMs: 90_000,
  async run(lab) {
    const engine = await lab.open();
    const ids = Array.from({ length: 1_000 }, (_, i) => `t${i}`);
    await lab.serve(
      engine,
      {
        job: async () => 1,
        fan: async (run) => {
          const children = await run.spawn(
            'spawn',
            ids.map((id) => job(`child-${id}`)),
          );
          const views = await run.join('join', children);
          return views.filter((view) => view.phase === 'completed' && view.result === 1).length;
        },
      },
      { slots: 16 },
    );
    await engine.submit([...ids.map((id) => job(id)), job('last', { after: ids.map(completed) })]);
    assert.equal(await resultOf(engine, 'last', 60_000), 1);
    await engine.submit([job('fan', { kind: 'fan' })]);
    assert.equal(await resultOf(engine, 'fan', 60_000), 1_000);
  },
};

/** Tasks that wait for tasks. */
export const graphChecks: readonly EngineCheck[] = [
  runsADiamond,
  followsFailures,
  seesWhatHasEnded,
  refusesCircles,
  waitsForTimeAfterTasks,
  gathersAThousand,
];
