import { sleep, type Clock, type Random } from '@master-orchestrator/errors';
import { Client } from 'pg';
import { MIGRATIONS } from './layout/migrations.js';
import { nameOf, poolConfig, quoted, type StoreAddress } from './store.js';
import { codeOf, isPassing, startupFailed, unavailable } from './store-failure.js';

const START_PATIENCE_MS = 30_000;
const RETRY_MS = 200;
const OLDEST_SERVER = 140_000;
const NO_DATABASE = '3D000';
const DATABASE_EXISTS = new Set(['42P04', '23505']);
const REFUSED_LOGIN = new Set(['28000', '28P01', '42501']);

/**
 * Makes the database where it is not there yet, and brings the layout up to date. Safe to race with other processes.
 *
 * @throws OrchestratorError STARTUP_FAILED for a refused login, an old server or a newer layout, ENGINE_UNAVAILABLE
 */
export async function prepareStore(
  address: StoreAddress,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<void> {
  for (const end = clock.monotonic() + START_PATIENCE_MS; ;) {
    try {
      return await prepareOnce(address);
    } catch (error) {
      if (!isPassing(error)) throw startError(address, error);
      if (clock.monotonic() > end) throw unavailable(nameOf(address.url), error);
    }
    await sleep(clock, RETRY_MS * (0.5 + random()));
  }
}

async function prepareOnce({ url, schema }: StoreAddress): Promise<void> {
  const client = await connect(url);
  try {
    await checkServer(client, url);
    // One process at a time; the lock goes with the connection.
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`mao layout ${schema}`]);
    await migrate(client, schema, nameOf(url));
  } finally {
    await client.end().catch(() => {});
  }
}

async function connect(url: string): Promise<Client> {
  try {
    return await connectTo(url);
  } catch (error) {
    if (codeOf(error) !== NO_DATABASE) throw error;
    await createDatabase(url);
    return connectTo(url);
  }
}

async function connectTo(url: string): Promise<Client> {
  const client = new Client({ ...poolConfig(url, 1), query_timeout: 0, statement_timeout: 0 });
  // A connection that breaks tells the call that is under way.
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function createDatabase(url: string): Promise<void> {
  const target = new URL(url);
  const database = decodeURIComponent(target.pathname.slice(1));
  target.pathname = '/postgres';
  const client = await connectTo(target.href);
  try {
    await client.query(`CREATE DATABASE ${quoted(database)} ENCODING 'UTF8' TEMPLATE template0`);
  } catch (error) {
    if (!DATABASE_EXISTS.has(codeOf(error) ?? '')) throw error;
  } finally {
    await client.end().catch(() => {});
  }
}

async function checkServer(client: Client, url: string): Promise<void> {
  const sql =
    "SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding";
  const { rows } = await client.query<{ version: number; encoding: string }>(sql);
  const { version = 0, encoding = '' } = rows[0] ?? {};
  if (version < OLDEST_SERVER)
    throw startupFailed(`"${nameOf(url)}" runs PostgreSQL ${version / 10_000}; at least 14 is needed.`);
  if (encoding !== 'UTF8')
    throw startupFailed(`"${nameOf(url)}" has the encoding ${encoding}. Make a database with UTF8.`);
}

async function migrate(client: Client, schema: string, name: string): Promise<void> {
  const table = `${quoted(schema)}.layout`;
  const known = await client.query<{ found: string | null }>('SELECT to_regclass($1)::text AS found', [table]);
  const isNew = known.rows[0]?.found === null;
  const version = isNew
    ? 0
    : ((await client.query<{ version: number }>(`SELECT version FROM ${table}`)).rows[0]?.version ?? 0);
  if (version > MIGRATIONS.length) {
    throw startupFailed(
      `"${name}" was written by a newer release (layout ${version}, this one knows ${MIGRATIONS.length}). Update this process.`,
    );
  }
  if (version === MIGRATIONS.length) return;
  await client.query('BEGIN');
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${quoted(schema)}`);
  await client.query(`SET LOCAL search_path TO ${quoted(schema)}, pg_temp`);
  if (isNew) await client.query('CREATE TABLE layout (version integer NOT NULL); INSERT INTO layout VALUES (0)');
  for (const step of MIGRATIONS.slice(version)) await client.query(step);
  await client.query(`UPDATE layout SET version = ${MIGRATIONS.length}`);
  await client.query('COMMIT');
}

function startError({ url }: StoreAddress, error: unknown): Error {
  const code = codeOf(error);
  if (code === 'STARTUP_FAILED') return error as Error;
  const reason = error instanceof Error ? error.message : String(error);
  const advice = REFUSED_LOGIN.has(code ?? '')
    ? 'Check user, password and rights: the engine must be able to create a schema.'
    : 'Check the address and the server.';
  return startupFailed(`The task store in PostgreSQL "${nameOf(url)}" cannot be opened: ${reason}. ${advice}`, error);
}
