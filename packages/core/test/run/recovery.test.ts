import {
  defineTool,
  type PluginV1,
  type RecoveryOverrides,
  type RecoveryStrategy,
} from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { scriptedModel } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestOrchestrator } from '../../src/testing.js';
import { call, lastResults, scene } from './helpers.js';

const down = new OrchestratorError('PROVIDER_ERROR', 'The provider answered 500.', { isReplaySafe: true });
const limited = new OrchestratorError('RATE_LIMITED', 'The provider answered 429.', { isReplaySafe: true });
const soon = { backoff: { baseMs: 0, rateLimitBaseMs: 0, longestMs: 0 } };
const retry = (attempts: number): RecoveryOverrides[string] => [{ strategy: 'RETRY', options: { attempts } }];

function pluginWith(...recoveryStrategies: RecoveryStrategy[]): PluginV1 {
  return {
    specificationVersion: 'v1',
    name: 'recovery-of-ours',
    version: '1.0.0',
    contributes: { recoveryStrategies },
  };
}

/** Calls that a model got before its task failed. */
async function callsUntilFailure(
  error: OrchestratorError,
  ...[agent, options]: [Parameters<typeof scene>[1]?, Parameters<typeof scene>[2]?]
): Promise<number> {
  const { config, ...rest } = options ?? {};
  const settings = { ...config, breakers: { enabled: false } };
  await using stage = await scene(() => ({ error }), agent ?? {}, { config: settings as never, ...rest });
  await expect(stage.run()).rejects.toMatchObject({ code: error.code });
  return stage.model.requests.length;
}

describe('the attempts of RETRY', () => {
  it('are those of the plan', async () => {
    expect(await callsUntilFailure(down, {}, { config: { recovery: soon } })).toBe(6);
  });

  it.each([
    ['a category', down],
    ['a code with a plan of its own', limited],
  ])('are replaced by recovery.retryMaxAttempts in the plan of %s', async (_name, error) => {
    const recovery = { ...soon, retryMaxAttempts: 2 };
    expect(await callsUntilFailure(error, {}, { config: { recovery } })).toBe(2);
    expect(await callsUntilFailure(error, {}, { config: { recovery: { ...recovery, retryMaxAttempts: 8 } } })).toBe(8);
  });

  it('are replaced in plans of agents too, and where a plugin brings its own RETRY', async () => {
    const recovery = { ...soon, retryMaxAttempts: 2 };
    const ours: RecoveryStrategy = {
      name: 'RETRY',
      decide: ({ attempt }, { attempts }) => (attempt < Number(attempts) ? { action: 'retry', delayMs: 0 } : undefined),
    };
    const options = { config: { recovery }, plugins: [pluginWith(ours)] };
    expect(await callsUntilFailure(down, { recovery: { NETWORK_ERROR: retry(5) } }, options)).toBe(2);
  });

  it('never exceed recovery.attemptsInPlace over all targets', async () => {
    const recovery = { ...soon, attemptsInPlace: 3 };
    expect(await callsUntilFailure(down, {}, { config: { recovery } })).toBe(3);
  });
});

describe('the event of a retry', () => {
  it('tells which attempt failed and how many there will be, counted over all targets', async () => {
    const models = ['a', 'b'].map((name) => scriptedModel(() => ({ error: down }), { name }));
    await using orchestrator = await createTestOrchestrator({
      models,
      config: {
        breakers: { enabled: false },
        recovery: { ...soon, plans: { NETWORK_ERROR: [...(retry(3) ?? []), { strategy: 'FALLBACK' }] } },
      },
    });
    const told: unknown[] = [];
    orchestrator.listen('test', ({ type, data }) => {
      if (type === 'recovery-decide') told.push([data.action, data.attempt, data.maxAttempts]);
    });
    const agentId = await orchestrator.createAgent({ name: 'w', instructions: 'W.', model: ['a:model', 'b:model'] });
    const id = await orchestrator.createTask({ description: 'x', agentId });
    await expect(orchestrator.executeTask(id)).rejects.toMatchObject({
      details: { attempts: [{}, {}, { strategy: 'FALLBACK' }, { target: 'b:model' }] },
    });
    expect(told).toEqual([
      ['retry', 1, 3],
      ['retry', 2, 3],
      ['fallback', 3, undefined],
      ['terminate', 4, undefined],
    ]);
  });
});

