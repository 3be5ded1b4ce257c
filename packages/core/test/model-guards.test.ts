import { BreakerRegistry } from '@master-orchestrator/errors';
import { scriptedModel, virtualClock } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { ModelGuards } from '../src/models/model-guards.js';

it('paces the tokens of a model once its provider has announced a limit of them', async () => {
  const clock = virtualClock();
  const guards = new ModelGuards({
    clock,
    breakers: new BreakerRegistry({ clock }),
    concurrency: { start: 10, lowest: 1, highest: 10 },
    retryBudget: { capacity: 20, perSuccess: 0.3, perSecond: 0.1 },
  });
  const provider = scriptedModel([]);
  const target = { provider, model: 'model', label: 'scripted:model', key: 'model:scripted:model' };
  const { signal } = new AbortController();
  expect(guards.limitsTokens(target)).toBe(false);
  const first = await guards.enter(target, signal, 0);
  first.release(undefined, { tokenLimit: 60_000, tokensRemaining: 59_000, tokensResetMs: 1_000 });
  expect(guards.limitsTokens(target)).toBe(true);
  // 60,000 a minute at 98 % are 980 a second: after 9,800 tokens nothing is sent for nearly ten seconds.
  (await guards.enter(target, signal, 9_800)).release(undefined);
  let isSent = false;
  const next = guards.enter(target, signal, 100).then((permit) => {
    isSent = true;
    permit.release(undefined);
  });
  await clock.advanceAsync(5_000);
  expect(isSent).toBe(false);
  await clock.advanceAsync(6_000);
  await next;
  expect(isSent).toBe(true);
});
