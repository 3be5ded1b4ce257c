import { defineTool, type AnyTool, type PluginV1 } from '@master-orchestrator/contracts';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { callTool, testToolContext } from '../src/index.js';

const half = defineTool({
  name: 'half',
  description: 'Halves an even number.',
  inputSchema: z.object({ of: z.coerce.number() }),
  outputSchema: z.object({ half: z.int() }),
  execute: async ({ of }, { agent }) => ({ half: of / 2, by: agent.name }),
}) as AnyTool;
const plugin: PluginV1 = {
  specificationVersion: 'v1',
  name: 'halves',
  version: '1.0.0',
  contributes: { tools: [half] },
};

it('passes arguments and result through the schemas of the tool', async () => {
  expect(await callTool(plugin, 'half', { of: '4' })).toEqual({ half: 2 });
  await expect(callTool(plugin, 'half', { of: 'four' })).rejects.toThrow('expected number');
  await expect(callTool(plugin, 'half', { of: 3 })).rejects.toThrow('expected int');
});

it('hands the context on that it is given', async () => {
  const watching = { ...half, outputSchema: undefined } as unknown as AnyTool;
  const open = { ...plugin, contributes: { tools: [watching] } };
  const { by } = await callTool<{ by: string }>(
    open,
    'half',
    { of: 2 },
    testToolContext({ agent: { id: 'a', name: 'Ada' } }),
  );
  expect(by).toBe('Ada');
});

it('names the tools there are where there is none of that name', async () => {
  await expect(callTool(plugin, 'third', {})).rejects.toThrow(
    'The plugin "halves" has no tool "third". It has "half".',
  );
});
