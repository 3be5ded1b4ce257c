import type { PluginV1 } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';
import { calculateMetricsTool } from './calculate-metrics-tool.js';
import { version } from './version.js';

/** Bounds of the tools of {@link analysisToolsPlugin}. */
export interface AnalysisToolsPluginOptions {
  /** Numbers of one call of `calculate_metrics`, over all columns. @default 1_000_000 */ readonly maxValues?: number;
  /** Columns of one call of `calculate_metrics`. @default 100 */ readonly maxColumns?: number;
}

/**
 * Adds `calculate_metrics`. Pure, needs no permission, works within the given bounds.
 *
 * @throws OrchestratorError CONFIG_INVALID when an option is out of its range.
 */
export function analysisToolsPlugin(options: AnalysisToolsPluginOptions = {}): PluginV1 {
  const limits = checkOptions(options);
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/tools-analysis',
    version,
    contributes: { tools: [calculateMetricsTool(limits)] },
  };
}

const optionsSchema = z.strictObject({
  maxValues: z.int().min(1).max(10_000_000).default(1_000_000),
  maxColumns: z.int().min(1).max(1_000).default(100),
});

function checkOptions(options: AnalysisToolsPluginOptions): z.output<typeof optionsSchema> {
  const checked = optionsSchema.safeParse(options);
  if (checked.success) return checked.data;
  throw new OrchestratorError(
    'CONFIG_INVALID',
    `analysisToolsPlugin: the options do not fit. ${z.prettifyError(checked.error)}`,
  );
}