describe('plans', () => {
  const config = { recovery: { ...soon, plans: { NETWORK_ERROR: [...retry(2)] } } };

  it('of the configuration replace the standard ones, those of an agent replace them, and a task goes before both', async () => {
    expect(await callsUntilFailure(down, {}, { config })).toBe(2);
    const agent = { recovery: { NETWORK_ERROR: retry(3) } };
    expect(await callsUntilFailure(down, agent, { config })).toBe(3);
    await using stage = await scene(() => ({ error: down }), agent, { config });
    const taskId = await stage.orchestrator.createTask({
      description: 'x',
      agentId: stage.agentId,
      recovery: { NETWORK_ERROR: retry(4) },
    });
    await expect(stage.orchestrator.executeTask(taskId)).rejects.toMatchObject({ code: 'PROVIDER_ERROR' });
    expect(stage.model.requests).toHaveLength(4);
  });

  it('that the configuration gives an agent by its name go before those of the agent', async () => {
    const recovery = { ...soon, agents: { worker: { NETWORK_ERROR: [...retry(1)] } } };
    const agent = { recovery: { NETWORK_ERROR: retry(3) } };
    expect(await callsUntilFailure(down, agent, { config: { recovery } })).toBe(1);
  });

  it('of a tool hold for its calls', async () => {
    let calls = 0;
    const flaky = (recovery?: RecoveryOverrides) =>
      defineTool({
        name: 'flaky',
        description: 'Fails.',
        inputSchema: z.object({}),
        accessLevel: 'public',
        effect: 'pure',
        ...(recovery === undefined ? {} : { recovery }),
        execute: async () => {
          calls += 1;
          throw new OrchestratorError('TOOL_FAILED', 'no luck', { isRetryable: true, isReplaySafe: true });
        },
      });
    const steps = [call('flaky'), { text: 'told' }];
    const recovery: RecoveryOverrides = { TOOL_FAILED: retry(5) };
    const settings = { ...soon, tools: { flaky: { TOOL_FAILED: [...retry(2)] } } };
    const counts: number[] = [];
    for (const [tool, given] of [
      [flaky(), { recovery: soon }],
      [flaky(recovery), { recovery: soon }],
      [flaky(recovery), { recovery: settings }],
    ] as const) {
      calls = 0;
      await using stage = await scene(steps, {}, { tools: [tool], config: given });
      await stage.run();
      expect(lastResults(stage.model)[0]).toContain('TOOL_FAILED');
      counts.push(calls);
    }
    expect(counts).toEqual([3, 5, 2]);
  });

  it('may name a strategy that a plugin brings', async () => {
    const patience: RecoveryStrategy = {
      name: 'patience',
      decide: ({ attempt }, { most }) => (attempt < Number(most) ? { action: 'retry', delayMs: 0 } : undefined),
    };
    const agent = { recovery: { PROVIDER_ERROR: [{ strategy: 'patience', options: { most: 7 } }] } };
    expect(await callsUntilFailure(down, agent, { plugins: [pluginWith(patience)] })).toBe(7);
  });

  it('that name a strategy nobody has are refused, with the one that was meant', async () => {
    const plans = { NETWORK_ERROR: [{ strategy: 'RETYR' }] };
    await expect(createTestOrchestrator({ config: { recovery: { plans } } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('Did you mean "RETRY"?'),
    });
    await using stage = await scene([]);
    const { orchestrator, agentId } = stage;
    await expect(orchestrator.createAgent({ name: 'x', instructions: 'X.', recovery: plans })).rejects.toMatchObject({
      code: 'AGENT_INVALID',
    });
    await expect(orchestrator.createTask({ description: 'x', agentId, recovery: plans })).rejects.toMatchObject({
      code: 'TASK_INVALID',
    });
  });
});

it('tries each model of an agent once where none of them can help', async () => {
  const error = new OrchestratorError('MODEL_NOT_FOUND', 'The provider answered 404.');
  const models = ['a', 'b', 'c'].map((name) => scriptedModel(() => ({ error }), { name }));
  await using orchestrator = await createTestOrchestrator({ models });
  const agentId = await orchestrator.createAgent({
    name: 'worker',
    instructions: 'Work.',
    model: ['a:model', 'b:model', 'c:model'],
  });
  const taskId = await orchestrator.createTask({ description: 'x', agentId });
  await expect(orchestrator.executeTask(taskId)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  expect(models.map(({ requests }) => requests.length)).toEqual([1, 1, 1]);
});

it('counts every failure once: refused tool calls, failed ones, and model calls', async () => {
  await using stage = await scene(
    [{ error: limited }, call('add', '{"a": 1'), call('broken'), { text: 'enough' }],
    {},
    { config: { recovery: soon } },
  );
  await stage.run();
  const { byCode, total } = stage.orchestrator.errors.getErrorStatistics();
  expect(byCode).toEqual({ RATE_LIMITED: 1, TOOL_ARGUMENTS_INVALID: 1, TOOL_FAILED: 1 });
  expect(total).toBe(3);
});
