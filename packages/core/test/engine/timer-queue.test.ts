import { virtualClock } from '@master-orchestrator/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TimerQueue, type Timer } from '../../src/engine/timer-queue.js';

it('calls back every timer that was not cleared, in order, at its moment and never before', () => {
  const timers = fc.array(fc.record({ inMs: fc.integer({ min: 0, max: 1_000 }), isCleared: fc.boolean() }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(timers, (plans) => {
      const clock = virtualClock();
      const queue = new TimerQueue(clock);
      const start = clock.now();
      const fired: { at: number; planned: number }[] = [];
      const made: [Timer, boolean][] = plans.map(({ inMs, isCleared }) => [
        queue.set(start + inMs, () => fired.push({ at: clock.now(), planned: start + inMs })),
        isCleared,
      ]);
      for (const [timer, isCleared] of made) if (isCleared) queue.clear(timer);
      clock.advance(2_000);
      const wanted = plans.filter((plan) => !plan.isCleared).map((plan) => start + plan.inMs);
      expect(fired.map((one) => one.planned)).toEqual(wanted.toSorted((a, b) => a - b));
      expect(fired.every((one) => one.at >= one.planned)).toBe(true);
      expect([queue.size, clock.pendingTimers]).toEqual([0, 0]);
    }),
  );
});

it('uses one timer of the clock however many moments there are', () => {
  const clock = virtualClock();
  const queue = new TimerQueue(clock);
  for (let i = 0; i < 1_000; i += 1) queue.set(clock.now() + 1_000 - i, () => {});
  expect(clock.pendingTimers).toBe(1);
});

it('waits on where the wall clock was set back before the moment', () => {
  const clock = virtualClock();
  const queue = new TimerQueue(clock);
  let isFired = false;
  queue.set(clock.now() + 100, () => (isFired = true));
  clock.setNow(clock.now() - 50);
  clock.advance(100);
  expect(isFired).toBe(false);
  clock.advance(50);
  expect(isFired).toBe(true);
});
