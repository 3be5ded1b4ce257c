import type { ModelRequest } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import {
  scriptedModel,
  seededRandom,
  virtualClock,
  type ModelStep,
  type ScriptedModel,
} from '@master-orchestrator/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CostNode } from '../src/index.js';
import { createTestOrchestrator } from '../src/testing.js';
import { call, scene } from './run/helpers.js';

const PRICES = {
  specificationVersion: 'v1' as const,
  name: '@example/prices',
  version: '1.0.0',
  contributes: {
    priceTables: [
      {
        name: 'example',
        asOf: '2026-11-01',
        prices: { 'scripted:model': { inputPerMillion: 2, outputPerMillion: 10 } },
      },
    ],
  },
};

/** Leads hand work to a helper; every answer is as long as it may be, or a part of that, after a wait of its own. */
function greedyModel(seed: string): { model: ScriptedModel; used: { tokens: number; requests: number } } {
  const random = seededRandom(seed);
  const used = { tokens: 0, requests: 0 };
  const answer = (request: ModelRequest, step: ModelStep): ModelStep => {
    const allowed = request.settings.maxOutputTokens ?? 0;
    const outputTokens = random() < 0.5 ? allowed : Math.floor(random() * allowed);
    const inputTokens = Math.ceil(
      JSON.stringify([request.instructions, request.items, request.tools, null]).length / 4,
    );
    used.tokens += inputTokens + outputTokens;
    used.requests += 1;
    return { ...step, usage: { inputTokens, outputTokens }, delayMs: Math.floor(random() * 4) };
  };
  const model = scriptedModel((request) => {
    if (request.instructions === 'Help.') return answer(request, { text: 'helped' });
    const isBack = request.items.some(({ type }) => type === 'tool-result');
    return answer(request, isBack ? { text: 'done' } : call('delegate_to_helper', { task: 'help' }));
  });
  return { model, used };
}

it('is never overshot by 200 runs at once, sub-agents included, whatever the latencies', async () => {
  const budgets = fc.oneof(
    fc.record({ tokens: fc.integer({ min: 1_000, max: 60_000 }) }),
    fc.record({ requests: fc.integer({ min: 1, max: 250 }) }),
    fc.record({ costUsd: fc.double({ min: 0.01, max: 0.5, noNaN: true }) }),
  );
  await fc.assert(
    fc.asyncProperty(budgets, fc.string({ minLength: 1 }), async (budget, seed) => {
      const { model, used } = greedyModel(seed);
      await using orchestrator = await createTestOrchestrator({
        models: [model],
        plugins: [PRICES],
        config: { maxConcurrentAgents: 200, budgets: budget, models: { concurrency: { start: 100 } } },
      });
      await orchestrator.createAgent({ name: 'helper', instructions: 'Help.', settings: { maxOutputTokens: 300 } });
      const lead = await orchestrator.createAgent({
        name: 'lead',
        instructions: 'Lead.',
        delegates: ['helper'],
        settings: { maxOutputTokens: 300 },
      });
      let most = 0;
      orchestrator.listen('ledger', () => {
        const view = orchestrator.budgets.view('orchestrator');
        if (view === undefined) return;
        for (const bound of ['tokens', 'requests', 'costUsd'] as const)
          most = Math.max(most, (view.used[bound] + view.reserved[bound]) / (view.limits[bound] ?? Infinity));
      });
      const ids = await Promise.all(
        Array.from({ length: 100 }, () => orchestrator.createTask({ description: 'x', agentId: lead })),
      );
      const settled = await orchestrator.executeTasks(ids);
      expect(most).toBeLessThanOrEqual(1 + 1e-9);
      if ('tokens' in budget) expect(used.tokens).toBeLessThanOrEqual(budget.tokens);
      if ('requests' in budget) expect(used.requests).toBeLessThanOrEqual(budget.requests);
      for (const each of settled) if (each.status !== 'completed') expect(each.error.code).toBe('BUDGET_LIMIT');
      expect(orchestrator.budgets.view('orchestrator')?.reserved).toEqual({ tokens: 0, requests: 0, costUsd: 0 });
    }),
    { numRuns: 8 },
  );
}, 60_000);

