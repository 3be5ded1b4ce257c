export { sqliteEngineOptions, sqliteEnginePlugin, type SqliteEnginePluginOptions } from './sqlite-engine-plugin.js';
export { SqliteEngine, type SqliteEngineOptions } from './sqlite-engine.js';
export type { Retention } from './retention.js';
