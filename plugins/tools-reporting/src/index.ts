export {
  reportingToolsOptions,
  reportingToolsPlugin,
  type ReportingToolsPluginOptions,
} from './reporting-tools-plugin.js';
export type { ReportFormat } from './internal/report-input.js';
