import { silentLogger } from '@master-orchestrator/contracts';
import { systemClock } from '@master-orchestrator/errors';
import { chmod, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { LocalServer } from '../src/index.js';
import { openEngine, SETTINGS } from './fixtures/open-engine.js';

const TEMPLATE = 'template_of_tests';

/** One PostgreSQL server for a test file, with a database for each test. */
export class TestServer {
  readonly folder: string;
  readonly #keeper: LocalServer;
  #url = '';
  readonly #databases = new Map<string, Promise<void>>();

  private constructor(folder: string) {
    this.folder = folder;
    this.#keeper = new LocalServer(folder, { settings: SETTINGS, database: 'postgres' });
  }

  static async start(): Promise<TestServer> {
    const folder = await mkdtemp(join(tmpdir(), 'engine-dbos-'));
    // The server's user must be able to enter it where the tests run as root.
    await chmod(folder, 0o711);
    const server = new TestServer(folder);
    server.#url = await server.#keeper.open(silentLogger);
    await server.#makeTemplate();
    return server;
  }

  /** Address of a database that belongs to a folder of the engine suite. */
  addressIn(folder: string): string {
    return `${this.folder}#${basename(folder).replaceAll(/\W/g, '_').toLowerCase()}`;
  }

  /** URL of a database. */
  urlOf(database: string): string {
    const url = new URL(this.#url);
    url.pathname = `/${database}`;
    return url.href;
  }

  /** Makes the database of an address as a copy of one with all tables: quicker than the layouts of the engine and of DBOS. */
  prepare(address: string): Promise<void> {
    const database = address.split('#')[1] ?? '';
    let made = this.#databases.get(database);
    if (made === undefined) {
      made = this.query(`CREATE DATABASE "${database}" TEMPLATE ${TEMPLATE}`).then(() => {});
      this.#databases.set(database, made);
    }
    return made;
  }

  /** Runs statements on a database. */
  async query<Row>(sql: string, database = 'postgres'): Promise<Row[]> {
    const client = new Client({ connectionString: this.urlOf(database) });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(sql)).rows as Row[];
    } finally {
      await client.end();
    }
  }

  /** Process of the server. */
  async pid(): Promise<number> {
    return Number((await readFile(join(this.folder, 'data/postmaster.pid'), 'utf8')).split('\n')[0]);
  }

  /** Kills the server and keeps it from being started again for a while; those who use it start it then. */
  async outage(forMs: number): Promise<void> {
    const file = join(this.folder, 'data/PG_VERSION');
    await rename(file, `${file}.away`);
    process.kill(await this.pid(), 'SIGKILL');
    await delay(forMs);
    await rename(`${file}.away`, file);
  }

  async stop(): Promise<void> {
    await this.#keeper.close();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #makeTemplate(): Promise<void> {
    const host = { clock: systemClock, random: Math.random, logger: silentLogger };
    const engine = openEngine(`${this.folder}#${TEMPLATE}`, host);
    await engine.start();
    await engine.serve(new Map(), { workerId: 'template', slots: 1, claimMs: 1_000 });
    await engine.stop({ graceMs: 0 });
  }
}
