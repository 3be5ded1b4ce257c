import { defineTool, type Tool, type ToolContext, type ToolLiteral } from '@master-orchestrator/contracts';
import type { output, ZodType } from 'zod';

/** What {@link toolFromFunction} takes besides the function. */
export type FunctionToolOptions<Schema extends ZodType, Output, UserContext = unknown> = Omit<
  ToolLiteral<Schema, Output, UserContext>,
  'execute' | 'name'
> & {
  /** @default the function's own name */ readonly name?: string;
};

/**
 * Makes a tool of a function, async or not.
 *
 * @throws OrchestratorError TOOL_INVALID where a field does not fit, or a function without a name gets none.
 */
export function toolFromFunction<Schema extends ZodType, Output, UserContext = unknown>(
  work: (input: output<Schema>, context: ToolContext<UserContext>) => Output | Promise<Output>,
  options: FunctionToolOptions<Schema, Output, UserContext>,
): Tool<output<Schema>, Output, UserContext> {
  return defineTool<Schema, Output, UserContext>({
    ...options,
    name: options.name ?? work.name,
    execute: async (input: output<Schema>, context: ToolContext<UserContext>) => work(input, context),
  });
}
