import { silentLogger, type Handler, type TaskEngine } from '@master-orchestrator/contracts';
import { systemClock } from '@master-orchestrator/errors';
import { seededRandom, virtualClock, type VirtualClock } from '@master-orchestrator/testing';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, it } from 'vitest';
import { createMemoryEngine } from '../../src/engine/memory-engine.js';
import type { MemoryEngineOptions } from '../../src/engine/memory-engine-options.js';

const HARMLESS = { repeat: 'harmless' } as const;
const engines: TaskEngine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop({ graceMs: 0 })));
});

async function open(options: Partial<MemoryEngineOptions> = {}): Promise<TaskEngine> {
  const engine = createMemoryEngine({ clock: systemClock, random: seededRandom(1), logger: silentLogger, ...options });
  engines.push(engine);
  await engine.start();
  return engine;
}

function serve(engine: TaskEngine, handlers: Record<string, Handler>, slots = 10): Promise<unknown> {
  return engine.serve(new Map(Object.entries(handlers)), { workerId: 'w', slots, claimMs: 15_000 });
}

async function untilIdle(engine: TaskEngine): Promise<void> {
  const phases = ['ready', 'running', 'waiting', 'blocked', 'scheduled'] as const;
  while ((await engine.list({ phases, limit: 1 })).items.length > 0) await setImmediate();
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const bytesUsed = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

it('forgets finished tasks beyond the count it keeps, the oldest first', async () => {
  const engine = await open({ keepFinished: { count: 3 } });
  await serve(engine, { job: async () => null });
  await engine.submit(
    Array.from({ length: 10 }, (_, i) => ({ id: `t${i}`, kind: 'job', revision: 1, input: null, lane: 'l' })),
  );
  await untilIdle(engine);
  const { items } = await engine.list({});
  expect(items.map((item) => item.id)).toEqual(['t7', 't8', 't9']);
});

it('forgets finished tasks beyond the age it keeps', async () => {
  const clock: VirtualClock = virtualClock();
  const engine = await open({ clock, keepFinished: { ageMs: 1_000 } });
  await serve(engine, { job: async () => null });
  const task = (id: string) => ({ id, kind: 'job', revision: 1, input: null, lane: 'l' });
  await engine.submit([task('old')]);
  await untilIdle(engine);
  await clock.advanceAsync(2_000);
  await engine.submit([task('new')]);
  await untilIdle(engine);
  expect((await engine.list({})).items.map((item) => item.id)).toEqual(['new']);
});

it('keeps a finished child as long as its parent may still join it', async () => {
  const engine = await open({ keepFinished: { count: 1 } });
  await serve(engine, {
    child: async () => 'kept',
    job: async () => null,
    parent: async (run) => {
      const ids = await run.spawn('spawn', [{ id: 'child', kind: 'child', revision: 1, input: null, lane: 'l' }]);
      await run.receive('wait', 'go');
      return (await run.join('join', ids))[0]?.result ?? 'forgotten';
    },
  });
  await engine.submit([{ id: 'p', kind: 'parent', revision: 1, input: null, lane: 'l' }]);
  while ((await engine.get('child'))?.phase !== 'completed') await setImmediate();
  await engine.submit(
    Array.from({ length: 5 }, (_, i) => ({ id: `t${i}`, kind: 'job', revision: 1, input: null, lane: 'l' })),
  );
  while ((await engine.get('t4'))?.phase !== 'completed') await setImmediate();
  await engine.signal('p', 'go', null, 'm');
  await untilIdle(engine);
  expect((await engine.get('p'))?.result).toBe('kept');
});

it('takes less than 2 KB for a queued task', async () => {
  const engine = await open({ maxQueued: 20_000 });
  const before = bytesUsed();
  const input = { description: 'summarise the numbers' };
  await engine.submit(
    Array.from({ length: 10_000 }, (_, i) => ({
      id: `task_${i}`,
      kind: 'run',
      revision: 1,
      input,
      lane: `agent_${i % 50}`,
      priority: i % 10,
    })),
  );
  expect((bytesUsed() - before) / 10_000).toBeLessThan(2_048);
});

it('holds no more memory after 100,000 finished tasks than after 20,000', { timeout: 60_000 }, async () => {
  const engine = await open({ maxQueued: 20_000 });
  await serve(engine, {
    job: async (run) => run.step('s', HARMLESS, async () => ({ text: 'x'.repeat(50), id: run.id })),
  });
  const finish = async (from: number, count: number): Promise<number> => {
    for (let at = from; at < from + count; at += 10_000) {
      const ids = Array.from({ length: 10_000 }, (_, i) => `t${at + i}`);
      await engine.submit(
        ids.map((id, i) => ({
          id,
          kind: 'job',
          revision: 1,
          input: null,
          lane: `l${i % 100}`,
          deadline: Date.now() + 3_600_000,
        })),
      );
      await untilIdle(engine);
    }
    return bytesUsed();
  };
  const early = await finish(0, 20_000);
  const late = await finish(20_000, 80_000);
  expect(late / early).toBeLessThan(1.15);
});

it('drops blobs that nothing names any more, and keeps those that a row, a journal or another blob names', async () => {
  const clock = virtualClock();
  const engine = await open({ clock });
  const { state } = engine;
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const inner = await state.putBlob(text('inner'));
  const list = await state.putBlob(text(`[${inner}]`));
  const inRow = await state.putBlob(text('in a row'));
  const inStep = await state.putBlob(text('in a step'));
  const unnamed = await state.putBlob(text('unnamed'));
  await state.put('ns', 'row', { at: [inRow, list] });
  await serve(engine, { job: (run) => run.step('s', HARMLESS, async () => ({ hash: inStep })).then(() => null) });
  await engine.submit([{ id: 't', kind: 'job', revision: 1, input: null, lane: 'l' }]);
  await untilIdle(engine);
  await clock.advanceAsync(120_000);
  for (let i = 0; i < 1_100; i += 1) await state.putBlob(text(`filler ${i}`));
  const kept = await Promise.all(
    [inner, list, inRow, inStep, unnamed].map(async (hash) => (await state.getBlob(hash)) !== undefined),
  );
  expect(kept).toEqual([true, true, true, true, false]);
});

it('ends a task whose handler ignores its signal, and keeps its slot until it settles', async () => {
  const clock = virtualClock();
  const engine = await open({ clock });
  let settle: () => void = () => {};
  await serve(
    engine,
    { stubborn: () => new Promise((resolve) => (settle = () => resolve(null))), job: async () => null },
    1,
  );
  const task = (id: string, kind: string) => ({ id, kind, revision: 1, input: null, lane: 'l' });
  await engine.submit([task('s', 'stubborn')]);
  await setImmediate();
  await engine.cancel('s', 'enough');
  await clock.advanceAsync(9_000);
  expect((await engine.get('s'))?.phase).toBe('running');
  await clock.advanceAsync(2_000);
  expect((await engine.get('s'))?.phase).toBe('cancelled');
  await engine.submit([task('next', 'job')]);
  await setImmediate();
  expect((await engine.get('next'))?.phase).toBe('ready');
  settle();
  await setImmediate();
  expect((await engine.get('next'))?.phase).toBe('completed');
});

it('starts tasks that a virtual clock has made due, in the same order each time', async () => {
  const order = async (): Promise<string[]> => {
    const clock = virtualClock();
    const engine = await open({ clock, agingMs: 1_000 });
    const started: string[] = [];
    const random = seededRandom(7);
    const tasks = Array.from({ length: 50 }, (_, i) => ({
      id: `t${i}`,
      kind: 'job',
      revision: 1,
      input: null,
      lane: `l${i % 5}`,
      priority: Math.floor(random() * 10),
      notBefore: clock.now() + Math.floor(random() * 5_000),
    }));
    await engine.submit(tasks);
    await serve(
      engine,
      { job: async (run) => (started.push(run.id), run.sleepUntil('s', clock.now() + 300).then(() => null)) },
      2,
    );
    await clock.runAll();
    return started;
  };
  const first = await order();
  expect(first).toHaveLength(50);
  expect(await order()).toEqual(first);
});

it('stops feed readers and refuses work once it was stopped, and goes on after another start', async () => {
  const engine = await open();
  await engine.stop({ graceMs: 0 });
  const task = { id: 't', kind: 'job', revision: 1, input: null, lane: 'l' };
  await expect(engine.submit([task])).rejects.toMatchObject({ code: 'ORCHESTRATOR_CLOSED' });
  await expect(serve(engine, {})).rejects.toMatchObject({ code: 'ORCHESTRATOR_CLOSED' });
  await engine.start();
  await serve(engine, { job: async () => 'again' });
  await engine.submit([task]);
  await untilIdle(engine);
  expect((await engine.get('t'))?.result).toBe('again');
});
