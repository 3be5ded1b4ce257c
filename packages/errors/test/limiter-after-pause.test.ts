import { expect, it } from 'vitest';
import { ConcurrencyLimiter } from '../src/index.js';
import { VirtualClock } from './virtual-clock.js';

it('lets one call after the other through when an announced limit had run dry, and no burst', async () => {
  const clock = new VirtualClock();
  const limiter = new ConcurrencyLimiter({ clock });
  const dry = { requests: { limit: 600, remaining: 0, resetMs: 5_000 } };
  limiter.tryAcquire()?.release('rate-limited', dry);
  expect(limiter.tryAcquire()).toBeUndefined();
  clock.advance(5_000);
  // 600 a minute, of which 98 % are sent: one each 102 ms.
  const enter = (): boolean => limiter.tryAcquire() !== undefined;
  expect([enter(), enter()]).toEqual([true, false]);
  clock.advance(103);
  expect([enter(), enter()]).toEqual([true, false]);
});
