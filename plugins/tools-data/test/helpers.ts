import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger, type PluginV1, type ToolContext } from '@master-orchestrator/contracts';

const refuse = (): never => {
  throw new Error('not granted');
};

/** A context in which nothing is granted. */
export function contextOf(overrides: Partial<ToolContext> = {}): ToolContext {
  return {
    signal: new AbortController().signal,
    agent: { id: 'agent-1', name: 'tester' },
    taskId: 'task-1',
    runId: 'run-1',
    callId: 'call-1',
    idempotencyKey: 'task-1:call-1',
    logger: silentLogger,
    fetch: refuse,
    files: { within: refuse },
    env: {},
    userContext: undefined,
    progress: () => {},
    ...overrides,
  };
}

/** Calls a tool as the registry does: arguments and result pass its schemas. */
export async function call<Output = Record<string, unknown>>(
  plugin: PluginV1,
  name: string,
  args: unknown,
  context: ToolContext = contextOf(),
): Promise<Output> {
  const tool = plugin.contributes.tools?.find((candidate) => candidate.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  const result = await tool.execute(tool.inputSchema.parse(args) as never, context);
  return (tool.outputSchema?.parse(result) ?? result) as Output;
}

const root = join(import.meta.dirname, '../../../../shared/test-data');

/** True where the shared test data lies beside the repository. */
export const hasSharedData = existsSync(root);

/** Reads one file of the shared test data. */
export function sharedData(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}
