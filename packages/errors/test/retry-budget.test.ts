import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrchestratorError, RetryBudget, retryCost } from '../src/index.js';
import { VirtualClock } from './virtual-clock.js';

describe('a retry budget', () => {
  it('starts with 20 retries', () => {
    const budget = new RetryBudget({ clock: new VirtualClock() });
    let taken = 0;
    while (budget.tryTake()) taken += 1;
    expect(taken).toBe(20);
    expect(budget.has()).toBe(false);
  });

  it('gets 0.3 for a success and 0.1 a second, never more than 20', () => {
    const clock = new VirtualClock();
    const budget = new RetryBudget({ clock });
    budget.succeed();
    expect(budget.tokens).toBe(20);
    while (budget.tryTake());
    budget.succeed();
    clock.advance(5_000);
    expect(budget.tokens).toBeCloseTo(0.8);
    clock.advance(10_000_000);
    expect(budget.tokens).toBe(20);
  });

  it('costs two after a timeout', () => {
    expect(retryCost(new OrchestratorError('RESPONSE_TIMEOUT', 'x'))).toBe(2);
    expect(retryCost(new OrchestratorError('PROVIDER_ERROR', 'x'))).toBe(1);
  });

  it('lets at most 20 + 0.1 S retries leave in an outage of S seconds, whatever the load (property)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ ms: fc.nat(20_000), load: fc.nat(40), cost: fc.constantFrom(1, 2) })),
        (steps) => {
          const clock = new VirtualClock();
          const budget = new RetryBudget({ clock });
          let left = 0;
          for (const { ms, load, cost } of steps) {
            clock.advance(ms);
            for (let call = 0; call < load; call += 1) if (budget.tryTake(cost)) left += 1;
            if (left > 20 + (0.1 * clock.monotonic()) / 1_000 + 1e-6) return false;
          }
          return true;
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
