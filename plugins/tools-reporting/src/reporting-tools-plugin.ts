import { readOptions, type OptionsSchema, type PluginV1 } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { generateReportTool } from './generate-report-tool.js';
import { REPORT_FORMATS, type ReportFormat } from './internal/report-input.js';
import { version } from './version.js';

/** How {@link reportingToolsPlugin} works. */
export interface ReportingToolsPluginOptions {
  /**
   * Folder that reports are written to, absolute or relative to the process's folder; made where it is missing.
   *
   * @default none: reports are returned only
   */
  readonly outputDir?: string;
  /** Formats of a report for which none is asked. @default ['markdown', 'html'] */ readonly formats?: readonly ReportFormat[];
  /** Bytes of one report in all its formats. @default 900_000 */ readonly maxBytes?: number;
}

/** The options as the host checks and shows them. */
export const reportingToolsOptions = z.strictObject({
  outputDir: z
    .string()
    .min(1)
    .optional()
    .meta({ 'x-default': 'none: reports are returned only' })
    .describe('Folder that reports are written to; made where it is missing.'),
  formats: z
    .array(z.enum(REPORT_FORMATS))
    .min(1)
    .readonly()
    .default(['markdown', 'html'])
    .describe('Formats of a report for which none is asked.'),
  maxBytes: z
    .int()
    .min(10_000)
    .max(67_108_864)
    .default(900_000)
    .describe('Bytes of one report in all its formats; a tool result may have 1 MiB.'),
}) satisfies OptionsSchema<ReportingToolsPluginOptions>;

/**
 * Adds `generate_report`. Without `outputDir` it is pure and needs no permission; with it, it asks for `fs:write` and
 * writes files named after title and content, so that a repeat changes nothing.
 *
 * @throws OrchestratorError CONFIG_INVALID when an option is out of its range.
 */
export function reportingToolsPlugin(options: ReportingToolsPluginOptions = {}): PluginV1 {
  const { outputDir, ...rest } = readOptions(reportingToolsOptions, options, 'reportingToolsPlugin');
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/tools-reporting',
    version,
    permissions: outputDir === undefined ? [] : ['fs:write'],
    contributes: { tools: [generateReportTool({ outputDir, ...rest })] },
  };
}
