import { defineTool, type AnyTool, type ToolContext } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { invalid, resultsTooLarge } from './internal/faults.js';
import { readJson } from './internal/json-reader.js';
import { writeJson } from './internal/json-writer.js';
import type { DataLimits } from './internal/limits.js';
import { normalPath } from './internal/normal-path.js';
import type { Matches } from './internal/json-path.js';

const inputSchema = z.object({
  query: z
    .string()
    .min(1)
    .max(2_000)
    .describe('JSONPath of RFC 9535: $.items[0].name, $..price, $.items[?@.price > 10 && @.inStock].name'),
  data: z.unknown().meta({ description: 'The JSON value to search. Give data or text, not both.' }).optional(),
  text: z.string().optional().describe('JSON text to search, in place of data.'),
  maxResults: z.int().min(1).optional().describe('Return at most this many results. Default: the limit of the tool.'),
});

/** Makes the tool `json_query`. */
export function jsonQueryTool(limits: DataLimits): AnyTool {
  return defineTool({
    name: 'json_query',
    description:
      'Finds values in JSON by a JSONPath query (RFC 9535): members, elements, slices, wildcards, descendants, and filters ' +
      'with comparisons and match(). Returns each value with its path.',
    category: 'data_processing',
    accessLevel: 'public',
    effect: 'pure',
    inputSchema,
    outputSchema: z.object({
      results: z.array(z.object({ path: z.string(), value: z.unknown() })).describe('Values found, in document order.'),
      count: z.int().describe('Number of results returned.'),
      isCut: z.boolean().describe('True where there are more results than were returned.'),
    }),
    async execute(input, context) {
      const { matches, isCut } = await search(input, limits, context);
      const results = matches.map(({ location, value }) => ({ path: normalPath(location), value }));
      checkSize(results, limits.maxBytes);
      return { results, count: results.length, isCut };
    },
  });
}

async function search(
  { query, data, text, maxResults }: z.output<typeof inputSchema>,
  limits: DataLimits,
  { signal }: ToolContext,
): Promise<Matches> {
  const { compileQuery, isBounded, runQuery } = await import('./internal/json-path.js');
  const compiled = compileQuery(query, limits.maxDepth);
  const value = text === undefined ? data : readJson(text, { ...limits, isStrict: false }).value;
  if (value === undefined || (text !== undefined && data !== undefined)) {
    throw invalid('Give the JSON to search either as data (a value) or as text, not both and not neither.');
  }
  const json = writeJson(value, { ...limits, indent: 0, isSorted: false, exactNumbers: new Set() }).text;
  const most = Math.min(maxResults ?? limits.maxResults, limits.maxResults);
  if (isBounded(compiled)) return runQuery(compiled, value, most);
  const { runInWorker } = await import('./internal/query-worker.js');
  return runInWorker({ ...limits, query, json, maxResults: most, timeoutMs: limits.queryTimeoutMs, signal });
}

/** Nested results repeat their content, so each is measured. */
function checkSize(results: readonly object[], maxBytes: number): void {
  let bytes = 0;
  for (const result of results) {
    bytes += Buffer.byteLength(JSON.stringify(result));
    if (bytes > maxBytes) throw resultsTooLarge(maxBytes);
  }
}
