import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ReadyQueue, type Group, type Ticket, type Verdict } from '../../src/engine/ready-queue.js';

interface Item {
  readonly seq: number;
  readonly priority: number;
  readonly lane: string;
  readonly readyAt: number;
}

/** The rule itself, worked out for every item each time. */
function naiveBest(
  items: readonly Item[],
  now: number,
  agingMs: number,
  blocked: ReadonlySet<string>,
): Item | undefined {
  const effective = ({ priority, readyAt }: Item): number =>
    Math.min(9, priority + (agingMs === 0 ? 0 : Math.floor((now - readyAt) / agingMs)));
  return items
    .filter((item) => !blocked.has(item.lane))
    .toSorted((a, b) => effective(b) - effective(a) || a.seq - b.seq)[0];
}

const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      priority: fc.integer({ min: 0, max: 9 }),
      lane: fc.constantFrom('a', 'b', 'c'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 250 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), at: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('toggle' as const), lane: fc.constantFrom('a', 'b', 'c') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('requeue' as const), at: fc.nat(20) }) },
);

it('gives, under any pushes, removals, waits and blocked lanes, what the rule of priority, age and submission gives', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 120 }), fc.constantFrom(0, 50, 100), (commands, agingMs) => {
      const queue = new ReadyQueue<Item>(agingMs);
      const live = new Map<number, { item: Item; ticket: Ticket<Item> }>();
      const blocked = new Set<string>();
      const judge = (group: Group<Item>): Verdict => (blocked.has(group.lane) ? 'block' : 'take');
      let now = 1_000;
      let seq = 0;
      const push = (item: Item): void => {
        const ticket = queue.push(item, { seq: item.seq, priority: item.priority, lane: item.lane, kind: 'k' }, now);
        live.set(item.seq, { item, ticket });
      };
      for (const step of commands) {
        if (step.kind === 'push') push({ seq: ++seq, priority: step.priority, lane: step.lane, readyAt: now });
        else if (step.kind === 'wait') now += step.ms;
        else if (step.kind === 'toggle') {
          if (!blocked.delete(step.lane)) blocked.add(step.lane);
          else queue.unblock(step.lane);
        } else if (step.kind === 'take') {
          const best = naiveBest(
            [...live.values()].map((one) => one.item),
            now,
            agingMs,
            blocked,
          );
          const taken = queue.take(now, judge);
          expect(taken).toEqual(best);
          if (taken !== undefined) live.delete(taken.seq);
        } else {
          const one = [...live.values()][step.at];
          if (one === undefined) continue;
          queue.remove(one.ticket);
          live.delete(one.item.seq);
          // A run that waited comes back with its old place in the order and a new age.
          if (step.kind === 'requeue') push({ ...one.item, readyAt: now });
        }
        expect(queue.size).toBe(live.size);
      }
    }),
    { numRuns: 300 },
  );
});

it('takes 10,000 tickets of a thousand lanes in exact order', () => {
  const queue = new ReadyQueue<Item>(60_000);
  const items = Array.from({ length: 10_000 }, (_, seq) => ({
    seq,
    priority: (seq * 7) % 10,
    lane: `l${seq % 1_000}`,
    readyAt: 0,
  }));
  for (const item of items) queue.push(item, { ...item, kind: 'k' }, 0);
  const taken = items.map(() => queue.take(1, () => 'take')?.seq);
  expect(taken).toEqual(items.toSorted((a, b) => b.priority - a.priority || a.seq - b.seq).map((item) => item.seq));
  expect(queue.take(1, () => 'take')).toBeUndefined();
});

it('leaves a skipped group where it was and takes the next one', () => {
  const queue = new ReadyQueue<string>(0);
  queue.push('first', { seq: 1, priority: 9, lane: 'a', kind: 'k' }, 0);
  queue.push('second', { seq: 2, priority: 1, lane: 'b', kind: 'k' }, 0);
  expect(queue.take(0, (group) => (group.lane === 'a' ? 'skip' : 'take'))).toBe('second');
  expect(queue.take(0, () => 'take')).toBe('first');
});

it('gives the next of a group after its first was removed', () => {
  const queue = new ReadyQueue<Item>(0);
  const push = (seq: number): Ticket<Item> =>
    queue.push({ seq, priority: 9, lane: 'b', readyAt: 0 }, { seq, priority: 9, lane: 'b', kind: 'k' }, 0);
  const first = push(1);
  push(2);
  queue.remove(first);
  expect(queue.take(0, () => 'take')).toMatchObject({ seq: 2 });
});
