import { virtualClock } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '@master-orchestrator/contracts';
import { systemClock } from '@master-orchestrator/errors';
import { openDatabase } from '../src/database/open-database.js';
import { EngineCore } from '../src/engine-core.js';
import { applyRetention, DEFAULT_RETENTION, usedBytes, type Retention } from '../src/retention.js';
import { HOST, job, Place, serve, until } from './helpers.js';

const DAY = 24 * 3_600_000;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Applies retention to a file as an engine does that sees this time. */
async function retain(
  file: string,
  retention: Partial<Retention>,
  at: number,
): Promise<{ tasks: number; items: number; bytes: number }> {
  const database = await openDatabase(file);
  const clock = { ...systemClock, now: () => at };
  const core = new EngineCore(database, {
    ...HOST,
    clock,
    logger: silentLogger,
    agingMs: 0,
    maxQueued: 10,
    maxValueBytes: 1_000_000,
  });
  const removed = await applyRetention(core, { ...DEFAULT_RETENTION, ...retention });
  const bytes = usedBytes(database);
  core.writer.close();
  database.close();
  return { ...removed, bytes };
}

describe('retention', () => {
  it('removes finished tasks past their age with their steps, and leaves unfinished ones', async () => {
    await using place = await Place.create();
    const engine = await place.open();
    await serve(engine, {
      job: (run) => run.step('s', { repeat: 'harmless' }, async () => 'v'),
      held: async (run) => (await run.receive('r', 'box')) === undefined,
    });
    await engine.submit([job('done'), job('open', { kind: 'held' })]);
    await until(
      async () => (await engine.get('done'))?.phase === 'completed' && (await engine.get('open'))?.phase === 'waiting',
    );
    expect((await retain(place.file(), {}, Date.now() + 29 * DAY)).tasks).toBe(0);
    expect((await retain(place.file(), {}, Date.now() + 31 * DAY)).tasks).toBe(1);
    expect(await engine.get('done')).toBeUndefined();
    expect((await engine.get('open'))?.phase).toBe('waiting');
  });

  it('keeps a finished child while its parent goes on, and one that another task joins', async () => {
    await using place = await Place.create();
    const engine = await place.open();
    await serve(engine, {
      job: async () => null,
      parent: async (run) => {
        await run.join('join', await run.spawn('spawn', [job('child'), job('held', { kind: 'nobody' })]));
        return null;
      },
      joiner: async (run) => (await run.join('join', ['other', 'held'])).length,
    });
    await engine.submit([job('other'), job('p', { kind: 'parent' })]);
    await until(async () => (await engine.get('child'))?.phase === 'completed');
    await engine.submit([job('j', { kind: 'joiner' })]);
    await until(
      async () => (await engine.get('j'))?.phase === 'waiting' && (await engine.get('p'))?.phase === 'waiting',
    );
    expect((await retain(place.file(), {}, Date.now() + 31 * DAY)).tasks).toBe(0);
    expect([(await engine.get('child'))?.phase, (await engine.get('other'))?.phase]).toEqual([
      'completed',
      'completed',
    ]);
  });

  it('brings the file under its bytes, the oldest tasks first', async () => {
    await using place = await Place.create();
    const engine = await place.open();
    await serve(engine, { job: async () => 'x'.repeat(20_000) });
    await engine.submit(Array.from({ length: 500 }, (_, i) => job(`t${String(i).padStart(3, '0')}`)));
    await until(async () => (await engine.list({ phases: ['ready', 'running'], limit: 1 })).items.length === 0);
    const { bytes } = await retain(place.file(), { bytes: 5_000_000 }, Date.now() + 1);
    expect(bytes).toBeLessThanOrEqual(5_000_000);
    const { items } = await engine.list({ limit: 1_000 });
    expect(items.length).toBeGreaterThan(50);
    expect(items.length).toBeLessThan(400);
  });

  it('cuts the feed, and tells a late reader what it missed', async () => {
    await using place = await Place.create();
    const engine = await place.open();
    await serve(engine, { job: async (run) => (run.report({ type: 'note', data: 1 }), null) });
    await engine.submit(Array.from({ length: 20 }, (_, i) => job(`t${i}`)));
    await until(async () => (await engine.list({ phases: ['completed'] })).items.length === 20);
    expect((await retain(place.file(), { feedItems: 10 }, Date.now())).items).toBeGreaterThan(50);
    const seen: string[] = [];
    for await (const item of engine.feed('0')) {
      seen.push(item.type);
      if (seen.length === 11) break;
    }
    expect([seen[0], seen.length]).toEqual(['stream-gap', 11]);
  });

  it('drops blobs that nothing names, an hour after their last use', async () => {
    await using place = await Place.create();
    const engine = await place.open();
    const { state } = engine;
    const inner = await state.putBlob(text('inner'));
    const list = await state.putBlob(text(`[${inner}]`));
    const inStep = await state.putBlob(text('in a step'));
    const unnamed = await state.putBlob(text('unnamed'));
    await state.put('ns', 'row', { at: list });
    await serve(engine, { job: (run) => run.step('s', { repeat: 'harmless' }, async () => ({ hash: inStep })) });
    await engine.submit([job('t')]);
    await until(async () => (await engine.get('t'))?.phase === 'completed');
    const kept = async (): Promise<boolean[]> =>
      Promise.all([inner, list, inStep, unnamed].map(async (hash) => (await state.getBlob(hash)) !== undefined));
    await retain(place.file(), {}, Date.now() + 1_000);
    expect(await kept()).toEqual([true, true, true, true]);
    await retain(place.file(), {}, Date.now() + 2 * 3_600_000);
    expect(await kept()).toEqual([true, true, true, false]);
    await state.delete('ns', 'row');
    await retain(place.file(), {}, Date.now() + 2 * 3_600_000);
    expect(await kept()).toEqual([false, false, true, false]);
  });

  it('runs by itself every minute while the engine serves', async () => {
    await using place = await Place.create();
    const clock = virtualClock(Date.now());
    const engine = await place.open({ host: { clock }, retention: { taskAgeMs: 1_000 } });
    await serve(engine, { job: async () => null });
    await engine.submit([job('t')]);
    await until(async () => (await clock.advanceAsync(50), (await engine.get('t'))?.phase === 'completed'));
    await clock.advanceAsync(61_000);
    await until(async () => (await clock.advanceAsync(50), (await engine.get('t')) === undefined));
    expect(await engine.list({})).toEqual({ items: [] });
  });
});
