export { {{camel}}ToolsPlugin, type {{pascal}}ToolsPluginOptions } from './{{kebab}}-tools-plugin.js';