it('estimates what an aborted stream has used, says so, and charges it', async () => {
  await using stage = await scene(
    [{ text: 'word '.repeat(200), deltaDelayMs: 1 }],
    { budget: { tokens: 100_000 } },
    { plugins: [PRICES] },
  );
  const handle = stage.orchestrator.run('x', { agentId: stage.agentId });
  handle.result.catch(() => undefined);
  let deltas = 0;
  for await (const event of handle) {
    if (event.type === 'model-call-delta') deltas += 1;
    if (deltas === 5) break;
  }
  await handle.cancel('enough');
  const end = stage.events.find(({ type }) => type === 'model-call-end');
  expect(end?.data).toMatchObject({ outcome: 'cancelled', usage: { isEstimated: true } });
  const { usage, costUsd } = await stage.orchestrator.getTask(await handle.id);
  expect(usage).toMatchObject({ isEstimated: true });
  expect(usage.outputTokens).toBeGreaterThanOrEqual(20);
  expect(usage.outputTokens).toBeLessThan(200);
  expect(costUsd).toBeGreaterThan(0);
  const { used, reserved } = stage.orchestrator.budgets.view(`agent:${stage.agentId}`) ?? {};
  expect(used?.tokens).toBe(usage.inputTokens + usage.outputTokens);
  expect(reserved).toEqual({ tokens: 0, requests: 0, costUsd: 0 });
});

it('counts the text of an answer that was cut on its way to the one that replaced it', async () => {
  const cut = new OrchestratorError('STREAM_CUT', 'cut');
  await using stage = await scene(
    [{ text: 'half of an answer', error: cut }, { text: 'whole' }],
    {},
    {
      config: { recovery: { backoff: { baseMs: 1 } } },
    },
  );
  const { usage } = await stage.orchestrator.run('x', { agentId: stage.agentId }).result;
  expect(usage.isEstimated).toBe(true);
  const ends = stage.events.flatMap((event) => (event.type === 'model-call-end' ? [event.data.usage] : []));
  expect(ends).toHaveLength(2);
  expect(usage.outputTokens).toBe((ends[0]?.outputTokens ?? 0) + (ends[1]?.outputTokens ?? 0));
});

it('asks a person for more where the budget is to ask, and gives it as much again', async () => {
  await using stage = await scene(() => ({ text: 'ok' }), { budget: { requests: 1, onExhausted: 'ask' } });
  const { orchestrator } = stage;
  await stage.run();
  const second = stage.run();
  await until(() => stage.types().includes('escalation-request'));
  const [question] = await orchestrator.listEscalations();
  expect(question?.error).toMatchObject({ code: 'BUDGET_LIMIT', details: { budget: `agent:${stage.agentId}` } });
  await orchestrator.answerEscalation(question?.id ?? '', { action: 'retry', by: 'ada' });
  await expect(second).resolves.toMatchObject({ text: 'ok' });
  expect(orchestrator.budgets.view(`agent:${stage.agentId}`)).toMatchObject({
    limits: { requests: 2 },
    used: { requests: 2 },
  });
  const third = stage.run();
  third.catch(() => undefined);
  await until(() => stage.types().filter((type) => type === 'escalation-request').length === 2);
  const [again] = await orchestrator.listEscalations();
  await orchestrator.answerEscalation(again?.id ?? '', { action: 'fail', by: 'ada' });
  await expect(third).rejects.toMatchObject({ code: 'BUDGET_LIMIT' });
});

