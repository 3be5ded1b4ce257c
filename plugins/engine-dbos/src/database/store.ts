import type { Logger } from '@master-orchestrator/contracts';
import { sleep, type Clock, type Random } from '@master-orchestrator/errors';
import { Pool, type PoolConfig } from 'pg';
import { engineStopped } from '../engine-errors.js';
import { isExhausted, isPassing, isRefusal, storageError } from './store-failure.js';

const FIRST_BACKOFF_MS = 25;
const LONGEST_BACKOFF_MS = 1_000;
/** How long a caller outside of a run waits for a server that is away. */
const PATIENCE_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** No call of ours takes this long: the server, or the way to it, hangs. */
const STATEMENT_TIMEOUT_MS = 60_000;
/** A client frozen in a transaction must not hold its locks for ever. */
const IDLE_TRANSACTION_MS = 10_000;

/** Where a store is. */
export interface StoreAddress {
  /** Connection URL, with the password. */ readonly url: string;
  /** Schema of the engine's tables. */ readonly schema: string;
}

/** What calls of the store need. */
export interface StoreOptions extends StoreAddress {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Connections at most. */ readonly connections: number;
}

/** How a call is made. */
export interface CallOptions {
  /** True: it is tried until it succeeds or the engine stops, because a run hangs on it. @default false: for 30 s */
  readonly isPatient?: boolean;
}

/** Settings of every connection of the engine. */
export function poolConfig(url: string, connections: number): PoolConfig {
  return {
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true,
    keepAlive: true,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + 5_000,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
    application_name: 'master-orchestrator',
  };
}

/**
 * Calls to the database. A server that is away is waited for, so every call must bear being made twice: what was
 * committed before its answer was lost is asked for again.
 */
export class Store {
  /** URL without the password, for messages. */ readonly name: string;
  readonly #pool: Pool;
  readonly #options: StoreOptions;
  readonly #schema: string;
  readonly #closing = new AbortController();
  #isTroubled = false;
  #recoveredAt = Number.NEGATIVE_INFINITY;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#schema = quoted(options.schema);
    this.name = nameOf(options.url);
    this.#pool = new Pool(poolConfig(options.url, options.connections));
    // Connections in the pool that break are replaced; those in use tell their caller.
    this.#pool.on('error', (error) => options.logger.debug({ store: this.name, error }, 'idle connection was lost'));
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Monotonic moment at which the store answered again after an outage. */
  get recoveredAt(): number {
    return this.#isTroubled ? this.#options.clock.monotonic() : this.#recoveredAt;
  }

  /** The value that a function of the schema gives. */
  async call<T>(name: string, values: readonly unknown[], options?: CallOptions): Promise<T> {
    const [row] = await this.query<{ value: T }>(`SELECT @.${name}(${marks(values)}) AS value`, values, options);
    return (row as { value: T }).value;
  }

  /** The rows that a function of the schema gives. */
  rows<Row>(name: string, values: readonly unknown[], options?: CallOptions): Promise<Row[]> {
    return this.query<Row>(`SELECT * FROM @.${name}(${marks(values)})`, values, options);
  }

  /**
   * Runs one statement, in which `@.` stands for the schema.
   *
   * @throws OrchestratorError ENGINE_UNAVAILABLE, DISK_FULL, DISK_FAILED, ORCHESTRATOR_CLOSED; the plain failure where a
   * function of ours refused the call.
   */
  async query<Row>(text: string, values: readonly unknown[] = [], options: CallOptions = {}): Promise<Row[]> {
    const { clock, random } = this.#options;
    const since = clock.monotonic();
    const sql = text.replaceAll('@.', `${this.#schema}.`);
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(LONGEST_BACKOFF_MS, backoffMs * 2)) {
      if (this.isClosed) throw engineStopped();
      try {
        const { rows } = await this.#pool.query(sql, values as unknown[]);
        this.#onAnswer();
        return rows as Row[];
      } catch (error) {
        if (isRefusal(error)) throw error;
        this.#onFailure(error);
        const isOver = !isPassing(error) || clock.monotonic() - since > PATIENCE_MS;
        const canWait = options.isPatient === true && (isPassing(error) || isExhausted(error));
        if (isOver && !canWait) throw storageError(this.name, error);
      }
      await sleep(clock, backoffMs * (0.5 + random()), this.#closing.signal).catch(() => {});
    }
  }

  /** Ends the connections; calls under way are refused. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.#closing.abort();
    await this.#pool.end();
  }

  #onAnswer(): void {
    if (!this.#isTroubled) return;
    this.#isTroubled = false;
    this.#recoveredAt = this.#options.clock.monotonic();
    this.#options.logger.info({ store: this.name }, 'task store answers again');
  }

  #onFailure(error: unknown): void {
    if (this.#isTroubled || this.isClosed) return;
    this.#isTroubled = true;
    this.#options.logger.error(
      { store: this.name, error: storageError(this.name, error) },
      'task store does not answer',
    );
  }
}

/** A name as SQL writes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A connection URL without user and password. */
export function nameOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    return 'database';
  }
}

function marks(values: readonly unknown[]): string {
  return values.map((_, index) => `$${index + 1}`).join(', ');
}
