export { glossaryPlugin, type GlossaryPluginOptions } from './glossary-plugin.js';
