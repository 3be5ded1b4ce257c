import type { PluginV1, ToolContext } from '@master-orchestrator/contracts';
import { testToolContext } from './test-tool-context.js';

/**
 * Calls a tool of a plugin as the registry does: arguments and result pass its schemas.
 *
 * @param context - What the tool is given. @default a `testToolContext()`, removed after the call
 * @throws Error where the plugin has no such tool; what the schemas and the tool throw comes through.
 */
export async function callTool<Output = Record<string, unknown>>(
  plugin: PluginV1,
  name: string,
  args: unknown,
  context?: ToolContext,
): Promise<Output> {
  const tools = plugin.contributes.tools ?? [];
  const tool = tools.find((candidate) => candidate.name === name);
  if (tool === undefined) {
    const names = tools.map((each) => `"${each.name}"`).join(', ');
    throw new Error(`The plugin "${plugin.name}" has no tool "${name}". It has ${names === '' ? 'none' : names}.`);
  }
  using own = testToolContext();
  const result = await tool.execute(tool.inputSchema.parse(args) as never, context ?? own);
  return (tool.outputSchema?.parse(result) ?? result) as Output;
}
