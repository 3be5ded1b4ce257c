import { defineTool, type Tool, type ToolContext, type ToolLiteral } from '@master-orchestrator/contracts';
import type { output, ZodType } from 'zod';

/** What {@link toolFromFunction} takes besides the function. */
export type FunctionToolOptions<Schema extends ZodType, Output> = Omit<
  ToolLiteral<Schema, Output>,
  'execute' | 'name'
> & {
  /** @default the function's own name */ readonly name?: string;
};

/**
 * Makes a tool of a function, async or not.
 *
 * @throws OrchestratorError TOOL_INVALID where a field does not fit, or a function without a name gets none.
 */
export function toolFromFunction<Schema extends ZodType, Output>(
  work: (input: output<Schema>, context: ToolContext) => Output | Promise<Output>,
  options: FunctionToolOptions<Schema, Output>,
): Tool<output<Schema>, Output> {
  return defineTool<Schema, Output>({
    ...options,
    name: options.name ?? work.name,
    execute: async (input: output<Schema>, context: ToolContext) => work(input, context),
  });
}
