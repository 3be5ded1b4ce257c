import type { PluginV1 } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';
import { generateReportTool, type ReportSettings } from './generate-report-tool.js';
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

/**
 * Adds `generate_report`. Without `outputDir` it is pure and needs no permission; with it, it asks for `fs:write` and
 * writes files named after title and content, so that a repeat changes nothing.
 *
 * @throws OrchestratorError CONFIG_INVALID when an option is out of its range.
 */
export function reportingToolsPlugin(options: ReportingToolsPluginOptions = {}): PluginV1 {
  const settings = checkOptions(options);
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/tools-reporting',
    version,
    permissions: settings.outputDir === undefined ? [] : ['fs:write'],
    contributes: { tools: [generateReportTool(settings)] },
  };
}

const optionsSchema = z.strictObject({
  outputDir: z.string().min(1).optional(),
  formats: z.array(z.enum(REPORT_FORMATS)).min(1).readonly().default(['markdown', 'html']),
  maxBytes: z.int().min(10_000).max(67_108_864).default(900_000),
});

function checkOptions(options: ReportingToolsPluginOptions): ReportSettings {
  const checked = optionsSchema.safeParse(options);
  if (checked.success) return { ...checked.data, outputDir: checked.data.outputDir };
  throw new OrchestratorError(
    'CONFIG_INVALID',
    `reportingToolsPlugin: the options do not fit. ${z.prettifyError(checked.error)}`,
  );
}
