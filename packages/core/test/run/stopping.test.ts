import { defineTool } from '@master-orchestrator/contracts';
import { virtualClock } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { call, scene, type Scene } from './helpers.js';

async function started(stage: Scene, type: string): Promise<void> {
  while (!stage.types().includes(type)) await new Promise((resolve) => setImmediate(resolve));
}

it('cancels a model call that is under way and ends the task as cancelled', async () => {
  await using stage = await scene([{ text: 'never', hang: true }]);
  const taskId = await stage.orchestrator.createTask({ description: 'x', agentId: stage.agentId });
  const result = stage.orchestrator.executeTask(taskId);
  result.catch(() => undefined);
  await started(stage, 'model-call-start');
  await expect(stage.orchestrator.cancelTask(taskId, 'changed my mind')).resolves.toBe(true);
  await expect(result).rejects.toMatchObject({ code: 'CANCELLED' });
  const ends = stage.events.filter(({ type }) => type === 'task-end');
  expect(ends).toHaveLength(1);
  expect(ends[0]?.data).toMatchObject({ status: 'cancelled', reason: 'changed my mind' });
  expect(stage.types()).not.toContain('deadletter-write');
  expect(stage.model.running).toBe(0);
});

it('cancels tools that are under way', async () => {
  await using stage = await scene([call('hang')]);
  const taskId = await stage.orchestrator.createTask({ description: 'x', agentId: stage.agentId });
  const result = stage.orchestrator.executeTask(taskId);
  result.catch(() => undefined);
  await started(stage, 'tool-call-start');
  await stage.orchestrator.cancelTask(taskId);
  await expect(result).rejects.toMatchObject({ code: 'CANCELLED' });
  const ends = stage.events.flatMap((event) => (event.type === 'tool-call-end' ? [event.data.outcome] : []));
  expect(ends).toEqual(['cancelled']);
});

it('cancels a task that has not begun, and says so when there is nothing to cancel', async () => {
  await using stage = await scene([{ text: 'ok' }]);
  const taskId = await stage.orchestrator.createTask({ description: 'x', agentId: stage.agentId });
  await expect(stage.orchestrator.cancelTask(taskId)).resolves.toBe(true);
  await expect(stage.orchestrator.cancelTask(taskId)).resolves.toBe(false);
  await expect(stage.orchestrator.executeTask(taskId)).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(stage.model.requests).toHaveLength(0);
});

it('fails a task past its running time with TASK_TIMEOUT, on the injected clock', async () => {
  const clock = virtualClock();
  await using stage = await scene([{ text: 'never', hang: true }], { limits: { taskTimeoutMs: 5_000 } }, { clock });
  const result = stage.run();
  result.catch(() => undefined);
  await started(stage, 'model-call-start');
  await clock.advanceAsync(5_001);
  await expect(result).rejects.toMatchObject({ code: 'TASK_TIMEOUT', category: 'TIMEOUT_ERROR' });
});

it('fails a task past its deadline with DEADLINE_EXCEEDED', async () => {
  const clock = virtualClock();
  await using stage = await scene([{ text: 'never', hang: true }], {}, { clock });
  const taskId = await stage.orchestrator.createTask({ description: 'x', agentId: stage.agentId, deadlineMs: 1_000 });
  const result = stage.orchestrator.executeTask(taskId);
  result.catch(() => undefined);
  await started(stage, 'model-call-start');
  await clock.advanceAsync(1_500);
  await expect(result).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', category: 'TIMEOUT_ERROR' });
});

it('answers a tool past its time limit to the model and goes on', async () => {
  const slow = defineTool({
    name: 'slow',
    description: 'Takes its time.',
    inputSchema: z.object({}),
    accessLevel: 'public',
    effect: 'unsafe',
    limits: { timeoutMs: 20 },
    execute: (_input, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      }),
  });
  await using stage = await scene([call('slow'), { text: 'without it' }], {}, { tools: [slow] });
  await expect(stage.run()).resolves.toMatchObject({ text: 'without it' });
  const item = stage.model.requests.at(-1)?.items.at(-1);
  expect(item).toMatchObject({ type: 'tool-result', isError: true, output: expect.stringContaining('TOOL_TIMEOUT') });
});

it('ends every task when it shuts down: running ones as cancelled, none lost', async () => {
  const stage = await scene(() => ({ text: 'never', hang: true }));
  const ids = await Promise.all(
    [1, 2, 3].map((n) => stage.orchestrator.createTask({ description: `${n}`, agentId: stage.agentId })),
  );
  const settled = stage.orchestrator.executeTasks(ids);
  await started(stage, 'model-call-start');
  await stage.orchestrator.shutdown({ drainMs: 0 });
  expect((await settled).map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled']);
  expect(stage.events.filter(({ type }) => type === 'task-end')).toHaveLength(3);
  await expect(stage.orchestrator.createTask({ description: 'x', agentId: stage.agentId })).rejects.toMatchObject({
    code: 'ORCHESTRATOR_CLOSED',
  });
});

it('lets running tasks end within the drain time', async () => {
  const stage = await scene([{ text: 'just in time', delayMs: 30 }]);
  const result = stage.run();
  await started(stage, 'model-call-start');
  await stage.orchestrator.shutdown({ drainMs: 5_000 });
  await expect(result).resolves.toMatchObject({ text: 'just in time' });
});

it('ends a run whose turn takes longer than its limit with TURN_TIMEOUT', async () => {
  const clock = virtualClock();
  await using stage = await scene([{ text: 'never', hang: true }], { limits: { turnTimeoutMs: 100 } }, { clock });
  const result = stage.run();
  result.catch(() => undefined);
  await started(stage, 'model-call-start');
  await clock.advanceAsync(150);
  await expect(result).rejects.toMatchObject({ code: 'TURN_TIMEOUT', category: 'TIMEOUT_ERROR' });
});
