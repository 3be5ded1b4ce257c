import type { Logger } from '@master-orchestrator/contracts';
import { sleep, systemClock } from '@master-orchestrator/errors';
import { spawn } from 'node:child_process';
import { open, readFile, rename } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import type { DatabaseSource } from '../database-source.js';
import { startupFailed } from '../database/store-failure.js';
import { findBinaries, type Binaries } from './binaries.js';
import { prepareCluster } from './cluster.js';
import { runningServer, stateOf, type PidFile } from './pid-file.js';
import { serverUser, type ServerUser } from './server-user.js';

const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 30;
/** A process that a killed server left behind holds its memory for a moment. */
const START_ATTEMPTS = 40;
const AGAIN_MS = 250;
const STOP_PATIENCE_MS = 15_000;
const HOLDER = 'master-orchestrator holder';

/** How the server is run. */
export interface PostgresLocalOptions {
  /** Database for the tasks. @default 'mao' */ readonly database?: string;
  /** Settings of the server, as in postgresql.conf. @default its own, with 200 connections */
  readonly settings?: Readonly<Record<string, string>>;
  /** True: as root, a missing system user `postgres` is made, for PostgreSQL refuses root. @default true */
  readonly createUser?: boolean;
}

/** The cluster in the folder. */
interface Plan {
  readonly data: string;
  readonly password: string;
}

/**
 * A PostgreSQL server of this machine's own, in a folder. All processes that name the folder share it: the first starts
 * it, the last one out stops it, and when it dies one of them starts it again.
 */
export class LocalServer implements DatabaseSource {
  readonly scheme = 'postgres-local';
  readonly reach = 'one-host';
  readonly #folder: string;
  readonly #options: PostgresLocalOptions;
  #holder: Client | undefined;
  #isWanted = false;
  #logger: Logger | undefined;
  #watching: Promise<void> = Promise.resolve();
  #found: Promise<{ binaries: Binaries; user: ServerUser | undefined }> | undefined;

  constructor(folder: string, options: PostgresLocalOptions = {}) {
    this.#folder = resolve(folder);
    this.#options = options;
  }

