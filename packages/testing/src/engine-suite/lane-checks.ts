import type { Handler } from '@master-orchestrator/contracts';
import assert from 'node:assert/strict';
import type { EngineCheck } from './engine-check.js';
import { delay, gate, HARMLESS, inPhase, job, refusedWith, resultOf } from './engine-lab.js';

const group = 'fork and lanes';

const forks: EngineCheck = {
  group,
  name: 'a fork has the journal before its step: nothing earlier runs again, that step and later ones do',
  async run(lab) {
    const engine = await lab.open();
    const bodies: string[] = [];
    const handler: Handler = async (run, input) => {
      const step = (key: string): Promise<string> =>
        run.step(key, HARMLESS, async () => (bodies.push(`${run.id}:${key}`), `${run.id}:${key}`));
      const start = await step('a');
      const pair = await run.parallel(
        ['b1', 'b2'].map((key) => ({
          key,
          policy: HARMLESS,
          body: async () => (bodies.push(`${run.id}:${key}`), key),
        })),
      );
      return [start, pair, await step('c'), await step('d'), input];
    };
    await lab.serve(engine, { job: handler });
    await engine.submit([job('t', { input: 7, uniqueKey: 'u', labels: { x: 'y' } })]);
    await resultOf(engine, 't');
    bodies.length = 0;
    assert.deepEqual(await engine.fork('t', 'c', 'f'), { outcome: 'created', id: 'f' });
    assert.deepEqual(await resultOf(engine, 'f'), ['t:a', ['b1', 'b2'], 'f:c', 'f:d', 7]);
    assert.deepEqual(bodies, ['f:c', 'f:d']);
    assert.deepEqual((await engine.get('f'))?.labels, { x: 'y' });
    assert.equal((await engine.fork('t', 'c', 'f')).outcome, 'known');
    await refusedWith('TASK_UNKNOWN', () => engine.fork('nobody', 'a', 'g'));
    await refusedWith('NOT_FOUND', () => engine.fork('t', 'no such step', 'g'));
    assert.equal(await engine.get('g'), undefined);
    assert.equal((await engine.get('t'))?.phase, 'completed');
  },
};

const pausesLanes: EngineCheck = {
  group,
  name: 'a paused lane starts nothing while its running task goes on and other lanes work; resumed, it starts',
  async run(lab) {
    const engine = await lab.open();
    const hold = gate();
    await lab.serve(engine, {
      job: async () => 'ran',
      hold: async (run) => {
        await hold.opened;
        await run.sleepUntil('rest', Date.now() + 20);
        return run.step('after the wait', HARMLESS, async () => 'went on');
      },
    });
    await engine.submit([job('running', { kind: 'hold', lane: 'slow' })]);
    await inPhase(engine, 'running', 'running');
    await engine.pauseLane('slow');
    await engine.submit([job('stopped', { lane: 'slow', priority: 9 }), job('free', { lane: 'fast' })]);
    assert.equal(await resultOf(engine, 'free'), 'ran');
    hold.open();
    assert.equal(await resultOf(engine, 'running'), 'went on');
    await delay(100);
    assert.equal((await engine.get('stopped'))?.phase, 'ready');
    await engine.resumeLane('slow');
    assert.equal(await resultOf(engine, 'stopped'), 'ran');
  },
};

const servesSomeLanes: EngineCheck = {
  group,
  name: 'a worker takes only its lanes and the kinds it has a handler for',
  async run(lab) {
    const engine = await lab.open();
    await lab.serve(engine, { job: async () => 'only lane a' }, { lanes: ['a'] });
    await engine.submit([
      job('b', { lane: 'b', priority: 9 }),
      job('k', { kind: 'other', lane: 'a', priority: 9 }),
      job('a', { lane: 'a' }),
    ]);
    assert.equal(await resultOf(engine, 'a'), 'only lane a');
    assert.deepEqual([(await engine.get('b'))?.phase, (await engine.get('k'))?.phase], ['ready', 'ready']);
    await lab.serve(engine, { job: async () => 'all lanes', other: async () => 'other' });
    assert.deepEqual([await resultOf(engine, 'b'), await resultOf(engine, 'k')], ['all lanes', 'other']);
  },
};

/** Forks, and lanes that stand still. */
export const laneChecks: readonly EngineCheck[] = [forks, pausesLanes, servesSomeLanes];
