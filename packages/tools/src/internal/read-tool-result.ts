import { defineTool, type AnyTool } from '@master-orchestrator/contracts';
import { ToolFailedError } from '@master-orchestrator/errors';
import { z } from 'zod';
import type { LargeResults } from './large-results.js';
import { beginning } from './result-text.js';

/** Name of the built-in tool that reads the rest of a large result. */
export const READ_TOOL_RESULT = 'read_tool_result';

/** Makes the built-in tool `read_tool_result`. */
export function readToolResult(results: LargeResults, charactersAtOnce: number): AnyTool {
  const most = Math.max(1, charactersAtOnce - 400);
  return defineTool({
    name: READ_TOOL_RESULT,
    description: 'Reads on in a tool result of which only the beginning was shown.',
    category: 'system',
    accessLevel: 'public',
    effect: 'idempotent',
    inputSchema: z.object({
      handle: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .describe('The handle that stood under the beginning.'),
      offset: z.number().int().min(0).describe('First character to read.'),
    }),
    async execute({ handle, offset }) {
      const text = await results.get(handle);
      if (text === undefined) {
        throw new ToolFailedError(
          READ_TOOL_RESULT,
          'There is no result with this handle any more. Call the tool again.',
        );
      }
      const part = beginning(text.slice(offset), most);
      const end = offset + part.length;
      if (end >= text.length) return part;
      return `${part}\n[Characters ${offset} to ${end} of ${text.length}. Read on with offset ${end}.]`;
    },
  });
}
