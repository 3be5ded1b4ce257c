import type { OptionsSchema } from '@master-orchestrator/contracts';
import { z } from 'zod';

/** Options of `prometheusMetricsPlugin`. */
export interface PrometheusMetricsPluginOptions {
  /** What the names of metrics begin with. @default 'mao_' */ readonly prefix?: string;
  /** Labels of every metric, such as `{ instance: 'worker-1' }`. @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Values that one label may take (agents, models, tools, codes, budgets, breakers); further ones count as `other`. @default 100 */
  readonly maxLabelValues?: number;
  /** Measure the process too: CPU, memory, handles, event loop. @default true */ readonly process?: boolean;
  /** Bounds of the durations of tasks, in seconds. @default 0.1 to 3600 */ readonly taskBuckets?: readonly number[];
  /** Bounds of the durations of model calls, in seconds. @default 0.05 to 300 */ readonly modelBuckets?: readonly number[];
  /** Bounds of the durations of tool calls, in seconds. @default 0.001 to 60 */ readonly toolBuckets?: readonly number[];
}

/** Options with every part present. */
export type CheckedOptions = z.output<typeof prometheusMetricsOptions>;

const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const OWN_LABELS = new Set(
  'agent action bound breaker budget category code kind le model outcome quantile state status to tool type'.split(' '),
);

const buckets = (values: readonly number[]) =>
  z
    .array(z.number().positive())
    .min(1)
    .max(50)
    .refine((list) => list.every((value, at) => at === 0 || value > (list[at - 1] as number)), 'must ascend')
    .default([...values]);

const labelName = z
  .string()
  .regex(LABEL, 'is no name of a label')
  .refine((name) => !name.startsWith('__') && !OWN_LABELS.has(name), 'is taken');

/** The options as the host checks and shows them. */
export const prometheusMetricsOptions = z.strictObject({
  prefix: z
    .string()
    .regex(/^([a-zA-Z_][a-zA-Z0-9_]*_)?$/, 'must be empty, or letters, digits and "_" with a "_" at the end')
    .default('mao_')
    .describe('What the names of metrics begin with.'),
  labels: z.record(labelName, z.string().max(200)).default({}).describe('Labels of every metric.'),
  maxLabelValues: z
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .describe('Values that one label may take; further ones count as `other`.'),
  process: z.boolean().default(true).describe('Measure CPU, memory, handles and the event loop too.'),
  taskBuckets: buckets([0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600]).describe(
    'Bounds of the durations of tasks, in seconds.',
  ),
  modelBuckets: buckets([0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 300]).describe(
    'Bounds of the durations of model calls, in seconds.',
  ),
  toolBuckets: buckets([0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]).describe(
    'Bounds of the durations of tool calls, in seconds.',
  ),
}) satisfies OptionsSchema<PrometheusMetricsPluginOptions>;
