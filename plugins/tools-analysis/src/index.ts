export { analysisToolsOptions, analysisToolsPlugin, type AnalysisToolsPluginOptions } from './analysis-tools-plugin.js';
