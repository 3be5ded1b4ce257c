import type { Json } from '@master-orchestrator/errors';
import assert from 'node:assert/strict';
import type { EngineCheck } from './engine-check.js';
import { gate, HARMLESS, inPhase, job, refusedWith, resultOf } from './engine-lab.js';

const group = 'signals';

const arriveAnyTime: EngineCheck = {
  group,
  name: 'messages sent before the start, before the wait, during it and between waits all arrive, in order',
  async run(lab) {
    const engine = await lab.open();
    const busy = gate();
    const isBusy = gate();
    await engine.submit([job('t')]);
    assert.equal(await engine.signal('t', 'box', 'before the start', 'm1'), 'stored');
    await lab.serve(engine, {
      job: async (run) => {
        const got: Json[] = [];
        const next = async (key: string): Promise<void> => void got.push((await run.receive(key, 'box'))?.body ?? null);
        await next('r1');
        await run.step('work', HARMLESS, async () => (isBusy.open(), await busy.opened, null));
        await next('r2');
        await next('r3');
        await next('r4');
        return got;
      },
    });
    await isBusy.opened;
    await engine.signal('t', 'box', 'before the wait', 'm2');
    await engine.signal('t', 'box', 'also', 'm3');
    await engine.signal('t', 'other box', 'not for this one', 'm4');
    busy.open();
    await inPhase(engine, 't', 'waiting');
    await engine.signal('t', 'box', 'during the wait', 'm5');
    assert.deepEqual(await resultOf(engine, 't'), ['before the start', 'before the wait', 'also', 'during the wait']);
  },
};

const countOnce: EngineCheck = {
  group,
  name: 'a message id counts once, before and after it was taken',
  async run(lab) {
    const engine = await lab.open();
    await lab.serve(engine, {
      job: async (run) => {
        const first = await run.receive('first', 'box');
        const second = await run.receive('second', 'box', { timeoutMs: 200 });
        return [first ?? null, second ?? 'nothing'];
      },
    });
    await engine.submit([job('t', { notBefore: Date.now() + 100 })]);
    assert.equal(await engine.signal('t', 'box', 1, 'same'), 'stored');
    assert.equal(await engine.signal('t', 'box', 2, 'same'), 'repeat');
    await inPhase(engine, 't', 'waiting');
    assert.equal(await engine.signal('t', 'box', 3, 'same'), 'repeat');
    assert.deepEqual(await resultOf(engine, 't'), [{ body: 1, messageId: 'same' }, 'nothing']);
  },
};

const timeOut: EngineCheck = {
  group,
  name: 'a wait with timeoutMs ends with nothing, not before its time, and a later message is kept for the next wait',
  async run(lab) {
    const engine = await lab.open();
    await lab.serve(engine, {
      job: async (run) => {
        const from = Date.now();
        const nothing = await run.receive('short', 'box', { timeoutMs: 120 });
        const took = Date.now() - from;
        return [nothing ?? 'nothing', took >= 119, (await run.receive('long', 'box'))?.body ?? null];
      },
    });
    await engine.submit([job('t')]);
    await inPhase(engine, 't', 'waiting');
    setTimeout(() => void engine.signal('t', 'box', 'late', 'm'), 250);
    assert.deepEqual(await resultOf(engine, 't'), ['nothing', true, 'late']);
  },
};

const refuseTheEnded: EngineCheck = {
  group,
  name: 'a task that has ended takes no message, and an unknown one is an error',
  async run(lab) {
    const engine = await lab.open();
    await lab.serve(engine, { job: async () => null });
    await engine.submit([job('t')]);
    await resultOf(engine, 't');
    assert.equal(await engine.signal('t', 'box', 1, 'm'), 'final');
    await refusedWith('TASK_UNKNOWN', () => engine.signal('nobody', 'box', 1, 'm'));
    await refusedWith('TASK_UNKNOWN', () => engine.resume('nobody'));
    await refusedWith('STATE_CONFLICT', () => engine.resume('t'));
  },
};

const goToSeveralWaits: EngineCheck = {
  group,
  name: 'waits side by side each get their message, and the run holds its slot only while it works',
  async run(lab) {
    const engine = await lab.open();
    await lab.serve(
      engine,
      {
        job: async (run) => {
          const branch = async (name: string): Promise<Json> => {
            const message = await run.receive(`wait ${name}`, name);
            return run.step(`work ${name}`, HARMLESS, async () => message?.body ?? null);
          };
          return Promise.all([branch('a'), branch('b'), run.step('c', HARMLESS, async () => 'c')]);
        },
        other: async () => 'other',
      },
      { slots: 1 },
    );
    await engine.submit([job('t')]);
    await inPhase(engine, 't', 'waiting');
    await engine.signal('t', 'b', 'b!', 'm1');
    await engine.submit([job('o', { kind: 'other' })]);
    assert.equal(await resultOf(engine, 'o'), 'other');
    await inPhase(engine, 't', 'waiting');
    await engine.signal('t', 'a', 'a!', 'm2');
    assert.deepEqual(await resultOf(engine, 't'), ['a!', 'b!', 'c']);
  },
};

/** Messages for runs. */
export const signalChecks: readonly EngineCheck[] = [
  arriveAnyTime,
  countOnce,
  timeOut,
  refuseTheEnded,
  goToSeveralWaits,
];
