import { defineTool, type AnyTool, type Tool, type ToolLiteral } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { z, type ZodType } from 'zod';
import type { PreparedCall, ReadyCall, RunOptions, ToolCallResult, ToolRegistry } from '../../src/index.js';

const NO_INPUT = z.object({});

/** A tool that takes nothing and returns "done", unless told otherwise. */
export function simpleTool(name: string, more: Partial<ToolLiteral<typeof NO_INPUT, unknown>> = {}): AnyTool {
  return defineTool({
    name,
    description: `The tool ${name}.`,
    inputSchema: NO_INPUT,
    accessLevel: 'public',
    effect: 'pure',
    execute: async () => 'done',
    ...more,
  });
}

/** A public pure tool with a schema of its own. */
export function schemaTool<Schema extends ZodType>(
  name: string,
  inputSchema: Schema,
  execute: Tool<z.output<Schema>>['execute'] = async (input) => input,
): AnyTool {
  return defineTool({
    name,
    description: `The tool ${name}.`,
    inputSchema,
    accessLevel: 'public',
    effect: 'pure',
    execute,
  });
}

/** Where a call comes from. */
export interface Place {
  readonly agentId?: string;
  readonly runId?: string;
  readonly callId?: string;
  readonly args?: string;
}

/** First half of a call. */
export function prepare(
  registry: ToolRegistry,
  tool: string,
  { agentId = 'a', runId = 'run', callId = 'call', args = '{}' }: Place = {},
): PreparedCall {
  return registry.prepare({ tool, rawArguments: args, agentId, runId, taskId: 'task', callId });
}

/** First half of a call that must be ready. */
export function ready(registry: ToolRegistry, tool: string, place: Place = {}): ReadyCall {
  const prepared = prepare(registry, tool, place);
  if (prepared.kind === 'refused') throw prepared.error;
  return prepared;
}

/** Both halves. */
export function call(
  registry: ToolRegistry,
  tool: string,
  place: Place = {},
  options: Partial<RunOptions> = {},
): Promise<ToolCallResult> {
  return registry.run(ready(registry, tool, place), runOptions(place, options));
}

/** What `run` needs, with something for everything. */
export function runOptions(
  { agentId = 'a', runId = 'run', callId = 'call' }: Place = {},
  options: Partial<RunOptions> = {},
): RunOptions {
  const agent = { id: agentId, name: agentId };
  return {
    signal: new AbortController().signal,
    agent,
    taskId: 'task',
    runId,
    callId,
    idempotencyKey: `task:${callId}`,
    ...options,
  };
}

/** The code of what a promise rejects with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return OrchestratorError.isInstance(error) ? error.code : `no error of ours: ${String(error)}`;
}

/** A promise with its ends. */
export function deferred<T = void>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
} {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((onValue, onReason) => {
    resolve = onValue;
    reject = onReason;
  });
  return { promise, resolve, reject };
}
