import { describe, expect, it } from 'vitest';
import { SqliteEngine } from '../src/index.js';
import { HOST, job, Place, serve, until } from './helpers.js';

describe('the sqlite engine', () => {
  it('keeps tasks, state, logs, limits and pauses over a restart', async () => {
    await using place = await Place.create();
    const first = await place.open();
    await first.submit([
      job('ready'),
      job('later', { notBefore: Date.now() + 3_600_000 }),
      job('after', { after: [{ task: 'ready', when: 'completed' }] }),
    ]);
    await first.state.put('ns', 'k', { a: 1 });
    await first.state.append('log', 'one');
    await first.setLimits({ total: 1 });
    await first.pauseLane('lane');
    await first.stop({ graceMs: 0 });
    const second = await place.open();
    const { items } = await second.list({});
    expect(items.map((item) => [item.id, item.phase])).toEqual([
      ['ready', 'ready'],
      ['later', 'scheduled'],
      ['after', 'blocked'],
    ]);
    expect((await second.state.get('ns', 'k'))?.value).toEqual({ a: 1 });
    expect((await second.state.scan('log', '')).items).toHaveLength(1);
    await serve(second, { job: async () => 'ran' });
    await second.resumeLane('lane');
    await until(async () => (await second.get('after'))?.phase === 'completed');
  });

  it('goes on with a run that waited for a message, in another engine, with the message sent while none ran', async () => {
    await using place = await Place.create();
    const handlers = {
      job: async (run: import('@master-orchestrator/contracts').TaskRun) => {
        const before = await run.step('before', { repeat: 'harmless' }, async () => 'kept');
        return [before, (await run.receive('wait', 'box'))?.body ?? null];
      },
    };
    const first = await place.open();
    await serve(first, handlers);
    await first.submit([job('t')]);
    await until(async () => (await first.get('t'))?.phase === 'waiting');
    await first.stop({ graceMs: 1_000 });
    const sender = await place.open();
    await sender.signal('t', 'box', 'hello', 'm1');
    const second = await place.open();
    await serve(second, handlers);
    await until(async () => (await second.get('t'))?.phase === 'completed');
    expect(await second.get('t')).toMatchObject({ result: ['kept', 'hello'], delivery: 1 });
  });

  it('refuses every call before its start and after its stop', async () => {
    await using place = await Place.create();
    const engine = new SqliteEngine(place.file(), HOST);
    await expect(engine.get('t')).rejects.toMatchObject({ code: 'ORCHESTRATOR_CLOSED' });
    await expect(engine.state.get('a', 'b')).rejects.toMatchObject({ code: 'ORCHESTRATOR_CLOSED' });
    await engine.start();
    expect(await engine.get('t')).toBeUndefined();
    await engine.stop({ graceMs: 0 });
    await expect(engine.submit([job('t')])).rejects.toMatchObject({ code: 'ORCHESTRATOR_CLOSED' });
    await engine.start();
    expect(await engine.state.get('a', 'b')).toBeUndefined();
    await engine.stop({ graceMs: 0 });
    await engine.stop({ graceMs: 0 });
  });

  it('takes tasks in exact order where one lane is full and its line is long', async () => {
    await using place = await Place.create();
    const engine = await place.open();
    await engine.setLimits({ lanes: { full: 0 } });
    await engine.submit(Array.from({ length: 300 }, (_, i) => job(`full-${i}`, { lane: 'full', priority: 9 })));
    const priorities = Array.from({ length: 100 }, (_, i) => (i * 7) % 10);
    await engine.submit(priorities.map((priority, i) => job(`t${i}`, { lane: `l${i % 3}`, priority })));
    const started: string[] = [];
    await serve(engine, { job: async (run) => (started.push(run.id), null) }, 1);
    await until(() => started.length === 100);
    const order = priorities
      .map((priority, i) => ({ id: `t${i}`, priority }))
      .toSorted((a, b) => b.priority - a.priority);
    expect(started).toEqual(order.map((one) => one.id));
  });

  it('drives a thousand lanes with a limit each', { timeout: 30_000 }, async () => {
    await using place = await Place.create();
    const engine = await place.open();
    await engine.setLimits({ perLaneDefault: 1 });
    await engine.submit(Array.from({ length: 2_000 }, (_, i) => job(`t${i}`, { lane: `l${i % 1_000}` })));
    let count = 0;
    await serve(engine, { job: async () => ++count }, 50);
    await until(async () => (await engine.list({ phases: ['ready', 'running'] })).items.length === 0);
    expect(count).toBe(2_000);
  });
});
