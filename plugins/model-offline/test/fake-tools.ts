import { z } from 'zod';
import { fakeTool, type FakeTool } from './helpers.js';

const numbers = z.array(z.number());

function statisticsOf(values: readonly number[]): Record<string, unknown> {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => {
    const position = (sorted.length - 1) * share;
    const low = sorted[Math.floor(position)] ?? 0;
    return low + ((sorted[Math.ceil(position)] ?? low) - low) * (position % 1);
  };
  const sum = values.reduce((a, b) => a + b, 0);
  const mean = sum / values.length;
  const squares = values.reduce((a, b) => a + (b - mean) ** 2, 0);
  return {
    count: values.length,
    sum,
    mean,
    median: at(0.5),
    min: sorted[0],
    max: sorted.at(-1),
    sampleStandardDeviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : null,
    populationStandardDeviation: Math.sqrt(squares / values.length),
    quartiles: { q1: at(0.25), q2: at(0.5), q3: at(0.75) },
  };
}

/** Like the statistics tool of the standard plugins: a list, columns or rows. */
export const calculateMetrics: FakeTool = fakeTool(
  'calculate_metrics',
  'Computes descriptive statistics of numeric data: count, sum, mean, median, standard deviation, quartiles; of several columns also their correlation.',
  z.object({
    data: z
      .union([
        numbers,
        z.record(z.string(), z.array(z.number().nullable())),
        z.array(z.record(z.string(), z.unknown())),
      ])
      .describe('The numbers: a list, an object of lists, or a list of rows.'),
    metrics: z
      .array(z.enum(['mean', 'median', 'histogram']))
      .optional()
      .describe('Only these metrics. Default: all.'),
  }),
  ({ data }) => {
    const columns = Array.isArray(data) ? { values: data as number[] } : (data as Record<string, number[]>);
    const names = Object.keys(columns);
    const results = names.map((name) => ({
      name,
      ...statisticsOf((columns[name] ?? []).filter((value) => value !== null)),
    }));
    return names.length < 2
      ? { columns: results }
      : {
          columns: results,
          correlation: { columns: names, matrix: names.map((_, row) => names.map((__, at) => (row === at ? 1 : 0.5))) },
        };
  },
);

/** Like the report tool of the standard plugins. */
export const generateReport: FakeTool = fakeTool(
  'generate_report',
  'Writes a report in Markdown, HTML (with charts) or JSON from metrics and data.',
  z.strictObject({
    title: z.string().min(1).max(200),
    summary: z.string().optional(),
    sections: z.array(z.strictObject({ heading: z.string(), body: z.string() })).optional(),
    metrics: z.record(z.string(), z.unknown()).optional(),
    data: z.unknown().optional(),
    format: z.enum(['markdown', 'html', 'json']).optional(),
  }),
  ({ title }) => ({
    title,
    summary: `Report "${title}".`,
    files: [
      { path: 'reports/report.md', bytes: 10 },
      { path: 'reports/report.html', bytes: 20 },
    ],
  }),
);

/** A file reader over fixed contents. */
export function readFile(contents: Record<string, string>): FakeTool {
  return fakeTool(
    'read_file',
    'Reads a text file below the granted folder.',
    z.strictObject({ path: z.string().min(1) }),
    ({ path }) => {
      const content = contents[path];
      if (content === undefined) throw new Error(`There is no file "${path}".`);
      return { path, content };
    },
  );
}

export const jsonParse: FakeTool = fakeTool(
  'json_parse',
  'Reads JSON text and returns the value it holds. Strict (RFC 8259).',
  z.strictObject({
    text: z.string().describe('The JSON text to read. No code fences, no comments.'),
    strict: z.boolean().optional(),
  }),
  ({ text }) => ({ value: JSON.parse(text) as unknown, type: 'object' }),
);

export const jsonStringify: FakeTool = fakeTool(
  'json_stringify',
  'Writes a value as JSON text, on one line or indented.',
  z.strictObject({ value: z.unknown().describe('The value to write.'), indent: z.int().min(0).max(10).optional() }),
  ({ value, indent }) => ({ text: JSON.stringify(value, undefined, indent) }),
);

export const csvParse: FakeTool = fakeTool(
  'csv_parse',
  'Reads CSV text into rows.',
  z.strictObject({ text: z.string(), header: z.boolean().optional(), delimiter: z.string().optional() }),
  ({ text }) => {
    const [head = '', ...lines] = text.trim().split('\n');
    const names = head.split(',');
    return {
      columns: names,
      rows: lines.map((line) =>
        Object.fromEntries(
          line
            .split(',')
            .map((cell, at) => [names[at] ?? '', Number.isNaN(Number(cell)) || cell === '' ? cell : Number(cell)]),
        ),
      ),
    };
  },
);

export const standardTools: readonly FakeTool[] = [
  calculateMetrics,
  generateReport,
  jsonParse,
  jsonStringify,
  csvParse,
];
