import { defineTool, type AnyTool } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { readJson } from './internal/json-reader.js';
import type { DataLimits } from './internal/limits.js';

/** Makes the tool `json_parse`. */
export function jsonParseTool(limits: DataLimits): AnyTool {
  return defineTool({
    name: 'json_parse',
    description:
      'Reads JSON text and returns the value it holds. Strict (RFC 8259): a mistake is reported with line and column. ' +
      'Integers beyond 2^53 come back as text with all their digits, and are listed in exactNumbers.',
    category: 'data_processing',
    accessLevel: 'public',
    effect: 'pure',
    inputSchema: z.object({
      text: z.string().describe('The JSON text to read, such as {"a": [1, 2]}. No code fences, no comments.'),
      strict: z
        .boolean()
        .optional()
        .describe('Also refuse repeated keys (otherwise the last one wins) and integers beyond 2^53. Default false.'),
    }),
    outputSchema: z.object({
      value: z.unknown().describe('The value that the text holds.'),
      type: z.enum(['object', 'array', 'string', 'number', 'boolean', 'null']).describe('Kind of the value.'),
      exactNumbers: z
        .array(z.object({ path: z.string(), text: z.string() }))
        .describe('Integers too large for a number: where they stand (JSONPath) and their digits.'),
      repeatedKeys: z.array(z.string()).describe('JSONPaths of keys that stood there more than once.'),
    }),
    async execute({ text, strict = false }) {
      const { value, exactNumbers, repeatedKeys } = readJson(text, { ...limits, isStrict: strict });
      return { value, type: typeOf(value), exactNumbers: [...exactNumbers], repeatedKeys: [...repeatedKeys] };
    },
  });
}

type JsonType = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

function typeOf(value: unknown): JsonType {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : (typeof value as JsonType);
}
