import { readOptions, type OptionsSchema, type PluginV1 } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { remoteDatabase } from './database-source.js';
import { startupFailed } from './database/store-failure.js';
import { nameOf } from './database/store.js';
import { DbosEngine, DEFAULT_CONNECTIONS, DEFAULT_MAX_VALUE_BYTES, type DbosEngineOptions } from './dbos-engine.js';
import { LocalServer, type PostgresLocalOptions } from './postgres-local/local-server.js';
import { DEFAULT_RETENTION, type Retention } from './retention.js';
import { version } from './version.js';

/** Name of this package, as the registry knows it. */
const PACKAGE = '@master-orchestrator/engine-dbos';

/** Options of the plugin: those of every engine it makes. */
export interface DbosEnginePluginOptions extends DbosEngineOptions {
  /** How `postgres-local` runs its server. */ readonly postgresLocal?: PostgresLocalOptions;
}

/** Part of the names of channels, which PostgreSQL cuts off at 63 bytes. */
const schemaName = z.string().regex(/^[a-z_][a-z0-9_]{0,47}$/, 'must be a name of lower-case letters, digits and _');
/** A bound: above 0, and `Infinity` for none. */
const bound = z
  .custom<number>((value) => typeof value === 'number' && value > 0, 'must be a number above 0')
  .meta({ 'x-expected': 'a number above 0, or `.inf` for no bound' });

const retention = z.strictObject({
  taskAgeMs: bound
    .default(DEFAULT_RETENTION.taskAgeMs)
    .describe('Finished tasks go after this time, with what DBOS holds of them (30 days), in milliseconds.'),
  feedAgeMs: bound
    .default(DEFAULT_RETENTION.feedAgeMs)
    .describe('Feed items go after this time (7 days), in milliseconds.'),
  feedItems: bound
    .default(DEFAULT_RETENTION.feedItems)
    .describe('Feed items kept; a later reader gets a `stream-gap`.'),
}) satisfies OptionsSchema<Partial<Retention>>;

const localServer = z.strictObject({
  database: z.string().min(1).max(63).default('mao').describe('Database of `postgres-local`.'),
  settings: z
    .record(z.string().regex(/^[a-z_.]+$/i), z.string())
    .exactOptional()
    .meta({ 'x-default': '200 connections' })
    .describe("Settings of its server, as in `postgresql.conf`; `fsync: 'off'` for tests."),
  createUser: z.boolean().default(true).describe('As root, makes the system user `postgres` where it is missing.'),
}) satisfies OptionsSchema<PostgresLocalOptions>;

/** The options as the host checks and shows them. */
export const dbosEngineOptions = z
  .strictObject({
    schema: schemaName.default('mao').describe("PostgreSQL schema of the engine's own tables."),
    dbosSchema: schemaName.default('dbos').describe("PostgreSQL schema of DBOS's tables; another one than `schema`."),
    connections: z
      .int()
      .min(2)
      .max(100)
      .default(DEFAULT_CONNECTIONS)
      .describe('Connections of the engine; as many again for DBOS while it serves, and one to listen.'),
    retention: retention.prefault({}),
    maxValueBytes: z
      .int()
      .min(1_024)
      .max(67_108_864)
      .default(DEFAULT_MAX_VALUE_BYTES)
      .describe('Largest input, step value, result, message or state value as JSON, in bytes.'),
    postgresLocal: localServer.prefault({}),
  })
  .refine(({ schema, dbosSchema }) => schema !== dbosSchema, {
    path: ['dbosSchema'],
    message: 'must differ from schema',
  }) satisfies OptionsSchema<DbosEnginePluginOptions>;

/**
 * Adds the engine schemes `dbos`, whose address is `dbos:<postgres url>`, and `postgres-local`, whose address is
 * `postgres-local:<folder>` and which runs a server of its own there. Opens nothing before an engine starts.
 *
 * @throws OrchestratorError CONFIG_INVALID when an option is out of its range.
 */
export function dbosEnginePlugin(options: DbosEnginePluginOptions = {}): PluginV1 {
  const { postgresLocal, ...engineOptions } = readOptions(dbosEngineOptions, options, 'dbosEnginePlugin');
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
