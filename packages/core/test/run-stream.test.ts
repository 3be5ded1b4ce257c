import type { OrchestratorEvent } from '@master-orchestrator/contracts';
import { systemClock } from '@master-orchestrator/errors';
import { virtualClock } from '@master-orchestrator/testing';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { RunStream } from '../src/events/run-stream.js';
import { StreamArchive } from '../src/events/stream-archive.js';
import { createMemoryEngine } from '../src/index.js';

const event = (seq: number): OrchestratorEvent => ({
  seq,
  at: 0,
  type: 'turn-start',
  taskId: 'task_1',
  data: { turn: seq },
});
const seqs = (events: readonly OrchestratorEvent[]): number[] => events.map(({ seq }) => seq);
const upTo = (count: number, from = 1): number[] => Array.from({ length: count - from + 1 }, (_, n) => from + n);

function filled(stream: RunStream, count: number): RunStream {
  for (let seq = 1; seq <= count; seq += 1) stream.push(event(seq));
  return stream;
}

async function collect(events: AsyncIterable<OrchestratorEvent>): Promise<OrchestratorEvent[]> {
  const all: OrchestratorEvent[] = [];
  for await (const each of events) all.push(each);
  return all;
}

describe('a stream in memory', () => {
  it('tells a reader of what it cannot have any more as one gap', async () => {
    const stream = filled(new RunStream(3), 10);
    stream.end();
    const events = await lastValueFrom(stream.from(2).pipe(toArray()));
    expect(events[0]).toMatchObject({ type: 'stream-gap', data: { from: 2, to: 7 } });
    expect(seqs(events.slice(1))).toEqual([8, 9, 10]);
    expect(seqs(await collect(stream.iterate(2)))).toEqual(seqs(events));
  });

  it('goes on after the event that a reader has seen last', async () => {
    const stream = filled(new RunStream(5), 8);
    stream.end();
    expect(seqs(await lastValueFrom(stream.after({ taskId: 'task_1', seq: 6 }).pipe(toArray())))).toEqual([7, 8]);
    const late = await lastValueFrom(stream.after({ taskId: 'task_1', seq: 2 }).pipe(toArray()));
    expect(late[0]).toMatchObject({ type: 'stream-gap', data: { from: 2, to: 3 } });
    expect(seqs(late.slice(1))).toEqual([4, 5, 6, 7, 8]);
  });

  it('keeps no queue for a slow reader, and tells it what it missed', async () => {
    const stream = new RunStream(4);
    const slow = stream.iterate();
    const fast: number[] = [];
    stream.events$.subscribe(({ seq }) => fast.push(seq));
    filled(stream, 2);
    expect((await slow.next()).value).toMatchObject({ seq: 1 });
    for (let seq = 3; seq <= 20; seq += 1) stream.push(event(seq));
    expect((await slow.next()).value).toMatchObject({ type: 'stream-gap', data: { from: 1, to: 16 } });
    expect((await slow.next()).value).toMatchObject({ seq: 17 });
    stream.end();
    expect(seqs(await collect(slow))).toEqual([18, 19, 20]);
    expect(fast).toEqual(upTo(20));
  });

  it('tells an event that a reader causes after the one it is reading', () => {
    const stream = new RunStream(100);
    filled(stream, 2);
    const seen: number[] = [];
    stream.events$.subscribe(({ seq }) => {
      seen.push(seq);
      if (seq === 1) stream.push(event(3));
    });
    stream.push(event(4));
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('forgets a reader that stops early, also while it waits', async () => {
    const stream = new RunStream(10);
    const subscription = stream.events$.subscribe();
    subscription.unsubscribe();
    const reading = (async () => {
      for await (const { seq } of stream.iterate()) if (seq === 2) return seq;
      return 0;
    })();
    filled(stream, 5);
    expect(await reading).toBe(2);
  });
});

describe('a stream with the store of a durable engine behind it', () => {
  const engine = createMemoryEngine({ clock: systemClock, random: Math.random, logger: console });

  it('gives every event to readers that come late, are slow or come back', async () => {
    const stream = new RunStream(10, new StreamArchive(engine.state, systemClock, () => 'run_a'));
    const live: number[] = [];
    stream.events$.subscribe(({ seq }) => live.push(seq));
    const slow = stream.iterate();
    expect((await Promise.all([slow.next(), Promise.resolve(filled(stream, 500))]))[0].value).toMatchObject({ seq: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    for (let seq = 501; seq <= 1_005; seq += 1) stream.push(event(seq));
    const late = lastValueFrom(stream.from(0).pipe(toArray()));
    const back = lastValueFrom(stream.after({ taskId: 'task_1', seq: 300 }).pipe(toArray()));
    stream.end();
    expect(seqs(await collect(slow))).toEqual(upTo(1_005, 2));
    expect(seqs(await late)).toEqual(upTo(1_005));
    expect(seqs(await back)).toEqual(upTo(1_005, 301));
    expect(live).toEqual(upTo(1_005));
  });

  it('keeps what left the buffer for a day, whichever run it was of', async () => {
    const clock = virtualClock();
    const old = new RunStream(5, new StreamArchive(engine.state, clock, () => 'run_old'));
    filled(old, 30);
    old.end();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await lastValueFrom(old.from(0).pipe(toArray()))).toHaveLength(30);
    clock.advance(86_400_001);
    filled(new RunStream(5, new StreamArchive(engine.state, clock, () => 'run_new')), 30);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const events = await lastValueFrom(old.from(0).pipe(toArray()));
    expect(events[0]).toMatchObject({ type: 'stream-gap', data: { from: 0 } });
    expect(events.at(-1)?.seq).toBe(30);
  });
});
