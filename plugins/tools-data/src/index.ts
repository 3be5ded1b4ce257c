export { dataToolsOptions, dataToolsPlugin, type DataToolsPluginOptions } from './data-tools-plugin.js';
