import { OrchestratorError } from '@master-orchestrator/errors';
import * as fc from 'fast-check';
import { testToolContext } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { analysisToolsPlugin } from '../src/index.js';

const RUNS = 1_000;
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSparseArray: true,
});
const number = fc.oneof(fc.integer(), fc.double(), fc.constant(null), fc.constantFrom(1e308, -1e308, 5e-324, -0));
const column = fc.array(number, { maxLength: 20 });
const data = fc.oneof(
  column,
  fc.dictionary(fc.string(), fc.oneof(column, anything)),
  fc.array(fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor'), fc.oneof(number, fc.string()))),
  anything,
);
const piece = fc.constantFrom(
  ...'{}()[]<>"\'`;:,=+-*/\\#@$&|!?.\n\t 0aifdo'.split(''),
  'function',
  'def ',
  'class ',
  '"""',
  'fi',
  '=>',
  '<<EOF\n',
);
const code = fc.oneof(
  fc.array(piece, { maxLength: 60 }).map((parts) => parts.join('')),
  fc.string(),
);
/** YAML is left to its own tests: each call starts a thread. */
const language = fc.constantFrom('javascript', 'typescript', 'tsx', 'python', 'json', 'go', 'rust', 'java', 'bash');

describe.each<[string, Record<string, fc.Arbitrary<unknown>>]>([
  [
    'calculate_metrics',
    {
      data,
      metrics: fc.array(fc.constantFrom('mean', 'histogram', 'mode', 'x')),
      percentiles: column,
      bins: fc.integer({ max: 300 }),
    },
  ],
  ['validate_code', { code, language, filename: fc.string() }],
])('%s', (name, fields) => {
  const tool = analysisToolsPlugin().contributes.tools?.find((candidate) => candidate.name === name);

  it('answers any arguments with a result or a classified error', async () => {
    const shaped = fc.record(fields, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(fc.oneof(anything, shaped, shaped, shaped), async (args) => {
        const checked = tool?.inputSchema.safeParse(args);
        if (tool === undefined || checked?.success !== true) return;
        const outcome = await tool.execute(checked.data as never, testToolContext()).then(
          (result) => tool.outputSchema?.safeParse(result).success === true && JSON.stringify(result).length > 0,
          (error: unknown) => OrchestratorError.isInstance(error),
        );
        expect(outcome).toBe(true);
      }),
      { numRuns: RUNS },
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  }, 60_000);
});
