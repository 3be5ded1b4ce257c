import { silentLogger } from '@master-orchestrator/contracts';
import { systemClock } from '@master-orchestrator/errors';
import { virtualClock } from '@master-orchestrator/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BudgetLedger, createMemoryEngine } from '../src/index.js';
import { SharedBudgets } from '../src/budgets/shared-budgets.js';

const store = async () => {
  const engine = createMemoryEngine({ clock: systemClock, random: Math.random, logger: silentLogger });
  await engine.start();
  return engine.state;
};
const amount = (tokens: number) => ({ tokens, requests: 1, costUsd: 0 });

it('is never overshot by several processes together, at any interleaving', async () => {
  const calls = fc.array(
    fc.record({
      process: fc.integer({ min: 0, max: 2 }),
      tokens: fc.integer({ min: 1, max: 90 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(calls, async (all) => {
      const state = await store();
      const ledgers = [0, 1, 2].map(() => {
        const ledger = new BudgetLedger(systemClock, new SharedBudgets(state, systemClock));
        ledger.open('root', { tokens: 300 });
        return ledger;
      });
      await Promise.all(
        all.map(async ({ process, tokens, share }) => {
          const ledger = ledgers.at(process) as BudgetLedger;
          try {
            await ledger.refresh('root');
            const held = await ledger.hold('root', amount(tokens), () => {});
            await held.settle(amount(Math.floor(tokens * share)));
          } catch (error) {
            expect(error).toMatchObject({ code: 'BUDGET_LIMIT' });
          }
          const sums = (await new SharedBudgets(state, systemClock).read(['root'])).get('root');
          expect((sums?.tokens ?? 0) + (sums?.held.tokens ?? 0)).toBeLessThanOrEqual(300);
        }),
      );
    }),
    { numRuns: 60 },
  );
});

it('survives a restart, and counts as used what a dead process held', async () => {
  const state = await store();
  const clock = virtualClock(1_000);
  const first = new BudgetLedger(clock, new SharedBudgets(state, clock));
  first.open('root', { tokens: 100 });
  await (await first.hold('root', amount(30), () => {})).settle(amount(20));
  await first.hold('root', amount(50), () => {});
  const second = new BudgetLedger(clock, new SharedBudgets(state, clock));
  second.open('root', { tokens: 100 });
  await second.refresh('root');
  expect(second.view('root')).toMatchObject({ used: { tokens: 20 }, reserved: { tokens: 50 } });
  await clock.advanceAsync(1_000_000);
  await second.refresh('root');
  expect(second.view('root')).toMatchObject({ used: { tokens: 70 }, reserved: { tokens: 0 } });
  await expect(second.hold('root', amount(31), () => {})).rejects.toMatchObject({
    code: 'BUDGET_LIMIT',
    details: { budget: 'root' },
  });
});
