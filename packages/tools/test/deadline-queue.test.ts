import { virtualClock } from '@master-orchestrator/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DeadlineQueue, type Timed } from '../src/internal/deadline-queue.js';

class Item implements Timed {
  dueAt = 0;
  place = -1;
  constructor(readonly onDue: () => void) {}
}

it('calls each item once at its time and never one that was removed, whatever the order', () => {
  const step = fc.record({
    delay: fc.integer({ min: 0, max: 500 }),
    wait: fc.integer({ min: 0, max: 200 }),
    removeAfter: fc.option(fc.integer({ min: 0, max: 500 })),
  });
  const notAtOnce = step.filter(({ delay, removeAfter }) => delay !== removeAfter); // both at one moment: either is right
  fc.assert(
    fc.property(fc.array(notAtOnce, { maxLength: 60 }), (steps) => {
      const clock = virtualClock();
      const queue = new DeadlineQueue(clock);
      const expected: number[] = [];
      const called: number[] = [];
      steps.forEach(({ delay, wait, removeAfter }, index) => {
        const item = new Item(() => {
          called.push(index);
          expect(clock.monotonic()).toBeGreaterThanOrEqual(item.dueAt);
        });
        queue.add(item, delay);
        const isRemovedInTime = removeAfter !== null && removeAfter < delay;
        if (!isRemovedInTime) expected.push(index);
        if (removeAfter !== null) clock.setTimer(removeAfter, () => queue.remove(item));
        clock.advance(wait);
      });
      clock.advance(2_000);
      expect(called.sort((a, b) => a - b)).toEqual(expected);
      expect(queue.size).toBe(0);
      expect(clock.pendingTimers).toBe(0);
    }),
  );
});

it('needs one timer for many items and none when it is empty', () => {
  const clock = virtualClock();
  const queue = new DeadlineQueue(clock);
  const items = Array.from({ length: 1_000 }, () => new Item(() => {}));
  for (const item of items) queue.add(item, 30_000);
  expect(clock.pendingTimers).toBe(1);
  for (const item of items) queue.remove(item);
  expect(clock.pendingTimers).toBe(0);
});

it('survives an item that adds another when it is due', () => {
  const clock = virtualClock();
  const queue = new DeadlineQueue(clock);
  const seen: string[] = [];
  const second = new Item(() => seen.push('second'));
  queue.add(
    new Item(() => {
      seen.push('first');
      queue.add(second, 10);
    }),
    10,
  );
  clock.advance(15);
  expect(seen).toEqual(['first']);
  clock.advance(10);
  expect(seen).toEqual(['first', 'second']);
});
