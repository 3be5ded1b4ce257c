import { defineTool } from '@master-orchestrator/contracts';
import { scriptedModel } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { createTestOrchestrator } from '../src/testing.js';

const add = defineTool({
  name: 'add',
  description: 'Adds two numbers.',
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  accessLevel: 'public',
  effect: 'pure',
  execute: async ({ a, b }) => ({ sum: a + b }),
});

it('runs tools the model asks for and gives its final answer', async () => {
  const model = scriptedModel([{ toolCalls: [{ name: 'add', arguments: { a: 2, b: 3 } }] }, { text: 'The sum is 5.' }]);
  await using orchestrator = await createTestOrchestrator({ models: [model], tools: [add] });
  const types: string[] = [];
  orchestrator.listen('test', (event) => types.push(event.type));
  const agent = await orchestrator.createAgent({ name: 'adder', instructions: 'Add.', tools: ['add'] });
  const taskId = await orchestrator.createTask({ description: 'Add 2 and 3', agentId: agent });
  const result = await orchestrator.executeTask(taskId);
  expect(result.text).toBe('The sum is 5.');
  expect(types[0]).toBe("agent-create");
  expect(types.filter((type) => type === "task-end")).toHaveLength(1);
});
