import { expectTypeOf } from 'vitest';
import { z } from 'zod';
import {
  defineAgent,
  defineTool,
  type AgentDefinition,
  type AgentId,
  type AnyTool,
  type EventOf,
  type OrchestratorEvent,
  type PluginV1,
  type RunState,
  type Tool,
  type ToolContext,
} from '../src/index.js';

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

// A tool says what it needs of the user context, and its function sees just that.
const needs = defineTool({
  name: 'needs',
  description: 'x',
  inputSchema: z.object({}),
  userContextSchema: z.object({ userId: z.string(), locale: z.string().default('en') }),
  execute: async (_input, { userContext }) => {
    expectTypeOf(userContext).toEqualTypeOf<{ userId: string; locale: string }>();
    // @ts-expect-error what the schema does not name is not there
    void userContext.tenant;
    return userContext.userId;
  },
});
expectTypeOf(needs).toEqualTypeOf<Tool<Record<string, never>, string, { userId: string; locale: string }>>();
expectTypeOf(needs).toExtend<AnyTool>();
expectTypeOf<ToolContext['userContext']>().toBeUnknown();
expectTypeOf<RunState['userContext']>().toBeUnknown();
expectTypeOf<AgentId<string, { userId: string }>>().not.toExtend<AgentId<string, { userId: number }>>();
expectTypeOf<AgentId<string, { userId: string }>>().toExtend<AgentId>();
const defined = defineAgent({
  name: 'a',
  instructions: 'x',
  userContextSchema: z.object({ userId: z.string(), locale: z.string().default('en') }),
  stopWhen: [({ userContext }) => userContext.locale === 'de'],
});
expectTypeOf(defined).toEqualTypeOf<
  AgentDefinition<string, { userId: string; locale: string }, { userId: string; locale?: string | undefined }>
>();
expectTypeOf(defined).toExtend<AgentDefinition<unknown>>();
