import type { PluginV1 } from '@master-orchestrator/contracts';
import { OrchestratorError, systemClock, type Clock } from '@master-orchestrator/errors';
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

/**
 * Adds `calculate_metrics` and `validate_code`. Both are pure, need no permission and work within the given bounds.
 * `validate_code` needs the grammar package of each language it is to read, except for JSON and YAML.
 *
 * @throws OrchestratorError CONFIG_INVALID when an option is out of its range.
 */
export function analysisToolsPlugin({ clock = systemClock, ...options }: AnalysisToolsPluginOptions = {}): PluginV1 {
  const limits = { ...checkOptions(options), clock };
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/tools-analysis',
    version,
    contributes: { tools: [calculateMetricsTool(limits), validateCodeTool(limits)] },
  };
}

const optionsSchema = z.strictObject({
  maxValues: z.int().min(1).max(10_000_000).default(1_000_000),
  maxColumns: z.int().min(1).max(1_000).default(100),
  maxCodeBytes: z.int().min(1).max(16_777_216).default(262_144),
  codeTimeoutMs: z.int().min(1).max(600_000).default(5_000),
});

function checkOptions(options: Omit<AnalysisToolsPluginOptions, 'clock'>): z.output<typeof optionsSchema> {
  const checked = optionsSchema.safeParse(options);
  if (checked.success) return checked.data;
  throw new OrchestratorError(
    'CONFIG_INVALID',
    `analysisToolsPlugin: the options do not fit. ${z.prettifyError(checked.error)}`,
  );
}
