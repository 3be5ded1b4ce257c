import { OrchestratorError } from '@master-orchestrator/errors';
import * as fc from 'fast-check';
import { testToolContext } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { reportingToolsPlugin } from '../src/index.js';

const RUNS = 300;
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSparseArray: true,
});
const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(1e308, -1e308, 5e-324, -0, null));
const numbers = fc.array(number, { maxLength: 20 });
const markup = fc.constantFrom(
  '<script>',
  '](javascript:',
  '`',
  '```\n',
  '**',
  '|',
  '\n',
  '# ',
  '![',
  '[a]: data:',
  '&',
  '<!--',
  '"',
  '--\n',
  '~',
  '\u0000',
  '\ud800',
);
const text = fc.oneof(
  fc.array(markup, { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string(),
);
const name = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'columns', 'name', 'values'));
const figures = fc.dictionary(name, fc.oneof(number, text, anything));
const metrics = fc.oneof(
  anything,
  figures,
  fc.dictionary(name, figures),
  fc.record({
    columns: fc.array(
      fc.record({
        name,
        mean: number,
        modes: numbers,
        quartiles: figures,
        histogram: anything,
        outliers: anything,
        percentiles: anything,
      }),
    ),
    correlation: fc.oneof(anything, fc.record({ columns: fc.array(name), matrix: fc.array(numbers) })),
    regressions: fc.oneof(
      anything,
      fc.array(fc.record({ x: name, y: name, slope: number, intercept: number, rSquared: number })),
    ),
  }),
);
const data = fc.oneof(
  anything,
  numbers,
  fc.dictionary(name, numbers),
  fc.array(fc.dictionary(name, fc.oneof(number, text))),
);
const section = fc.record(
  {
    heading: text,
    text,
    table: fc.record(
      { caption: text, columns: fc.array(text), rows: fc.array(fc.oneof(numbers, fc.dictionary(name, number))) },
      { requiredKeys: ['rows'] },
    ),
    chart: fc.record(
      {
        type: fc.constantFrom('bar', 'line', 'scatter', 'histogram', 'box'),
        title: text,
        values: numbers,
        labels: fc.array(text),
        series: fc.array(fc.record({ name, values: numbers }), { maxLength: 4 }),
        xLabel: text,
      },
      { requiredKeys: ['type'] },
    ),
    metrics,
  },
  { requiredKeys: ['heading'] },
);
const shaped = fc.record(
  {
    title: text,
    summary: text,
    metrics,
    data,
    sections: fc.array(section, { maxLength: 3 }),
    format: fc.constantFrom('html', ['markdown', 'html', 'json']),
  },
  { requiredKeys: ['title'] },
);

it('answers any arguments with a safe report or a classified error', async () => {
  const [tool] = reportingToolsPlugin().contributes.tools ?? [];
  let reports = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof({ arbitrary: anything, weight: 1 }, { arbitrary: shaped, weight: 4 }), async (args) => {
      const checked = tool?.inputSchema.safeParse(args);
      if (tool === undefined || checked === undefined || !checked.success) return;
      const outcome = await tool.execute(checked.data as never, testToolContext()).then(
        (result) => {
          reports += 1;
          return isSafe((result as { formats: { html?: string } }).formats.html ?? '');
        },
        (error: unknown) => OrchestratorError.isInstance(error),
      );
      expect(outcome).toBe(true);
    }),
    { numRuns: RUNS },
  );
  expect(reports).toBeGreaterThan(RUNS / 10);
  expect(Object.keys(Object.prototype)).toEqual([]);
}, 60_000);

function isSafe(html: string): boolean {
  return !/<(script|img|iframe|object|link)\b|\son\w+=|(href|src)="\s*(javascript|data|vbscript):/i.test(
    textOutside(html),
  );
}

/** Tags only: what stands between them is text already. */
function textOutside(html: string): string {
  return [...html.matchAll(/<[a-z/][^>]*>/gi)].map(([tag]) => tag).join('');
}
