export { analysisToolsPlugin, type AnalysisToolsPluginOptions } from './analysis-tools-plugin.js';
