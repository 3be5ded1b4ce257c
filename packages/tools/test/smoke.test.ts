import { defineTool } from '@master-orchestrator/contracts';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ToolRegistry } from '../src/index.js';

it('runs', async () => {
  const registry = new ToolRegistry();
  registry.registerTool(defineTool({ name: 'add', description: 'Adds.', accessLevel: 'public', effect: 'pure', inputSchema: z.object({ a: z.number(), b: z.number() }), execute: async ({ a, b }) => a + b }));
  const call = registry.prepare({ tool: 'add', rawArguments: '{"a":1,"b":2}', agentId: 'x', runId: 'r', taskId: 't', callId: 'c' });
  expect(call.kind).toBe('ready');
  if (call.kind !== 'ready') return;
  const r = await registry.run(call, { signal: new AbortController().signal, agent: { id: 'x', name: 'x' }, taskId: 't', runId: 'r', callId: 'c', idempotencyKey: 'k' });
  expect(r).toMatchObject({ outcome: 'ok', output: 3 });
  console.log(registry.prepare({ tool: 'add', rawArguments: '{"a":1,"b":"x"}', agentId: 'x', runId: 'r', taskId: 't', callId: 'c' }));
  console.log(registry.modelTools('x'), registry.statistics());
});
