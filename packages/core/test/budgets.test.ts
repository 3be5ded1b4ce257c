import fc from 'fast-check';
import { scriptedModel } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { systemClock } from '@master-orchestrator/errors';
import { BudgetLedger, type Reservation } from '../src/index.js';
import { createTestOrchestrator } from '../src/testing.js';

it('never lets used and reserved go over a bound, at any interleaving of nested nodes', () => {
  const action = fc.record({
    node: fc.integer({ min: 0, max: 5 }),
    tokens: fc.integer({ min: 1, max: 400 }),
    settle: fc.integer({ min: 0, max: 3 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
      const ledger = new BudgetLedger(systemClock);
      ledger.open('root', { tokens: 1_000 });
      for (let n = 0; n < 6; n += 1)
        ledger.open(`node${n}`, n % 2 === 0 ? { tokens: 300 } : {}, n < 3 ? 'root' : `node${n - 3}`);
      const open: { reservation: Reservation; tokens: number }[] = [];
      for (const { node, tokens, settle, share } of actions) {
        try {
          open.push({
            reservation: ledger.reserve(`node${node}`, { tokens, requests: 1, costUsd: 0 }, () => {}),
            tokens,
          });
        } catch (error) {
          expect(error).toMatchObject({ code: 'BUDGET_LIMIT', category: 'RESOURCE_ERROR' });
        }
        for (let n = 0; n < settle && open.length > 0; n += 1) {
          const done = open.shift();
          done?.reservation.settle({ tokens: Math.floor(done.tokens * share), requests: 1, costUsd: 0 });
        }
        for (const view of ledger.list()) {
          expect(view.used.tokens + view.reserved.tokens).toBeLessThanOrEqual(view.limits.tokens ?? 0);
          expect(view.reserved.tokens).toBeGreaterThanOrEqual(0);
        }
      }
    }),
  );
});

it('refuses a money budget for a model without a price, unless that is allowed', () => {
  const ledger = new BudgetLedger(systemClock);
  ledger.open('strict', { costUsd: 1 });
  ledger.open('lenient', { costUsd: 1, allowUnpriced: true });
  const amount = { tokens: 1, requests: 1, costUsd: undefined };
  expect(() => ledger.reserve('strict', amount, () => {})).toThrow(/price is unknown/);
  expect(() => ledger.reserve('lenient', amount, () => {})).not.toThrow();
});

it('fails a task at its budget and names the node', async () => {
  const model = scriptedModel(() => ({ text: 'ok' }));
  await using orchestrator = await createTestOrchestrator({ models: [model] });
  const agentId = await orchestrator.createAgent({ name: 'a', instructions: 'x', budget: { requests: 2 } });
  const run = async () => orchestrator.executeTask(await orchestrator.createTask({ description: 'x', agentId }));
  await run();
  await run();
  await expect(run()).rejects.toMatchObject({
    code: 'BUDGET_LIMIT',
    details: { budget: 'agent:agent_a', bound: 'requests', limit: 2 },
  });
  expect(model.requests).toHaveLength(2);
});

it('holds one budget over many runs at once', async () => {
  const model = scriptedModel(() => ({ text: 'ok', delayMs: 2 }));
  await using orchestrator = await createTestOrchestrator({ models: [model], config: { maxConcurrentAgents: 50 } });
  const agentId = await orchestrator.createAgent({ name: 'a', instructions: 'x', budget: { requests: 25 } });
  const ids = await Promise.all(
    Array.from({ length: 60 }, () => orchestrator.createTask({ description: 'x', agentId })),
  );
  const settled = await orchestrator.executeTasks(ids);
  expect(settled.filter(({ status }) => status === 'completed')).toHaveLength(25);
  expect(model.requests).toHaveLength(25);
});

it('caps the answer of a call to what the budget has left', async () => {
  const model = scriptedModel(() => ({ text: 'ok' }));
  await using orchestrator = await createTestOrchestrator({ models: [model] });
  const agentId = await orchestrator.createAgent({ name: 'a', instructions: 'x', budget: { tokens: 500 } });
  await orchestrator.executeTask(await orchestrator.createTask({ description: 'x', agentId }));
  expect(model.requests[0]?.settings.maxOutputTokens).toBeLessThan(500);
});