it('ends a run whose agent has used up its running time, in the middle of a call; waiting does not count', async () => {
  const clock = virtualClock();
  const model = scriptedModel(
    [
      { text: 'quick', delayMs: 600 },
      { text: 'never', hang: true },
    ],
    { clock },
  );
  await using orchestrator = await createTestOrchestrator({ models: [model], clock });
  const agentId = await orchestrator.createAgent({ name: 'a', instructions: 'x', budget: { wallMs: 1_000 } });
  const run = async () => orchestrator.executeTask(await orchestrator.createTask({ description: 'x', agentId }));
  const first = run();
  await until(() => model.running === 1);
  await clock.advanceAsync(600);
  await first;
  await clock.advanceAsync(5_000);
  const second = run();
  second.catch(() => undefined);
  await until(() => model.running === 1);
  await clock.advanceAsync(399);
  expect(model.running).toBe(1);
  await clock.advanceAsync(1);
  await expect(second).rejects.toMatchObject({
    code: 'BUDGET_LIMIT',
    details: { budget: 'agent:agent_a', bound: 'wallMs', limit: 1_000 },
  });
  expect(model.running).toBe(0);
});

it('knows what each task of a tree has cost, also where one was cancelled', async () => {
  await using stage = await scene(
    (request) => {
      if (request.instructions === 'Help.') return { text: 'helped', usage: { inputTokens: 7, outputTokens: 3 } };
      if (request.instructions === 'Sleep.') return { text: 'never', hang: true };
      const results = request.items.filter(({ type }) => type === 'tool-result').length;
      if (results === 0)
        return {
          toolCalls: [
            { name: 'delegate_to_helper', arguments: { task: 'a' } },
            { name: 'delegate_to_helper', arguments: { task: 'b' } },
          ],
          usage: { inputTokens: 20, outputTokens: 5 },
        };
      if (results === 2) return call('start_sleeper', { task: 'c' });
      return { text: 'done', usage: { inputTokens: 40, outputTokens: 1 } };
    },
    {},
    { plugins: [PRICES], config: { budgets: { tokens: 1_000_000 } } },
  );
  const { orchestrator } = stage;
  await orchestrator.createAgent({ name: 'helper', instructions: 'Help.' });
  await orchestrator.createAgent({ name: 'sleeper', instructions: 'Sleep.' });
  const lead = await orchestrator.createAgent({
    name: 'lead',
    instructions: 'Lead.',
    delegates: ['helper', 'sleeper'],
    canStartInBackground: true,
    stopWhen: [({ lastToolCalls }) => lastToolCalls.some(({ name }) => name === 'start_sleeper')],
  });
  const taskId = await orchestrator.createTask({ description: 'x', agentId: lead });
  await orchestrator.executeTask(taskId);
  await until(() => stage.events.filter(({ type }) => type === 'task-end').length === 4);
  const tree = await orchestrator.costsOf(taskId);
  expect(tree.children.map(({ agentName, status }) => `${agentName} ${status}`)).toEqual([
    'helper completed',
    'helper completed',
    'sleeper cancelled',
  ]);
  expect(tree.children[0]?.own.usage).toMatchObject({ inputTokens: 7, outputTokens: 3 });
  expectSums(tree);
  const { used } = orchestrator.budgets.view('orchestrator') ?? {};
  expect(tree.total.usage.inputTokens + tree.total.usage.outputTokens).toBe(used?.tokens);
  expect(tree.total.costUsd).toBeCloseTo(used?.costUsd ?? -1, 9);
  expect(orchestrator.budgets.view(`task:${taskId}`)).toBeUndefined();
});

it('puts a node whose bounds were set before its first task where it belongs', async () => {
  await using stage = await scene(() => ({ text: 'ok' }));
  const { budgets } = stage.orchestrator;
  budgets.setLimits('orchestrator', { requests: 1 });
  budgets.setLimits(`agent:${stage.agentId}`, { requests: 10 });
  await stage.run();
  expect(budgets.view(`agent:${stage.agentId}`)).toMatchObject({ parent: 'orchestrator', used: { requests: 1 } });
  await expect(stage.run()).rejects.toMatchObject({ code: 'BUDGET_LIMIT', details: { budget: 'orchestrator' } });
});

function expectSums({ own, total, children }: CostNode): void {
  for (const field of ['inputTokens', 'outputTokens', 'cachedInputTokens', 'reasoningTokens'] as const) {
    const below = children.reduce((sum, child) => sum + child.total.usage[field], 0);
    expect(total.usage[field]).toBe(own.usage[field] + below);
  }
  children.forEach(expectSums);
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}
