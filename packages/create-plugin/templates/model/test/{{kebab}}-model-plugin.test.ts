import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { describeModelPlugin, startOpenAIServer } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { {{camel}}ModelPlugin } from '../src/index.js';

await describeModelPlugin(({ url, apiKey }) => {
  const [provider] = {{camel}}ModelPlugin({ baseUrl: url, apiKey }).contributes.models ?? [];
  if (provider === undefined) throw new Error('The plugin adds no model.');
  return provider;
}, { name: '{{kebab}}' });

it('answers a task over real HTTP, and says what it cost', async () => {
  await using server = await startOpenAIServer({ script: [{ text: 'Hello.', usage: { inputTokens: 1_000_000 } }] });
  const plugins = [{{camel}}ModelPlugin({ apiKey: 'test', baseUrl: server.url })];
  await using orchestrator = await createTestOrchestrator({ models: [], plugins });
  const model = '{{kebab}}:{{kebab}}-large';
  const agentId = await orchestrator.createAgent({ name: 'helper', instructions: 'Greet.', model });
  const taskId = await orchestrator.createTask({ description: 'Hello?', agentId });
  const { text, costUsd } = await orchestrator.executeTask(taskId);
  expect(text).toBe('Hello.');
  expect(costUsd).toBeGreaterThanOrEqual(2);
});
