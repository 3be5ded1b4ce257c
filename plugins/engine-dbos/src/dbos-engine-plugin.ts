import type { PluginV1 } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';
import { remoteDatabase } from './database-source.js';
import { startupFailed } from './database/store-failure.js';
import { nameOf } from './database/store.js';
import { DbosEngine, type DbosEngineOptions } from './dbos-engine.js';
import { LocalServer, type PostgresLocalOptions } from './postgres-local/local-server.js';
import { version } from './version.js';

/** Name of this package, as the registry knows it. */
const PACKAGE = '@master-orchestrator/engine-dbos';

/** Options of the plugin: those of every engine it makes. */
export interface DbosEnginePluginOptions extends DbosEngineOptions {
  /** How `postgres-local` runs its server. */ readonly postgresLocal?: PostgresLocalOptions;
}

/**
 * Adds the engine schemes `dbos`, whose address is `dbos:<postgres url>`, and `postgres-local`, whose address is
 * `postgres-local:<folder>` and which runs a server of its own there. Opens nothing before an engine starts.
 *
 * @throws OrchestratorError CONFIG_INVALID when an option is out of its range.
 */
export function dbosEnginePlugin(options: DbosEnginePluginOptions = {}): PluginV1 {
  const { postgresLocal, ...engineOptions } = checkOptions(options);
  return {
    specificationVersion: 'v1',
    name: PACKAGE,
    version,
    permissions: ['net', 'fs:read', 'fs:write', 'process'],
    contributes: {
      engines: [
        {
          scheme: 'dbos',
          create: async (address, host) => new DbosEngine(remoteDatabase(urlOf(address)), host, engineOptions),
        },
        {
          scheme: 'postgres-local',
          create: async (address, host) =>
            new DbosEngine(new LocalServer(folderOf(address), postgresLocal), host, engineOptions),
        },
      ],
    },
  };
}

/** Part of the names of channels, which PostgreSQL cuts off at 63 bytes. */
const schemaName = z.string().regex(/^[a-z_][a-z0-9_]{0,47}$/, 'must be a name of lower-case letters, digits and _');
/** A bound: above 0, and `Infinity` for none. */
const bound = z.custom<number>((value) => typeof value === 'number' && value > 0, 'must be a number above 0');

const optionsSchema = z.strictObject({
  schema: schemaName.optional(),
  dbosSchema: schemaName.optional(),
  connections: z.int().min(2).max(100).optional(),
  retention: z.strictObject({ taskAgeMs: bound, feedAgeMs: bound, feedItems: bound }).partial().optional(),
  maxValueBytes: z.int().min(1_024).max(67_108_864).optional(),
  postgresLocal: z
    .strictObject({
      database: z.string().min(1).max(63),
      settings: z.record(z.string().regex(/^[a-z_.]+$/i), z.string()),
      createUser: z.boolean(),
    })
    .partial()
    .optional(),
});

function checkOptions(options: DbosEnginePluginOptions): DbosEnginePluginOptions {
  const checked = optionsSchema.safeParse(options);
  const isClash = checked.success && (options.schema ?? 'mao') === (options.dbosSchema ?? 'dbos');
  if (checked.success && !isClash) return options;
  const problems = isClash ? 'schema and dbosSchema must differ.' : z.prettifyError(checked.error as z.ZodError);
  throw new OrchestratorError('CONFIG_INVALID', `dbosEnginePlugin: the options do not fit. ${problems}`);
}

/** @throws OrchestratorError STARTUP_FAILED where the address holds no connection URL */
function urlOf(address: string): string {
  const url = address.replace(/^dbos:/, '');
  if (/^postgres(ql)?:\/\/[^/]+\/[^/?]+/.test(url) && URL.canParse(url)) return url;
  throw startupFailed(
    `"dbos:${nameOf(url)}" names no database. Write dbos:postgres://user:password@host:5432/database.`,
  );
}

/** @throws OrchestratorError STARTUP_FAILED where the address names no folder */
function folderOf(address: string): string {
  const folder = address.replace(/^postgres-local:/, '');
  if (folder !== '') return folder;
  throw startupFailed(
    '"postgres-local:" names no folder. Write postgres-local:<folder>, such as postgres-local:./data/postgres.',
  );
}
