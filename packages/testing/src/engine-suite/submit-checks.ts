import type { TaskSpec } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import assert from 'node:assert/strict';
import type { EngineCheck } from './engine-check.js';
import { gate, HARMLESS, job, refusedWith, resultOf, until } from './engine-lab.js';

const group = 'submit';

const isKnownTheSecondTime: EngineCheck = {
  group,
  name: 'a task submitted twice is known the second time and stays as it was',
  async run(lab) {
    const engine = await lab.open();
    const [first] = await engine.submit([job('a', { input: 1 })]);
    const [second] = await engine.submit([job('a', { input: 2, priority: 9 })]);
    assert.deepEqual([first?.outcome, second?.outcome], ['created', 'known']);
    const view = await engine.get('a');
    assert.deepEqual([view?.input, view?.priority, view?.phase, view?.delivery], [1, 5, 'ready', 0]);
  },
};

const keepsWhatItWasGiven: EngineCheck = {
  group,
  name: 'a task is read back as it was submitted, whatever the caller does to its objects later',
  async run(lab) {
    const engine = await lab.open();
    const input = { text: 'ä "quoted" \u0000 🙂', list: [1, 2.5, -3e100, null, true, {}] };
    const labels = { team: 'blue' };
    const notBefore = Date.now() + 3_600_000;
    const deadline = notBefore + 1;
    await engine.submit([job('a', { input, labels, notBefore, deadline, parent: 'nobody', priority: 0, lane: 'l' })]);
    const copy = structuredClone(input);
    input.list.push(7);
    labels.team = 'red';
    const view = await engine.get('a');
    assert.ok(view);
    assert.deepEqual(view.input, copy);
    const { lane, priority, phase, parent } = view;
    assert.deepEqual(
      { lane, priority, phase, parent },
      { lane: 'l', priority: 0, phase: 'scheduled', parent: 'nobody' },
    );
    assert.deepEqual([view.notBefore, view.deadline, view.labels], [notBefore, deadline, { team: 'blue' }]);
  },
};

const holdsUniqueKeys: EngineCheck = {
  group,
  name: 'a unique key is refused while an unfinished task has it, and free again when that one has ended',
  async run(lab) {
    const engine = await lab.open();
    const first = await engine.submit([job('a', { uniqueKey: 'k' }), job('b', { uniqueKey: 'k' })]);
    assert.deepEqual(first[1], { outcome: 'blocked-by-unique-key', id: 'b', holder: 'a' });
    assert.equal(await engine.get('b'), undefined);
    const [again] = await engine.submit([job('c', { uniqueKey: 'k' })]);
    assert.equal(again?.outcome, 'blocked-by-unique-key');
    await lab.serve(engine, { job: async () => null });
    await resultOf(engine, 'a');
    const [free] = await engine.submit([job('c', { uniqueKey: 'k' })]);
    assert.equal(free?.outcome, 'created');
  },
};

const isAllOrNone: EngineCheck = {
  group,
  name: 'a batch with one task that cannot be stored leaves nothing behind',
  async run(lab) {
    const engine = await lab.open();
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const bad: unknown[] = [
      undefined,
      () => 1,
      Number.NaN,
      1n,
      new Map([[1, 2]]),
      new Date(0),
      circular,
      { x: [Infinity] },
    ];
    for (const input of bad) {
      const batch = [job('good'), job('bad', { input: input as Json })];
      await refusedWith('TASK_INVALID', () => engine.submit(batch));
    }
    const large = 'x'.repeat(engine.caps.maxValueBytes);
    await refusedWith('VALUE_TOO_LARGE', () => engine.submit([job('good'), job('bad', { input: large })]));
    assert.equal(await engine.get('good'), undefined);
    assert.deepEqual((await engine.list({})).items, []);
  },
};

const refusesBadSpecs: EngineCheck = {
  group,
  name: 'a task with an empty name, a priority outside 0 to 9 or a time that is no number is refused',
  async run(lab) {
    const engine = await lab.open();
    const bad: Partial<TaskSpec>[] = [
      { kind: '' },
      { lane: '' },
      { priority: 10 },
      { priority: -1 },
      { priority: 1.5 },
      { revision: 0.5 },
      { notBefore: Number.NaN },
      { deadline: Number.POSITIVE_INFINITY },
      { deliveryTimeoutMs: 0 },
    ];
    for (const wrong of bad) await refusedWith('TASK_INVALID', () => engine.submit([job('a', wrong)]));
    await refusedWith('TASK_INVALID', () => engine.submit([job('')]));
    assert.equal(await engine.get('a'), undefined);
  },
};

