import { defineTool, type AnyTool } from '@master-orchestrator/contracts';
import { z } from 'zod';
import type { DataLimits } from './internal/limits.js';
import { writeJson } from './internal/json-writer.js';

/** Makes the tool `json_stringify`. */
export function jsonStringifyTool(limits: DataLimits): AnyTool {
  return defineTool({
    name: 'json_stringify',
    description:
      'Writes a value as JSON text, on one line or indented. Refuses what JSON cannot hold instead of dropping it.',
    category: 'data_processing',
    accessLevel: 'public',
    effect: 'pure',
    inputSchema: z.object({
      value: z.unknown().describe('The value to write: object, array, string, number, boolean or null.'),
      indent: z.int().min(0).max(10).optional().describe('Blanks per level; 0 writes one line. Default 0.'),
      sortKeys: z
        .boolean()
        .optional()
        .describe('Write the members of objects in the order of their names. Default false.'),
      exactNumbers: z
        .array(z.string())
        .max(1_000)
        .optional()
        .describe('JSONPaths of texts to write as bare integers, as json_parse lists them. Default none.'),
    }),
    outputSchema: z.object({
      text: z.string().describe('The JSON text.'),
      bytes: z.int().describe('Size of the text in UTF-8.'),
    }),
    async execute({ value, indent = 0, sortKeys = false, exactNumbers = [] }) {
      return writeJson(value, { ...limits, indent, isSorted: sortKeys, exactNumbers: new Set(exactNumbers) });
    },
  });
}
