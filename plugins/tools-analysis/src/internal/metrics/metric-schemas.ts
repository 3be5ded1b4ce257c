import { z } from 'zod';

const number = z.number().nullable();

/** Metrics of one column; null where too few values, or numbers beyond floats, leave one undefined. */
export const columnMetricsSchema = z.object({
  name: z.string().describe('Name of the column; "values" where the data has none.'),
  count: z.int().describe('Values, the missing ones left out.'),
  missing: z.int().describe('Entries that are null, absent or empty.'),
  sum: number.optional(),
  mean: number.optional(),
  median: number.optional(),
  modes: z.array(z.number()).optional().describe('Most frequent values, at most 10; empty where each occurs once.'),
  modeFrequency: z.int().optional().describe('How often each mode occurs.'),
  min: number.optional(),
  max: number.optional(),
  range: number.optional(),
  sampleVariance: number.optional().describe('Denominator n - 1.'),
  populationVariance: number.optional().describe('Denominator n.'),
  sampleStandardDeviation: number.optional().describe('Denominator n - 1.'),
  populationStandardDeviation: number.optional().describe('Denominator n.'),
  quartiles: z.object({ q1: z.number(), q2: z.number(), q3: z.number() }).nullable().optional(),
  interquartileRange: number.optional().describe('q3 - q1.'),
  percentiles: z.array(z.object({ percent: z.number(), value: z.number() })).optional(),
  skewness: number.optional().describe('Adjusted Fisher-Pearson coefficient G1.'),
  kurtosis: number.optional().describe('Excess kurtosis G2; 0 for a normal distribution.'),
  lag1Autocorrelation: number.optional().describe('Correlation of each value with the next one.'),
  outliers: z
    .object({ lowerFence: z.number(), upperFence: z.number(), count: z.int(), values: z.array(z.number()) })
    .nullable()
    .optional()
    .describe("Values beyond Tukey's fences, 1.5 interquartile ranges outside the quartiles; the first 50."),
  histogram: z
    .object({
      rule: z.enum(['freedman-diaconis', 'sturges', 'given', 'constant']),
      binWidth: z.number(),
      bins: z.array(z.object({ from: z.number(), to: z.number(), count: z.int() })),
    })
    .nullable()
    .optional(),
  notes: z.array(z.string()).describe('Why something is null or cut.'),
});

/** Metrics of one column. */
export type ColumnMetrics = z.output<typeof columnMetricsSchema>;

/** Least-squares line of one column over another. */
export const regressionSchema = z.object({
  x: z.string(),
  y: z.string(),
  count: z.int().describe('Pairs in which both values are there.'),
  slope: z.number(),
  intercept: z.number(),
  rSquared: z.number(),
  residualStandardError: number,
});

/** One fitted line: y = intercept + slope * x. */
export type Regression = z.output<typeof regressionSchema>;

/** What `calculate_metrics` returns. */
export const metricsResultSchema = z.object({
  columns: z.array(columnMetricsSchema).describe('Metrics of each numeric column.'),
  correlation: z
    .object({ columns: z.array(z.string()), matrix: z.array(z.array(number)) })
    .optional()
    .describe('Pearson correlation of each column with each other, in the order of columns.'),
  regressions: z.array(regressionSchema).optional().describe('y = intercept + slope * x by least squares.'),
  ignoredColumns: z.array(z.object({ name: z.string(), reason: z.string() })),
  notes: z.array(z.string()),
});

/** What `calculate_metrics` returns. */
export type MetricsResult = z.output<typeof metricsResultSchema>;
