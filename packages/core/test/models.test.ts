import type { ModelProvider } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { scriptedModel, virtualClock } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { ModelRegistry } from '../src/index.js';
import { createTestOrchestrator } from '../src/testing.js';

const down = () => ({
  error: new OrchestratorError('GATEWAY_ERROR', 'The gateway answered 502.', { isReplaySafe: true }),
});

describe('names of models', () => {
  const provider = (name: string, models?: readonly string[]): ModelProvider =>
    scriptedModel([], { name, ...(models === undefined ? {} : { models }) });

  it('takes a prefix for a provider only where there is one of that name', () => {
    const registry = new ModelRegistry();
    registry.add(provider('local', ['llama3:8b']));
    expect(registry.target('local:qwen')).toMatchObject({ model: 'qwen', label: 'local:qwen' });
    expect(registry.target('llama3:8b')).toMatchObject({ model: 'llama3:8b', label: 'local:llama3:8b' });
  });

  it('gives an agent without a model the default, else the first model of the first provider', () => {
    const plain = new ModelRegistry();
    plain.add(provider('a', ['one', 'two']));
    expect(plain.targets(undefined)[0]?.label).toBe('a:one');
    const set = new ModelRegistry('a:two');
    set.add(provider('a', ['one', 'two']));
    expect(set.targets(undefined)[0]?.label).toBe('a:two');
  });

  it('says what to do where there is no provider, or where a name could be of several', () => {
    expect(() => new ModelRegistry().targets(undefined)).toThrow(/offlineModelPlugin/);
    const two = new ModelRegistry();
    two.add(provider('a'));
    two.add(provider('b'));
    expect(() => two.target('gpt')).toThrow(/<provider>:gpt/);
    expect(() => two.target('aa:gpt')).toThrow(/Did you mean "a:gpt"/);
  });
});

it('goes to the next model of the list when the first one stays down', async () => {
  const first = scriptedModel(down, { name: 'first' });
  const second = scriptedModel([{ text: 'from the second' }], { name: 'second' });
  await using orchestrator = await createTestOrchestrator({ models: [first, second], random: () => 0 });
  const agentId = await orchestrator.createAgent({
    name: 'a',
    instructions: 'x',
    model: ['first:model', 'second:model'],
  });
  const result = await orchestrator.executeTask(await orchestrator.createTask({ description: 'x', agentId }));
  expect(result.text).toBe('from the second');
  expect(first.requests.length).toBeGreaterThan(1);
});

it('sends traffic to the next model at once while the breaker of the first is open', async () => {
  const first = scriptedModel(down, { name: 'first' });
  const second = scriptedModel(() => ({ text: 'ok' }), { name: 'second' });
  await using orchestrator = await createTestOrchestrator({ models: [first, second], random: () => 0 });
  const changes: string[] = [];
  orchestrator.listen(
    'breakers',
    (event) => event.type === 'breaker-change' && changes.push(`${event.data.key} ${event.data.to}`),
  );
  const agentId = await orchestrator.createAgent({
    name: 'a',
    instructions: 'x',
    model: ['first:model', 'second:model'],
  });
  const run = async () => orchestrator.executeTask(await orchestrator.createTask({ description: 'x', agentId }));
  await run();
  expect(changes).toEqual(['model:scripted:first:model open']);
  const before = first.requests.length;
  for (let n = 0; n < 5; n += 1) await run();
  expect(first.requests).toHaveLength(before);
  expect((await orchestrator.health()).parts.find(({ name }) => name === 'breakers')).toMatchObject({
    status: 'degraded',
  });
});

it('tells every attempt in the error of a task that failed', async () => {
  const model = scriptedModel(down);
  await using orchestrator = await createTestOrchestrator({ models: [model], random: () => 0 });
  const agentId = await orchestrator.createAgent({ name: 'a', instructions: 'x' });
  const failed = orchestrator.executeTask(await orchestrator.createTask({ description: 'x', agentId }));
  await expect(failed).rejects.toMatchObject({
    category: 'NETWORK_ERROR',
    details: { attempts: expect.arrayContaining([expect.objectContaining({ strategy: 'RETRY' })]) },
  });
});

it('sends nothing to a model that told all to wait, until the wait is over', async () => {
  const clock = virtualClock();
  const limited = new OrchestratorError('RATE_LIMITED', '429', { isReplaySafe: true, retryAfterMs: 5_000 });
  const sentAt: number[] = [];
  const model = scriptedModel((_request, index) => {
    sentAt.push(clock.monotonic());
    return index === 0 ? { error: limited } : { text: 'ok' };
  });
  const orchestrator = await createTestOrchestrator({ models: [model], clock });
  const agentId = await orchestrator.createAgent({ name: 'a', instructions: 'x' });
  const task = () => orchestrator.createTask({ description: 'x', agentId });
  const first = orchestrator.executeTask(await task());
  while (sentAt.length === 0) await clock.advanceAsync(0);
  const others = orchestrator.executeTasks([await task(), await task(), await task()]);
  await clock.advanceAsync(4_999);
  expect(sentAt).toEqual([0]);
  await clock.advanceAsync(1_000);
  expect((await others).map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
  await expect(first).resolves.toMatchObject({ text: 'ok' });
  const closing = orchestrator.shutdown();
  await clock.runAll();
  await closing;
});
