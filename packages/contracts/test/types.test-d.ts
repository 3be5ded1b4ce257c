import { expectTypeOf } from 'vitest';
import { z } from 'zod';
import { defineTool, type EventOf, type OrchestratorEvent, type PluginV1, type Tool } from '../src/index.js';

const tool = defineTool({
  name: 'typed',
  description: 'x',
  inputSchema: z.object({ n: z.number().default(1) }),
  execute: async ({ n }, { signal }) => {
    expectTypeOf(n).toEqualTypeOf<number>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    return { doubled: 2 * n };
  },
});
expectTypeOf(tool).toEqualTypeOf<Tool<{ n: number }, { doubled: number }>>();
expectTypeOf<PluginV1['contributes']['tools']>().not.toBeAny();
expectTypeOf<EventOf<'task-end'>['data']['status']>().toEqualTypeOf<'completed' | 'failed' | 'cancelled' | 'skipped'>();
expectTypeOf<Extract<OrchestratorEvent, { type: 'turn-start' }>['data']>().toEqualTypeOf<{ readonly turn: number }>();
