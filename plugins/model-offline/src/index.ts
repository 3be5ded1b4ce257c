export { offlineModelOptions, offlineModelPlugin, type OfflineModelPluginOptions } from './offline-model-plugin.js';
