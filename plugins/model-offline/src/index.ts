export { offlineModelPlugin, type OfflineModelPluginOptions } from './offline-model-plugin.js';
