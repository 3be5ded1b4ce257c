import { OrchestratorError } from '@master-orchestrator/errors';
import type { PluginV1 } from '@master-orchestrator/contracts';
import { SqliteEngine, type SqliteEngineOptions } from './sqlite-engine.js';
import { version } from './version.js';

/** Name of this package, as the registry knows it. */
const PACKAGE = '@master-orchestrator/engine-sqlite';
const SCHEME = 'sqlite:';

/** Options of the plugin: those of every engine it makes. */
export interface SqliteEnginePluginOptions extends SqliteEngineOptions {}

/**
 * Adds the engine scheme `sqlite`: an address is `sqlite:<file>`, for example `sqlite:./data/tasks.db`. Opens nothing
 * before an engine starts.
 */
export function sqliteEnginePlugin(options: SqliteEnginePluginOptions = {}): PluginV1 {
  return {
    specificationVersion: 'v1',
    name: PACKAGE,
    version,
    permissions: ['fs:read', 'fs:write'],
    contributes: {
      engines: [
        { scheme: 'sqlite', create: async (address, host) => new SqliteEngine(fileOf(address), host, options) },
      ],
    },
  };
}

/** @throws OrchestratorError STARTUP_FAILED where the address names no file */
function fileOf(address: string): string {
  const file = address.startsWith(SCHEME) ? address.slice(SCHEME.length) : '';
  if (file !== '' && file !== ':memory:') return file;
  const message = `"${address}" names no file. Write sqlite:<file>, such as sqlite:./data/tasks.db.`;
  throw new OrchestratorError('STARTUP_FAILED', message);
}
