export { dbosEngineOptions, dbosEnginePlugin, type DbosEnginePluginOptions } from './dbos-engine-plugin.js';
export { DbosEngine, type DbosEngineOptions } from './dbos-engine.js';
export { remoteDatabase, type DatabaseSource } from './database-source.js';
export { LocalServer, type PostgresLocalOptions } from './postgres-local/local-server.js';
export type { Retention } from './retention.js';
