import { OrchestratorError } from '@master-orchestrator/errors';
import type { PluginV1 } from '@master-orchestrator/contracts';
import { z } from 'zod';
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
 *
 * @throws OrchestratorError CONFIG_INVALID when an option is out of its range.
 */
export function sqliteEnginePlugin(options: SqliteEnginePluginOptions = {}): PluginV1 {
  const checked = checkOptions(options);
  return {
    specificationVersion: 'v1',
    name: PACKAGE,
    version,
    permissions: ['fs:read', 'fs:write'],
    contributes: {
      engines: [
        { scheme: 'sqlite', create: async (address, host) => new SqliteEngine(fileOf(address), host, checked) },
      ],
    },
  };
}

/** A bound: above 0, and `Infinity` for none. */
const bound = z.custom<number>((value) => typeof value === 'number' && value > 0, 'must be a number above 0');

const optionsSchema = z.strictObject({
  retention: z
    .strictObject({ taskAgeMs: bound, feedAgeMs: bound, feedItems: bound, bytes: bound })
    .partial()
    .optional(),
  maxValueBytes: z.int().min(1_024).max(67_108_864).optional(),
  pollMs: z.int().min(5).max(10_000).optional(),
});

function checkOptions(options: SqliteEnginePluginOptions): SqliteEngineOptions {
  const checked = optionsSchema.safeParse(options);
  if (checked.success) return options;
  const problems = z.prettifyError(checked.error);
  throw new OrchestratorError('CONFIG_INVALID', `sqliteEnginePlugin: the options do not fit. ${problems}`);
}

/** @throws OrchestratorError STARTUP_FAILED where the address names no file */
function fileOf(address: string): string {
  const file = address.startsWith(SCHEME) ? address.slice(SCHEME.length) : '';
  if (file !== '' && file !== ':memory:') return file;
  const message = `"${address}" names no file. Write sqlite:<file>, such as sqlite:./data/tasks.db.`;
  throw new OrchestratorError('STARTUP_FAILED', message);
}
