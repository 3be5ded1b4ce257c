import { OrchestratorError } from '@master-orchestrator/errors';
import * as fc from 'fast-check';
import { testToolContext } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { dataToolsPlugin } from '../src/index.js';

const RUNS = 1_000;
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSparseArray: true,
});
const jsonish = fc
  .array(fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '1e5', 'null', '\\u', ' ', 'a', '\n', ';'))
  .map((parts) => parts.join(''));
const text = fc.oneof(fc.string(), jsonish, fc.json());
const path = fc
  .array(
    fc.constantFrom('$', '.', '..', '*', '[', ']', '?', '@', 'a', '0', ':', "'b'", '==', '(', ')', 'match', '&&', '!'),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe.each<[string, Record<string, fc.Arbitrary<unknown>>]>([
  ['json_parse', { text, strict: fc.boolean() }],
  [
    'json_stringify',
    { value: anything, indent: fc.integer({ min: 0, max: 10 }), exactNumbers: fc.array(text, { maxLength: 3 }) },
  ],
  [
    'csv_parse',
    { text, delimiter: fc.string({ minLength: 1, maxLength: 1 }), header: fc.boolean(), firstRows: fc.nat(5) },
  ],
  ['json_query', { query: path, data: fc.oneof(fc.jsonValue(), anything), text }],
])('%s', (name, fields) => {
  const tool = dataToolsPlugin({ queryTimeoutMs: 200 }).contributes.tools?.find((candidate) => candidate.name === name);

  it('answers any arguments with a result or a classified error', async () => {
    const shaped = fc.record(fields, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(fc.oneof(anything, shaped, shaped), async (args) => {
        const checked = tool?.inputSchema.safeParse(args);
        if (tool === undefined || checked?.success !== true) return;
        const outcome = await tool.execute(checked.data as never, testToolContext()).then(
          (result) => tool.outputSchema?.safeParse(result).success,
          (error: unknown) => OrchestratorError.isInstance(error),
        );
        expect(outcome).toBe(true);
      }),
      { numRuns: RUNS },
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  }, 60_000);
});
