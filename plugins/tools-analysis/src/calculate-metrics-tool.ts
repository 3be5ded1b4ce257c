import { setImmediate } from 'node:timers/promises';
import { defineTool, type AnyTool } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { columnMetrics } from './internal/metrics/column-metrics.js';
import { readColumns, type Column, type ColumnLimits } from './internal/metrics/column-reader.js';
import { METRIC_NAMES, type MetricName } from './internal/metrics/metric-names.js';
import { metricsResultSchema, type MetricsResult, type Regression } from './internal/metrics/metric-schemas.js';
import { pairOf, prepare } from './internal/metrics/pairs.js';

const DEFAULT_PERCENTILES = [5, 10, 90, 95];
/** Lines beyond this many are listed for the strongest correlations only. */
const MOST_REGRESSIONS = 45;
/** Values compared before other work may run. */
const WORK_BETWEEN = 1_000_000;

/** A JSON Schema says what fits; what does not fit gets a better message from the tool than from a union. */
const dataSchema = z.unknown().meta({
  description:
    'The numbers: a list [1, 2, 3], an object of lists {"height": [1, 2], "weight": [3, 4]}, ' +
    'or a list of rows [{"height": 1, "weight": 3}]. null marks a missing entry.',
  anyOf: [
    { type: 'array', items: { type: ['number', 'null'] } },
    { type: 'object', additionalProperties: { type: 'array', items: { type: ['number', 'null'] } } },
    { type: 'array', items: { type: 'object' } },
  ],
});

const inputSchema = z.object({
  data: dataSchema,
  metrics: z.array(z.enum(METRIC_NAMES)).min(1).max(100).optional().describe('Only these metrics. Default: all.'),
  percentiles: z
    .array(z.number().min(0).max(100))
    .max(100)
    .optional()
    .describe('Percentiles to compute, from 0 to 100. Default: 5, 10, 90, 95.'),
  bins: z.int().min(1).max(200).optional().describe('Number of bins of the histogram. Default: chosen from the data.'),
});

/** Makes the tool `calculate_metrics`. */
export function calculateMetricsTool(limits: ColumnLimits): AnyTool {
  return defineTool({
    name: 'calculate_metrics',
    description:
      'Computes descriptive statistics of numeric data: count, sum, mean, median, mode, min, max, range, sample and ' +
      'population variance and standard deviation, quartiles, percentiles, skewness, kurtosis, autocorrelation, ' +
      'outliers and a histogram of each column; with several columns also their correlation and linear regression.',
    category: 'analysis',
    accessLevel: 'public',
    effect: 'pure',
    inputSchema,
    outputSchema: metricsResultSchema,
    async execute(input, { signal }): Promise<MetricsResult> {
      const { columns, ignored } = readColumns(input.data, limits);
      const metrics = new Set<MetricName>(input.metrics ?? METRIC_NAMES);
      const breathe = async (): Promise<number> => {
        await setImmediate();
        signal.throwIfAborted();
        return 0;
      };
      const results: MetricsResult['columns'] = [];
      for (const column of columns) {
        const percentiles = input.percentiles ?? DEFAULT_PERCENTILES;
        results.push(await columnMetrics(column, { metrics, percentiles, bins: input.bins, breathe }));
      }
      const notes: string[] = [];
      const pairs = await relationsOf(columns, { metrics, notes, breathe });
      return { columns: results, ...pairs, ignoredColumns: [...ignored], notes };
    },
  });
}

interface RelationRequest {
  readonly metrics: ReadonlySet<MetricName>;
  readonly notes: string[];
  readonly breathe: () => Promise<number>;
}

async function relationsOf(
  columns: readonly Column[],
  { metrics, notes, breathe }: RelationRequest,
): Promise<Pick<MetricsResult, 'correlation' | 'regressions'>> {
  if (columns.length < 2 || (!metrics.has('correlation') && !metrics.has('regression'))) return {};
  const lengths = new Set(columns.map(({ values }) => values.length));
  if (lengths.size > 1) notes.push('Columns of different lengths cannot be paired: their correlation is null.');
  const matrix: (number | null)[][] = columns.map(() => []);
  const lines: Regression[] = [];
  let work = 0;
  const prepared = columns.map(prepare);
  for (const [row, y] of prepared.entries()) {
    for (const [column, x] of prepared.slice(0, row + 1).entries()) {
      work += x.values.length;
      if (work > WORK_BETWEEN) work = await breathe();
      const { correlation, regression } = pairOf(x, y);
      (matrix[row] ??= [])[column] = correlation;
      (matrix[column] ??= [])[row] = correlation;
      if (regression !== undefined && x !== y) lines.push(regression);
    }
  }
  return {
    ...(metrics.has('correlation') ? { correlation: { columns: columns.map(({ name }) => name), matrix } } : {}),
    ...(metrics.has('regression') ? { regressions: strongest(lines, notes) } : {}),
  };
}

function strongest(lines: Regression[], notes: string[]): Regression[] {
  if (lines.length <= MOST_REGRESSIONS) return lines;
  notes.push(`Of ${lines.length} regressions the ${MOST_REGRESSIONS} with the largest rSquared are listed.`);
  return lines.toSorted((a, b) => b.rSquared - a.rSquared).slice(0, MOST_REGRESSIONS);
}
