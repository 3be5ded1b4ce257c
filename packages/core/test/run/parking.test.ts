import { OrchestratorError } from '@master-orchestrator/errors';
import { scriptedModel, virtualClock, type ModelStep } from '@master-orchestrator/testing';
import type { EventOf, OrchestratorEvent } from '@master-orchestrator/contracts';
import { expect, it } from 'vitest';
import { createTestOrchestrator } from '../../src/testing.js';
import { call, lastResults } from './helpers.js';

const failing = (code: string, more: object = {}): ModelStep => ({ error: new OrchestratorError(code, 'x', more) });
const turns = async (count = 50): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
const of = <Type extends OrchestratorEvent['type']>(events: readonly OrchestratorEvent[], type: Type) =>
  events.filter((event) => event.type === type) as unknown as EventOf<Type>[];

it('parks a task whose wait is over a minute until the time told, and gives its slot to another one', async () => {
  const clock = virtualClock();
  const limited = failing('RATE_LIMITED', { isReplaySafe: true, retryAfterMs: 600_000 });
  const slow = scriptedModel([limited, { text: 'at last' }], { name: 'slow' });
  const quick = scriptedModel([{ text: 'at once' }], { name: 'quick' });
  await using orchestrator = await createTestOrchestrator({
    models: [slow, quick],
    clock,
    config: { maxConcurrentAgents: 1, recovery: { parking: true } },
  });
  const events: OrchestratorEvent[] = [];
  orchestrator.listen('test', (event) => events.push(event));
  const [first, second] = await Promise.all(
    ['slow:model', 'quick:model'].map(async (model, index) => {
      const agentId = await orchestrator.createAgent({ name: `worker ${index}`, instructions: 'Work.', model });
      return orchestrator.createTask({ description: 'x', agentId });
    }),
  );
  const waiting = orchestrator.executeTask(first ?? '');
  await turns();
  expect((await orchestrator.getTask(first ?? '')).status).toBe('waiting');
  await expect(orchestrator.executeTask(second ?? '')).resolves.toMatchObject({ text: 'at once' });
  clock.advance(599_999);
  await turns();
  expect(slow.requests).toHaveLength(1);
  clock.advance(60_002);
  await expect(waiting).resolves.toMatchObject({ text: 'at last' });
  const [park] = of(events, 'task-park');
  expect(park?.data).toMatchObject({ reason: 'retry' });
  expect(of(events, 'recovery-decide')[0]?.data).toMatchObject({
    strategy: 'RETRY',
    action: 'retry',
    code: 'RATE_LIMITED',
  });
});

it('goes on with the plan where a long wait cannot be parked', async () => {
  const limited = failing('RATE_LIMITED', { isReplaySafe: true, retryAfterMs: 600_000 });
  const models = [scriptedModel([limited], { name: 'a' }), scriptedModel([{ text: 'from b' }], { name: 'b' })];
  await using orchestrator = await createTestOrchestrator({ models });
  const agentId = await orchestrator.createAgent({ name: 'w', instructions: 'W.', model: ['a:model', 'b:model'] });
  const taskId = await orchestrator.createTask({ description: 'x', agentId });
  await expect(orchestrator.executeTask(taskId)).resolves.toMatchObject({ text: 'from b' });
});

it('keeps a task that waits for a person parked until its deadline, which fails it', async () => {
  const clock = virtualClock();
  const model = scriptedModel([failing('CREDENTIAL_REJECTED')]);
  await using orchestrator = await createTestOrchestrator({ models: [model], clock, canAskPeople: true });
  const agentId = await orchestrator.createAgent({ name: 'worker', instructions: 'Work.' });
  const taskId = await orchestrator.createTask({ description: 'x', agentId, deadlineMs: 3_600_000 });
  const result = orchestrator.executeTask(taskId).catch((error: unknown) => error);
  await turns();
  clock.advance(3_599_000);
  await turns();
  expect((await orchestrator.getTask(taskId)).status).toBe('waiting');
  clock.advance(1_001);
  await expect(result).resolves.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
});

it('escalates to the agent that asked before it asks a person', async () => {
  const parent = scriptedModel([call('delegate_to_helper', { task: 'help' }), { text: 'did it myself' }], {
    name: 'p',
  });
  const child = scriptedModel([failing('ACCESS_DENIED')], { name: 'c' });
  await using orchestrator = await createTestOrchestrator({ models: [parent, child], canAskPeople: true });
  const events: OrchestratorEvent[] = [];
  orchestrator.listen('test', (event) => events.push(event));
  await orchestrator.createAgent({ name: 'helper', instructions: 'Help.', model: 'c:model' });
  const agentId = await orchestrator.createAgent({
    name: 'boss',
    instructions: 'Boss.',
    model: 'p:model',
    delegates: ['helper'],
  });
  const taskId = await orchestrator.createTask({ description: 'x', agentId });
  await expect(orchestrator.executeTask(taskId)).resolves.toMatchObject({ text: 'did it myself' });
  expect(of(events, 'escalation-request').map(({ data }) => data.to)).toEqual(['parent']);
  expect(lastResults(parent)[0]).toContain('PERMISSION_ERROR ACCESS_DENIED');
  expect(await orchestrator.listEscalations('all')).toEqual([]);
});

it('stops in order where the run itself meets a full disk', async () => {
  await using orchestrator = await createTestOrchestrator({ models: [scriptedModel([])] });
  const agentId = await orchestrator.createAgent({
    name: 'worker',
    instructions: 'Work.',
    beforeTurn: () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
    },
  });
  const taskId = await orchestrator.createTask({ description: 'x', agentId });
  await expect(orchestrator.executeTask(taskId)).rejects.toMatchObject({ code: 'DISK_FULL', severity: 'CRITICAL' });
  await expect(orchestrator.fatal).resolves.toMatchObject({ code: 'DISK_FULL' });
  await expect(orchestrator.createTask({ description: 'x', agentId })).rejects.toMatchObject({
    code: 'ORCHESTRATOR_CLOSED',
  });
});

it('tells changes of limits and breakers', async () => {
  const model = scriptedModel(() => failing('PROVIDER_OVERLOADED', { isReplaySafe: true }));
  await using orchestrator = await createTestOrchestrator({
    models: [model],
    config: { recovery: { backoff: { baseMs: 0, longestMs: 0 } } },
  });
  const events: OrchestratorEvent[] = [];
  orchestrator.listen('test', (event) => events.push(event));
  const agentId = await orchestrator.createAgent({ name: 'worker', instructions: 'Work.' });
  const taskId = await orchestrator.createTask({ description: 'x', agentId });
  await expect(orchestrator.executeTask(taskId)).rejects.toMatchObject({ category: 'RESOURCE_ERROR' });
  const key = 'model:scripted:scripted:model';
  expect(of(events, 'limiter-change')[0]?.data).toEqual({ key, from: 10, to: 7, reason: 'overloaded' });
  expect(of(events, 'breaker-change')[0]?.data).toMatchObject({ key, from: 'closed', to: 'open' });
  expect(orchestrator.errors.getErrorStatistics()).toMatchObject({
    byCode: { PROVIDER_OVERLOADED: 5 },
    byAgent: { [agentId]: expect.any(Number) },
    openBreakers: [key],
    recovery: { byStrategy: { RETRY: { attempts: expect.any(Number), successes: 0 } } },
  });
});
