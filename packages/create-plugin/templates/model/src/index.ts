export { {{camel}}ModelPlugin, type {{pascal}}ModelPluginOptions } from './{{kebab}}-model-plugin.js';
