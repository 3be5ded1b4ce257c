export { {{camel}}RecoveryPlugin, type {{pascal}}RecoveryPluginOptions } from './{{kebab}}-recovery-plugin.js';
