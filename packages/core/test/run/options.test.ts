import { defineTool } from '@master-orchestrator/contracts';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { call, hangingTool, lastResults, scene } from './helpers.js';

it('goes on from a stored answer of the provider, in every turn, and says which answer was its last', async () => {
  await using stage = await scene([
    { text: 'first', responseId: 'resp_1' },
    { ...call('add', { a: 1, b: 2 }), responseId: 'resp_2' },
    { text: '3', responseId: 'resp_3' },
  ]);
  const { responseId } = await stage.run();
  expect(responseId).toBe('resp_1');
  const taskId = await stage.orchestrator.createTask({
    description: 'and now?',
    agentId: stage.agentId,
    previousResponseId: responseId ?? '',
  });
  expect(await stage.orchestrator.executeTask(taskId)).toMatchObject({ text: '3', responseId: 'resp_3' });
  const ids = stage.model.requests.map(({ previousResponseId }) => previousResponseId);
  expect(ids).toEqual([undefined, 'resp_1', 'resp_1']);
  expect(stage.model.requests[2]?.items).toHaveLength(3);
});

it('holds every tool of an agent to the time limit of the agent', async () => {
  await using stage = await scene([call('hang'), { text: 'without it' }], {
    tools: ['hang'],
    limits: { toolTimeoutMs: 20, parallelToolCalls: 1 },
  });
  await expect(stage.run()).resolves.toMatchObject({ text: 'without it' });
  expect(lastResults(stage.model)[0]).toContain('20 ms');
  expect(hangingTool.limits).toBeUndefined();
});

it('lets a shorter limit of a tool go before that of the agent', async () => {
  const brief = defineTool({ ...hangingTool, name: 'brief', inputSchema: z.object({}), limits: { timeoutMs: 10 } });
  await using stage = await scene(
    [call('brief'), { text: 'ok' }],
    { limits: { toolTimeoutMs: 60_000 } },
    { tools: [brief] },
  );
  await stage.run();
  expect(lastResults(stage.model)[0]).toContain('10 ms');
});

it('judges an answer by blocking guardrails in order and then by parallel ones at once', async () => {
  const log: string[] = [];
  const judge = (name: string, mode: 'blocking' | 'parallel', ok: boolean) => ({
    name,
    mode,
    check: async () => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 2));
      log.push(`${name} ends`);
      return ok ? ({ ok } as const) : ({ ok, reason: 'it is too loud' } as const);
    },
  });
  await using stage = await scene([{ text: 'HELLO' }], {
    outputGuardrails: [judge('p1', 'parallel', true), judge('b1', 'blocking', true), judge('p2', 'parallel', false)],
  });
  await expect(stage.run()).rejects.toMatchObject({
    code: 'GUARDRAIL_TRIPPED',
    message: expect.stringContaining('"p2" stopped the output'),
  });
  expect(log.slice(0, 4)).toEqual(['b1 begins', 'b1 ends', 'p1 begins', 'p2 begins']);
});

it('stops guardrails beside the model where the run ends without them', async () => {
  let reason: unknown;
  await using stage = await scene([{ error: new Error('the model is broken') }], {
    recovery: { SYSTEM_ERROR: [{ strategy: 'TERMINATE' }] },
    inputGuardrails: [
      {
        name: 'slow',
        mode: 'parallel',
        check: (_text, _state, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reason = signal.reason;
              reject(signal.reason as Error);
            });
          }),
      },
    ],
  });
  await expect(stage.run()).rejects.toMatchObject({ category: 'SYSTEM_ERROR' });
  expect(reason).toMatchObject({ code: 'CANCELLED' });
});
