import type {
  AgentId,
  ModelItem,
  OrchestratorEvent,
  RunState,
  TaskId,
  TaskResult,
} from '@master-orchestrator/contracts';
import type { Observable } from 'rxjs';
import { expectTypeOf } from 'vitest';
import { z } from 'zod';
import type { CostNode, MasterOrchestrator, RunHandle } from '../src/index.js';

declare const orchestrator: MasterOrchestrator;
const outputSchema = z.object({ total: z.number() });

const agent = await orchestrator.createAgent({ name: 'a', instructions: 'x', outputSchema });
expectTypeOf(agent).toEqualTypeOf<AgentId<{ total: number }>>();
const task = await orchestrator.createTask({ description: 'x', agentId: agent });
expectTypeOf(task).toEqualTypeOf<TaskId<{ total: number }>>();
expectTypeOf(await orchestrator.executeTask(task)).toEqualTypeOf<TaskResult<{ total: number }>>();
expectTypeOf(orchestrator.run('x', { agentId: agent })).toEqualTypeOf<RunHandle<{ total: number }>>();
const shaped = await orchestrator.createTask({
  description: 'x',
  agentId: 'agent_a',
  outputSchema: z.array(z.string()),
});
expectTypeOf((await orchestrator.executeTask(shaped)).output).toEqualTypeOf<string[]>();
const plain = await orchestrator.createAgent({ name: 'a', instructions: 'x' });
expectTypeOf((await orchestrator.run('x', { agentId: plain }).result).output).toEqualTypeOf<string>();

// An agent's output type is that of its schema, whatever the schema makes of what the model wrote.
const dated = await orchestrator.createAgent({
  name: 'a',
  instructions: 'x',
  outputSchema: z.object({ at: z.string().transform((text) => new Date(text)), n: z.number().default(1) }),
  outputFallback: { at: new Date(0), n: 0 },
});
expectTypeOf((await orchestrator.run('x', { agentId: dated }).result).output).toEqualTypeOf<{ at: Date; n: number }>();
// @ts-expect-error a fallback must have the shape of the output
void orchestrator.createAgent({ name: 'a', instructions: 'x', outputSchema, outputFallback: { total: 'three' } });
// @ts-expect-error a task of a typed agent does not give another type
const mistaken: TaskId<{ total: string }> = await orchestrator.createTask({ description: 'x', agentId: agent });
void mistaken;

// What hooks, guardrails and stop conditions see.
await orchestrator.createAgent({
  name: 'a',
  instructions: 'x',
  stopWhen: [
    (state) => {
      expectTypeOf(state).toEqualTypeOf<RunState>();
      return state.turn > 3;
    },
  ],
  beforeTurn: (state) => {
    expectTypeOf(state.items).toEqualTypeOf<readonly ModelItem[]>();
    return { tools: ['add'] };
  },
  outputGuardrails: [
    {
      name: 'short',
      check: (text, state, signal) => {
        expectTypeOf(text).toEqualTypeOf<string>();
        expectTypeOf(state).toEqualTypeOf<RunState>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        return text.length < 100 ? { ok: true } : { ok: false, reason: 'too long' };
      },
    },
  ],
});

const handle = orchestrator.run('x', { agentId: agent });
expectTypeOf(handle.events$).toEqualTypeOf<Observable<OrchestratorEvent>>();
expectTypeOf(handle.text$).toEqualTypeOf<Observable<string>>();
for await (const event of handle) expectTypeOf(event).toEqualTypeOf<OrchestratorEvent>();
const tree = await orchestrator.costsOf(task);
expectTypeOf(tree.children).toEqualTypeOf<readonly CostNode[]>();

// The user context: required where the agent declares one, refused where it is wrong, typed in hooks.
const userContextSchema = z.object({ userId: z.string(), locale: z.string().default('en') });
const personal = await orchestrator.createAgent({
  name: 'a',
  instructions: 'x',
  outputSchema,
  userContextSchema,
  beforeTurn: ({ userContext }) => {
    expectTypeOf(userContext).toEqualTypeOf<{ userId: string; locale: string }>();
    return { instructions: `Answer in ${userContext.locale}.` };
  },
  stopWhen: [({ userContext }) => userContext.userId === ''],
  inputGuardrails: [
    { name: 'known', check: (_text, { userContext }) => ({ ok: userContext.userId !== '', reason: 'unknown' }) },
  ],
});
expectTypeOf(personal).toEqualTypeOf<AgentId<{ total: number }, { userId: string; locale?: string | undefined }>>();
const userContext = { userId: 'u1' };
const forUser = await orchestrator.createTask({ description: 'x', agentId: personal, userContext });
expectTypeOf(forUser).toEqualTypeOf<TaskId<{ total: number }>>();
expectTypeOf(orchestrator.run('x', { agentId: personal, userContext })).toEqualTypeOf<RunHandle<{ total: number }>>();
// @ts-expect-error this agent needs a user context
void orchestrator.createTask({ description: 'x', agentId: personal });
// @ts-expect-error this agent needs a user context
void orchestrator.run('x', { agentId: personal });
// @ts-expect-error the user context has another shape
void orchestrator.createTask({ description: 'x', agentId: personal, userContext: { userId: 1 } });
// @ts-expect-error the user context has another shape
void orchestrator.run('x', { agentId: personal, userContext: { user: 'u1' } });
// Without a declaration it may be anything, or nothing; so it is where an id is but a text.
void orchestrator.createTask({ description: 'x', agentId: plain, userContext: { tenant: 't' } });
declare const unknownContext: string | { userId: number } | undefined;
void orchestrator.createTask({ description: 'x', agentId: 'agent_a', userContext: unknownContext });
void orchestrator.run('x', { agentId: plain });
// Where the schema takes nothing too, it may be left out.
const easy = await orchestrator.createAgent({
  name: 'a',
  instructions: 'x',
  userContextSchema: userContextSchema.optional(),
  beforeTurn: ({ userContext: seen }) => {
    expectTypeOf(seen).toEqualTypeOf<{ userId: string; locale: string } | undefined>();
    return undefined;
  },
});
void orchestrator.createTask({ description: 'x', agentId: easy });
// @ts-expect-error the user context has another shape
void orchestrator.createTask({ description: 'x', agentId: easy, userContext: { userId: 1 } });
