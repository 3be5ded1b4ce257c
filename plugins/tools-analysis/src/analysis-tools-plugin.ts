import { readOptions, type OptionsSchema, type PluginV1 } from '@master-orchestrator/contracts';
import { systemClock, type Clock } from '@master-orchestrator/errors';
import { z } from 'zod';
import { calculateMetricsTool } from './calculate-metrics-tool.js';
import { validateCodeTool } from './validate-code-tool.js';
import { version } from './version.js';

/** Bounds of the tools of {@link analysisToolsPlugin}. */
export interface AnalysisToolsPluginOptions {
  /** Numbers of one call of `calculate_metrics`, over all columns. @default 1_000_000 */ readonly maxValues?: number;
  /** Columns of one call of `calculate_metrics`. @default 100 */ readonly maxColumns?: number;
  /** Bytes of the code of one call of `validate_code`, in UTF-8. @default 262_144 */ readonly maxCodeBytes?: number;
  /** Time of one call of `validate_code`, in milliseconds. @default 5_000 */ readonly codeTimeoutMs?: number;
  /** @default the clock of the machine */ readonly clock?: Clock;
}

/** The options as the host checks and shows them. */
export const analysisToolsOptions = z.strictObject({
  maxValues: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(1_000_000)
    .describe('Numbers of one call of `calculate_metrics`, over all columns.'),
  maxColumns: z.int().min(1).max(1_000).default(100).describe('Columns of one call of `calculate_metrics`.'),
  maxCodeBytes: z
    .int()
    .min(1)
    .max(16_777_216)
    .default(262_144)
    .describe('Bytes of the code of one call of `validate_code`, in UTF-8.'),
  codeTimeoutMs: z
    .int()
    .min(1)
    .max(600_000)
    .default(5_000)
    .describe('Time of one call of `validate_code`, in milliseconds.'),
  clock: z
    .custom<Clock>((value) => typeof value === 'object' && value !== null, 'must be a clock')
    .optional()
    .meta({ 'x-in-code': true, 'x-default': 'the clock of the machine' })
    .describe('Where time comes from, for tests.'),
}) satisfies OptionsSchema<AnalysisToolsPluginOptions>;

/**
 * Adds `calculate_metrics` and `validate_code`. Both are pure, need no permission and work within the given bounds.
 * `validate_code` needs the grammar package of each language it is to read, except for JSON and YAML.
 *
 * @throws OrchestratorError CONFIG_INVALID when an option is out of its range.
 */
export function analysisToolsPlugin(options: AnalysisToolsPluginOptions = {}): PluginV1 {
  const { clock = systemClock, ...bounds } = readOptions(analysisToolsOptions, options, 'analysisToolsPlugin');
  const limits = { ...bounds, clock };
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/tools-analysis',
    version,
    contributes: { tools: [calculateMetricsTool(limits), validateCodeTool(limits)] },
  };
}
