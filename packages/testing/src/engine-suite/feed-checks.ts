import type { FeedItem, TaskEngine } from '@master-orchestrator/contracts';
import assert from 'node:assert/strict';
import type { EngineCheck } from './engine-check.js';
import { delay, HARMLESS, job, resultOf, type EngineLab } from './engine-lab.js';

const group = 'feed';
const START = '0';

/** Reads items until one satisfies `isLast`, that one included. */
async function readUntil(
  engine: TaskEngine,
  from: string,
  isLast: (item: FeedItem) => boolean,
  filter?: object,
): Promise<FeedItem[]> {
  const items: FeedItem[] = [];
  for await (const item of engine.feed(from, filter)) {
    items.push(item);
    if (isLast(item)) break;
  }
  return items;
}

const isEndOf =
  (id: string) =>
  (item: FeedItem): boolean => {
    const { phase } = item.data as { phase?: string };
    return item.task === id && item.type === 'phase' && phase === 'completed';
  };

async function runSome(lab: EngineLab): Promise<TaskEngine> {
  const engine = await lab.open();
  await lab.serve(engine, {
    job: async (run) => {
      for (let i = 0; i < 10; i += 1) {
        run.report({ type: 'note', data: { i } });
        if (i === 5) await run.step('s', HARMLESS, async () => (await delay(2), null));
      }
      return null;
    },
  });
  const ids = Array.from({ length: 8 }, (_, i) => `t${i}`);
  await engine.submit(ids.map((id) => job(id)));
  await engine.submit([job('last', { after: ids.map((task) => ({ task, when: 'settled' as const })) })]);
  await resultOf(engine, 'last');
  return engine;
}

const tellsAllInOrder: EngineCheck = {
  group,
  name: 'a reader gets every phase and report of every task, in order of the task, with growing cursors',
  async run(lab) {
    const engine = await runSome(lab);
    const items = await readUntil(engine, START, isEndOf('last'));
    const cursors = items.map((item) => item.cursor);
    assert.deepEqual(cursors, cursors.toSorted());
    assert.equal(new Set(cursors).size, cursors.length);
    for (const id of ['t0', 't7', 'last']) {
      const own = items.filter((item) => item.task === id);
      const phases = own.filter((item) => item.type === 'phase').map((item) => (item.data as { phase: string }).phase);
      assert.deepEqual(phases.slice(-2), ['running', 'completed']);
      const notes = own.filter((item) => item.type === 'note').map((item) => (item.data as { i: number }).i);
      assert.deepEqual(notes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  },
};

const resumesWithoutGap: EngineCheck = {
  group,
  name: 'a reader that goes on from its cursor, again and again, sees what one that never stopped saw',
  async run(lab) {
    const engine = await runSome(lab);
    const whole = await readUntil(engine, START, isEndOf('last'));
    const pieces: FeedItem[] = [];
    for (let cursor = START; ;) {
      let taken = 0;
      const piece = await readUntil(engine, cursor, (item) => ++taken === 7 || isEndOf('last')(item));
      pieces.push(...piece);
      const last = piece.at(-1) as FeedItem;
      cursor = last.cursor;
      if (isEndOf('last')(last)) break;
    }
    assert.deepEqual(pieces, whole);
    assert.deepEqual(await readUntil(engine, START, isEndOf('last')), whole);
  },
};

const filters: EngineCheck = {
  group,
  name: 'a filter by task and type leaves only those',
  async run(lab) {
    const engine = await runSome(lab);
    const items = await readUntil(engine, START, (item) => (item.data as { i?: number }).i === 9, {
      task: 't3',
      types: ['note'],
    });
    assert.deepEqual(
      [items.length, new Set(items.map((item) => `${item.task} ${item.type}`))],
      [10, new Set(['t3 note'])],
    );
  },
};

const startsNow: EngineCheck = {
  group,
  name: 'a reader from now sees what comes after the call, waits for it, and ends with its loop or the engine',
  async run(lab) {
    const engine = await lab.open();
    await lab.serve(engine, { job: async () => null });
    await engine.submit([job('before')]);
    await resultOf(engine, 'before');
    const reader = engine.feed('now')[Symbol.asyncIterator]();
    const next = reader.next();
    await delay(30);
    await engine.submit([job('after')]);
    assert.equal((await next).value?.task, 'after');
    await resultOf(engine, 'after');
    await reader.return?.();
    assert.equal((await reader.next()).done, true);
    const waiting = engine.feed('now')[Symbol.asyncIterator]().next();
    await delay(30);
    await engine.stop({ graceMs: 0 });
    assert.equal((await waiting).done, true);
  },
};

const tellsOfGaps: EngineCheck = {
  group,
  name: 'a reader that comes later than the bounded buffer reaches is told what it missed',
  isExempt: (caps) => (caps.durable ? 'its feed is in the store' : undefined),
  async run(lab) {
    const engine = await lab.open();
    await lab.serve(engine, {
      job: async (run) => {
        for (let i = 0; i < 15_000; i += 1) run.report({ type: 'note', data: i });
        return null;
      },
    });
    await engine.submit([job('t')]);
    await resultOf(engine, 't');
    const items = await readUntil(engine, START, isEndOf('t'));
    assert.equal(items[0]?.type, 'stream-gap');
    const gap = items[0]?.data as { from: number; to: number } | undefined;
    assert.equal(gap?.from, 1);
    assert.equal(items.length - 1, 10_000);
    // The first two items are the phases before the first note.
    assert.equal(items[1]?.data, (gap?.to ?? 0) - 2);
  },
};

/** The append-only feed. */
export const feedChecks: readonly EngineCheck[] = [tellsAllInOrder, resumesWithoutGap, filters, startsNow, tellsOfGaps];