const boundsTheQueue: EngineCheck = {
  group,
  name: 'a full queue refuses the incoming batch whole, and has room again when tasks have ended',
  async run(lab) {
    const engine = await lab.open({ maxQueued: 3 });
    await engine.submit([job('a'), job('b')]);
    await refusedWith('QUEUE_FULL', () => engine.submit([job('c'), job('d')]));
    assert.equal(await engine.get('c'), undefined);
    assert.equal((await engine.submit([job('c'), job('a')])).map((one) => one.outcome).join(), 'created,known');
    await refusedWith('QUEUE_FULL', () => engine.submit([job('d')]));
    await lab.serve(engine, { job: async () => null });
    await resultOf(engine, 'c');
    await until('all have ended', async () => (await engine.list({ phases: ['ready', 'running'] })).items.length === 0);
    assert.equal((await engine.submit([job('d')]))[0]?.outcome, 'created');
  },
};

const takesChildren: EngineCheck = {
  group,
  name: 'children of a run are taken although the queue is full, and others are refused until there is room',
  async run(lab) {
    const engine = await lab.open({ maxQueued: 1 });
    await engine.submit([job('parent', { kind: 'fan' })]);
    const spawned = gate();
    await lab.serve(engine, {
      job: async () => 1,
      fan: async (run) => {
        const children = await run.spawn('spawn', [job('x'), job('y')]);
        await run.step('pause', HARMLESS, async () => (await spawned.opened, null));
        return (await run.join('join', children)).length;
      },
    });
    await until('the children are there', async () => (await engine.get('y')) !== undefined);
    await refusedWith('QUEUE_FULL', () => engine.submit([job('other')]));
    spawned.open();
    assert.equal(await resultOf(engine, 'parent'), 2);
    await until('there is room', async () => (await engine.list({ phases: ['ready', 'running'] })).items.length === 0);
    assert.equal((await engine.submit([job('other')]))[0]?.outcome, 'created');
  },
};

const listsInPages: EngineCheck = {
  group,
  name: 'a list gives every task once, page by page, in either order, and only those that fit',
  async run(lab) {
    const engine = await lab.open();
    const ids = Array.from({ length: 25 }, (_, i) => `t${i}`);
    await engine.submit(
      ids.map((id, i) => job(id, { lane: `l${i % 2}`, kind: `k${i % 3}`, labels: { n: String(i % 5) } })),
    );
    for (const order of ['oldest-first', 'newest-first'] as const) {
      const seen: string[] = [];
      for (let cursor: string | undefined; ;) {
        const page = await engine.list({ limit: 10, order, ...(cursor === undefined ? {} : { cursor }) });
        seen.push(...page.items.map((item) => item.id));
        cursor = page.next;
        if (cursor === undefined) break;
      }
      assert.deepEqual(seen, order === 'oldest-first' ? ids : ids.toReversed());
    }
    const some = await engine.list({ lane: 'l0', kind: 'k0', labels: { n: '0' }, phases: ['ready'] });
    assert.deepEqual(
      some.items.map((item) => item.id),
      ['t0'],
    );
    assert.deepEqual((await engine.list({ phases: ['completed'] })).items, []);
  },
};

const purges: EngineCheck = {
  group,
  name: 'purge removes what ended before the moment, with its journal, and nothing else',
  async run(lab) {
    const engine = await lab.open();
    const hold = gate();
    await lab.serve(engine, {
      job: (run) => run.step('s', { repeat: 'harmless' }, async () => 1),
      held: () => hold.opened.then(() => null),
    });
    await engine.submit([job('done'), job('running', { kind: 'held' })]);
    await resultOf(engine, 'done');
    assert.equal(await engine.purge(1), 0);
    assert.equal(await engine.purge(Date.now() + 60_000), 1);
    assert.equal(await engine.get('done'), undefined);
    await refusedWith('TASK_UNKNOWN', () => engine.journal('done'));
    assert.equal((await engine.get('running'))?.phase, 'running');
    hold.open();
    await resultOf(engine, 'running');
  },
};

/** Submitting, listing and removing tasks. */
export const submitChecks: readonly EngineCheck[] = [
  isKnownTheSecondTime,
  keepsWhatItWasGiven,
  holdsUniqueKeys,
  isAllOrNone,
  refusesBadSpecs,
  boundsTheQueue,
  takesChildren,
  listsInPages,
  purges,
];
