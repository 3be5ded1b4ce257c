import {
  defineTool,
  type AgentDefinition,
  type AnyTool,
  type OrchestratorEvent,
  type TaskResult,
} from '@master-orchestrator/contracts';
import type { ModelStep, ModelStepFunction, ScriptedModel } from '@master-orchestrator/testing';
import { scriptedModel } from '@master-orchestrator/testing';
import { z } from 'zod';
import type { MasterOrchestrator } from '../../src/index.js';
import { createTestOrchestrator, type TestOrchestratorOptions } from '../../src/testing.js';

/** Adds two numbers. */
export const addTool = defineTool({
  name: 'add',
  description: 'Adds two numbers.',
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  accessLevel: 'public',
  effect: 'pure',
  execute: async ({ a, b }) => ({ sum: a + b }),
});

/** Always fails. */
export const brokenTool = defineTool({
  name: 'broken',
  description: 'Fails.',
  inputSchema: z.object({}),
  accessLevel: 'public',
  effect: 'unsafe',
  execute: async () => {
    throw new Error('the disk of the printer is on fire');
  },
});

/** Never ends before its signal fires. */
export const hangingTool = defineTool({
  name: 'hang',
  description: 'Waits for its end.',
  inputSchema: z.object({}),
  accessLevel: 'public',
  effect: 'idempotent',
  execute: (_input, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    }),
});

/** An orchestrator with a scripted model, its events and one agent. */
export interface Scene extends AsyncDisposable {
  readonly orchestrator: MasterOrchestrator;
  readonly model: ScriptedModel;
  readonly events: OrchestratorEvent[];
  readonly agentId: string;
  /** Runs a task of the agent. */ run(description?: string): Promise<TaskResult>;
  /** Types of the events so far. */ types(): string[];
}

/** Sets a scene. */
export async function scene(
  steps: readonly (ModelStep | ModelStepFunction)[] | ModelStepFunction,
  agent: Partial<AgentDefinition<unknown>> = {},
  options: TestOrchestratorOptions = {},
): Promise<Scene> {
  const model = scriptedModel(steps);
  const tools: readonly AnyTool[] = options.tools ?? [addTool, brokenTool, hangingTool];
  const orchestrator = await createTestOrchestrator({ models: [model], ...options, tools });
  const events: OrchestratorEvent[] = [];
  orchestrator.listen('scene', (event) => events.push(event));
  const agentId = await orchestrator.createAgent({
    name: 'worker',
    instructions: 'Work.',
    tools: tools.map(({ name }) => name),
    ...agent,
  });
  return {
    orchestrator,
    model,
    events,
    agentId,
    types: () => events.map(({ type }) => type),
    run: async (description = 'Do it') =>
      orchestrator.executeTask(await orchestrator.createTask({ description, agentId })),
    [Symbol.asyncDispose]: () => orchestrator.shutdown({ drainMs: 0 }),
  };
}

/** A call of a tool, as a model makes it. */
export function call(name: string, args: object | string = {}, callId?: string): ModelStep {
  return { toolCalls: [{ name, arguments: args, ...(callId === undefined ? {} : { callId }) }] };
}

/** Outputs of the tool results in the last request of a model. */
export function lastResults(model: ScriptedModel): string[] {
  return (model.requests.at(-1)?.items ?? []).flatMap((item) => (item.type === 'tool-result' ? [item.output] : []));
}
