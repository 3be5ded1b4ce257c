import { defineTool } from '@master-orchestrator/contracts';
import { classifyResponse, type OrchestratorError } from '@master-orchestrator/errors';
import { scriptedModel, seededRandom, virtualClock } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { createTestOrchestrator } from '../src/testing.js';

/** Tool calls a task makes before its answer. */
const CALLS = 3;

const busy = (): OrchestratorError =>
  classifyResponse({ status: 429, headers: { 'retry-after': '1' }, body: '' }, { source: 'model' });
const broken = (): OrchestratorError => classifyResponse({ status: 500, headers: {}, body: '' }, { source: 'model' });

it('completes every task and runs each tool call once where a fifth of the requests is refused', async () => {
  const clock = virtualClock();
  const random = seededRandom(5);
  const executed: number[] = [];
  let asked = 0;
  const model = scriptedModel(
    ({ items }) => {
      if (random() < 0.2) return { error: random() < 0.5 ? busy() : broken() };
      const done = items.filter(({ type }) => type === 'tool-result').length;
      if (done === CALLS) return { text: 'done' };
      asked += 1;
      return { toolCalls: [{ name: 'note', arguments: { n: asked } }] };
    },
    { clock },
  );
  const note = defineTool({
    name: 'note',
    description: 'Notes a number.',
    inputSchema: z.object({ n: z.number() }),
    accessLevel: 'public',
    effect: 'unsafe',
    execute: async ({ n }) => executed.push(n),
  });
  const orchestrator = await createTestOrchestrator({ models: [model], tools: [note], clock, random });
  const agentId = await orchestrator.createAgent({ name: 'a', instructions: 'x', tools: ['note'] });
  const ids = [];
  for (let n = 0; n < 120; n += 1) ids.push(await orchestrator.createTask({ description: 'x', agentId }));
  const ending = orchestrator.executeTasks(ids);
  const isOver = ending.then(() => true);
  while (!(await Promise.race([isOver, clock.advanceAsync(1_000).then(() => false)])));
  const statuses = (await ending).map(({ status }) => status);
  expect(statuses.filter((status) => status === 'completed')).toHaveLength(120);
  expect(executed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 120 * CALLS }, (_, index) => index + 1));
  const closing = orchestrator.shutdown();
  await clock.runAll();
  await closing;
});

it('lets others through while one attempt waits that was refused among answers that passed', async () => {
  const clock = virtualClock();
  const sentAt: number[] = [];
  const model = scriptedModel((_request, index) => {
    sentAt.push(clock.monotonic());
    return index === 1 ? { error: busy() } : { text: 'ok' };
  });
  const orchestrator = await createTestOrchestrator({ models: [model], clock });
  const agentId = await orchestrator.createAgent({ name: 'a', instructions: 'x' });
  const task = () => orchestrator.createTask({ description: 'x', agentId });
  const first = await task();
  const executing = orchestrator.executeTask(first);
  await clock.advanceAsync(10);
  await executing;
  const refused = orchestrator.executeTask(await task());
  while (sentAt.length < 2) await clock.advanceAsync(1);
  const other = orchestrator.executeTask(await task());
  while (sentAt.length < 3) await clock.advanceAsync(1);
  expect(clock.monotonic()).toBeLessThan(900);
  await other;
  await clock.advanceAsync(2_000);
  await expect(refused).resolves.toMatchObject({ text: 'ok' });
  const closing = orchestrator.shutdown();
  await clock.runAll();
  await closing;
});
