import { readOptions, type OptionsSchema, type PluginV1 } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';
import { DEFAULT_RETENTION, type Retention } from './retention.js';
import { DEFAULT_MAX_VALUE_BYTES, DEFAULT_POLL_MS, SqliteEngine, type SqliteEngineOptions } from './sqlite-engine.js';
import { version } from './version.js';

/** Name of this package, as the registry knows it. */
const PACKAGE = '@master-orchestrator/engine-sqlite';
const SCHEME = 'sqlite:';

/** Options of the plugin: those of every engine it makes. */
export interface SqliteEnginePluginOptions extends SqliteEngineOptions {}

/** A bound: above 0, and `Infinity` for none. */
const bound = z
  .custom<number>((value) => typeof value === 'number' && value > 0, 'must be a number above 0')
  .meta({ 'x-expected': 'a number above 0, or `.inf` for no bound' });

const retention = z.strictObject({
  taskAgeMs: bound
    .default(DEFAULT_RETENTION.taskAgeMs)
    .describe('Finished tasks go after this time, with their steps (30 days), in milliseconds.'),
  feedAgeMs: bound
    .default(DEFAULT_RETENTION.feedAgeMs)
    .describe('Feed items go after this time (7 days), in milliseconds.'),
  feedItems: bound
    .default(DEFAULT_RETENTION.feedItems)
    .describe('Feed items kept; a later reader gets a `stream-gap`.'),
  bytes: bound
    .default(DEFAULT_RETENTION.bytes)
    .describe('Size of the file above which the oldest finished tasks and feed items go (2 GiB), in bytes.'),
}) satisfies OptionsSchema<Partial<Retention>>;

/** The options as the host checks and shows them. */
export const sqliteEngineOptions = z.strictObject({
  retention: retention.prefault({}),
  maxValueBytes: z
    .int()
    .min(1_024)
    .max(67_108_864)
    .default(DEFAULT_MAX_VALUE_BYTES)
    .describe('Largest input, step value, result, message or state value as JSON, in bytes.'),
  pollMs: z
    .int()
    .min(5)
    .max(10_000)
    .default(DEFAULT_POLL_MS)
    .describe('How often changes of other processes are looked for, in milliseconds.'),
}) satisfies OptionsSchema<SqliteEnginePluginOptions>;

/**
 * Adds the engine scheme `sqlite`: an address is `sqlite:<file>`, for example `sqlite:./data/tasks.db`. Opens nothing
 * before an engine starts.
 *
 * @throws OrchestratorError CONFIG_INVALID when an option is out of its range.
 */
export function sqliteEnginePlugin(options: SqliteEnginePluginOptions = {}): PluginV1 {
  const checked = readOptions(sqliteEngineOptions, options, 'sqliteEnginePlugin');
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

/** @throws OrchestratorError STARTUP_FAILED where the address names no file */
function fileOf(address: string): string {
  const file = address.startsWith(SCHEME) ? address.slice(SCHEME.length) : '';
  if (file !== '' && file !== ':memory:') return file;
  const message = `"${address}" names no file. Write sqlite:<file>, such as sqlite:./data/tasks.db.`;
  throw new OrchestratorError('STARTUP_FAILED', message);
}