  /** Starts the server, or finds the one that runs, and resolves with the URL of the database. */
  async open(logger: Logger): Promise<string> {
    this.#logger = logger;
    this.#isWanted = true;
    const isSynced = this.#options.settings?.['fsync'] !== 'off';
    const plan = await prepareCluster(this.#folder, async () => ({ ...(await this.#programs()), isSynced }));
    const port = await this.#hold(plan, undefined);
    return urlOf(port, plan.password, this.#options.database ?? 'mao');
  }

  /** Lets go of the server; the last one to do so stops it. */
  async close(): Promise<void> {
    this.#isWanted = false;
    await this.#watching;
    const holder = this.#holder;
    this.#holder = undefined;
    if (holder === undefined) return;
    const isLast = await holdersBeside(holder).then(
      (others) => others === 0,
      () => false,
    );
    await holder.end().catch(() => {});
    if (isLast) await this.#stopServer();
  }

  /** Has a server run and keeps a connection to it, by which others see that it is in use. Returns its port. */
  async #hold(plan: Plan, port: number | undefined): Promise<number> {
    for (const end = systemClock.monotonic() + PATIENCE_MS; ;) {
      const server = await this.#ensureRunning(plan, port);
      const holder = new Client({
        connectionString: urlOf(server.port, plan.password, 'postgres'),
        application_name: HOLDER,
        connectionTimeoutMillis: 5_000,
        keepAlive: true,
      });
      try {
        await holder.connect();
        this.#watch(holder, plan, server.port);
        return server.port;
      } catch (error) {
        holder.end().catch(() => {});
        // It may be on its way down; a server that stays unreachable is one we must not touch.
        if (systemClock.monotonic() > end) throw unreachable(this.#folder, server, error);
      }
      await sleep(systemClock, AGAIN_MS);
    }
  }

  /** A server that ends though it is wanted is started again, on the port that everybody knows. */
  #watch(holder: Client, plan: Plan, port: number): void {
    this.#holder = holder;
    holder.on('error', () => {});
    holder.once('end', () => {
      if (!this.#isWanted || this.#holder !== holder) return;
      this.#holder = undefined;
      this.#logger?.warn({ folder: this.#folder }, 'the local PostgreSQL server ended; it is started again');
      this.#watching = this.#hold(plan, port).then(
        () => {},
        (error: unknown) =>
          this.#logger?.error({ folder: this.#folder, error }, 'the local PostgreSQL server could not be started'),
      );
    });
  }

  /** What it takes to start a server; not asked for where one runs. */
  #programs(): Promise<{ binaries: Binaries; user: ServerUser | undefined }> {
    this.#found ??= Promise.all([findBinaries(), serverUser(this.#options.createUser ?? true)]).then(
      ([binaries, user]) => ({ binaries, user }),
    );
    return this.#found;
  }

  async #ensureRunning(plan: Plan, port: number | undefined): Promise<PidFile> {
    let reason = '';
    for (let attempt = 1; attempt <= START_ATTEMPTS; attempt += 1) {
      const present = await runningServer(plan.data);
      if (present !== undefined) {
        const ready = await whenReady(plan.data);
        if (ready !== undefined) return ready;
        continue;
      }
      const outcome = await this.#startOnce(plan, port ?? (await this.#lastPort(plan)) ?? (await freePort()));
      if (typeof outcome !== 'string') return outcome;
      reason = outcome;
      // A port that is taken is given up, unless others count on it.
      if (/could not bind|Address already in use/.test(reason) && port === undefined) {
        const other = await this.#startOnce(plan, await freePort());
        if (typeof other !== 'string') return other;
      }
      await sleep(systemClock, AGAIN_MS);
    }
    throw startupFailed(`PostgreSQL does not start in "${this.#folder}": ${reason}`);
  }

  /** Starts the server; resolves with what its log says where it ended at once. */
  async #startOnce(plan: Plan, port: number): Promise<PidFile | string> {
    const { binaries, user } = await this.#programs();
    const logFile = join(this.#folder, 'server.log');
    await rename(logFile, join(this.#folder, 'server.previous.log')).catch(() => {});
    const log = await open(logFile, 'a');
    const settings = { max_connections: '200', ...this.#options.settings };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const own = [
      '-D',
      plan.data,
      '-p',
      String(port),
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
    ];
    // It outlives this process, for others may use it; the last one out stops it.
    const child = spawn(binaries.postgres, [...own, ...flags], {
      ...user,
      cwd: plan.data,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    let hasEnded = false;
    child.once('exit', () => (hasEnded = true));
    child.once('error', () => (hasEnded = true));
    child.unref();
    await log.close();
    const ready = await whenReady(plan.data, () => hasEnded, child.pid);
    return ready ?? (await lastLines(logFile));
  }

  /** The port of the last time, so that processes which lost the server find it again. */
  async #lastPort({ data }: Plan): Promise<number | undefined> {
    const text = await readFile(join(data, 'postmaster.opts'), 'utf8').catch(() => '');
    const found = /"-p" "(\d+)"/.exec(text);
    return found === null ? undefined : Number(found[1]);
  }

  /** Fast shutdown: sessions are ended, the data is left whole. */
  async #stopServer(): Promise<void> {
    const data = join(this.#folder, 'data');
    const server = await runningServer(data);
    if (server === undefined) return;
    if (process.platform === 'win32') {
      const { binaries } = await this.#programs();
      spawn(binaries.pg_ctl, ['stop', '-D', data, '-m', 'fast'], { stdio: 'ignore' });
    } else process.kill(server.pid, 'SIGINT');
    for (const end = systemClock.monotonic() + STOP_PATIENCE_MS; systemClock.monotonic() < end;) {
      if ((await stateOf(server.pid)) !== 'alive') return;
      await sleep(systemClock, LOOK_EVERY_MS);
    }
  }
}

/** Waits for a server that is starting; `undefined` where it ended, or another one has its place. */
async function whenReady(
  data: string,
  hasEnded: () => boolean = () => false,
  pid?: number,
): Promise<PidFile | undefined> {
  for (const end = systemClock.monotonic() + PATIENCE_MS; systemClock.monotonic() < end;) {
    const server = await runningServer(data);
    if (server?.isReady === true && (pid === undefined || server.pid === pid)) return server;
    if (hasEnded() || (server === undefined && pid === undefined)) return undefined;
    await sleep(systemClock, LOOK_EVERY_MS);
  }
  return undefined;
}

async function holdersBeside(holder: Client): Promise<number> {
  const sql =
    'SELECT count(*)::int AS others FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()';
  return (await holder.query<{ others: number }>(sql, [HOLDER])).rows[0]?.others ?? 0;
}

function urlOf(port: number, password: string, database: string): string {
  return `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-4).join(' | ') || 'it left no word';
}

async function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolvePort(port));
    });
  });
}

function unreachable(folder: string, server: PidFile, error: unknown): Error {
  return startupFailed(
    `PostgreSQL process ${server.pid} holds "${folder}" but does not answer on port ${server.port}. If it hangs, end that process and start again.`,
    error,
  );
}
