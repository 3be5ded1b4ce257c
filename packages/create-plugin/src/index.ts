export { runCreatePlugin, type CreateIo } from './run-create-plugin.js';
export { pluginFiles, PLUGIN_KINDS, type PluginFiles, type PluginKind } from './plugin-files.js';
export { packageRange } from './package-ranges.js';
export { namesOf, type PluginNames } from './plugin-names.js';
