import { expect, it } from 'vitest';
import { countingClock } from '../src/index.js';

it('counts the timers that wait: one that was cancelled or has run counts no more, and none twice', async () => {
  const clock = countingClock();
  const cancel = clock.setTimer(60_000, () => undefined);
  const ran = new Promise<void>((resolve) => clock.setTimer(1, resolve, true));
  expect(clock.pendingTimers).toBe(2);
  await ran;
  expect(clock.pendingTimers).toBe(1);
  cancel();
  cancel();
  expect(clock.pendingTimers).toBe(0);
});

it('counts a timer no more while its callback runs', async () => {
  const clock = countingClock();
  const seen = await new Promise<number>((resolve) => clock.setTimer(1, () => resolve(clock.pendingTimers), true));
  expect(seen).toBe(0);
});
