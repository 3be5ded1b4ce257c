import type { Logger } from '@master-orchestrator/contracts';
import type { Clock } from '@master-orchestrator/errors';
import { Client } from 'pg';
import { nameOf, quoted, type StoreAddress } from './store.js';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;
/** A connection on which nothing comes is asked for a sign of life, or a way that broke silently is never noticed. */
const PROBE_EVERY_MS = 15_000;

/** What other processes tell: something is ready, an event was added, a worker has something to look at. */
export type Topic = 'ready' | 'event' | 'worker';

const TOPICS: readonly Topic[] = ['ready', 'event', 'worker'];

/** One connection that hears what other processes commit. What it misses while it is away is covered by a call to `onReturn`. */
export class Listener {
  /** Called with a topic and its payload. */ onNews: (topic: Topic, payload: string) => void = () => {};
  /** Called when it hears again, so that everything is looked at. */ onReturn: () => void = () => {};
  readonly #address: StoreAddress;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #client: Client | undefined;
  #isWanted = false;
  #retryMs = FIRST_RETRY_MS;
  #stopTimer: (() => void) | undefined;

  constructor(address: StoreAddress, clock: Clock, logger: Logger) {
    this.#address = address;
    this.#clock = clock;
    this.#logger = logger;
  }

  get isListening(): boolean {
    return this.#client !== undefined;
  }

  /** Resolves when it listens, or could not at first: then it goes on trying. */
  async start(): Promise<void> {
    if (this.#isWanted) return;
    this.#isWanted = true;
    await this.#connect();
  }

  async stop(): Promise<void> {
    this.#isWanted = false;
    this.#stopTimer?.();
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  /** The value that a function of the schema gives; `undefined` while it is not connected, or where the call fails. */
  async call(name: string, values: readonly unknown[]): Promise<unknown> {
    const places = values.map((_, index) => `$${index + 1}`).join(', ');
    const sql = `SELECT ${quoted(this.#address.schema)}.${name}(${places}) AS value`;
    try {
      return (await this.#client?.query<{ value: unknown }>(sql, [...values]))?.rows[0]?.value;
    } catch {
      return undefined;
    }
  }

  async #connect(): Promise<void> {
    const client = new Client({
      connectionString: this.#address.url,
      connectionTimeoutMillis: 10_000,
      query_timeout: 10_000,
      keepAlive: true,
      application_name: 'master-orchestrator listener',
    });
    client.on('error', () => this.#lose(client));
    client.on('end', () => this.#lose(client));
    const prefix = `${this.#address.schema}.`;
    client.on('notification', ({ channel, payload }) =>
      this.onNews(channel.slice(prefix.length) as Topic, payload ?? ''),
    );
    try {
      await client.connect();
      await client.query(TOPICS.map((topic) => `LISTEN ${quoted(prefix + topic)}`).join('; '));
    } catch (error) {
      this.#logger.debug({ store: nameOf(this.#address.url), error }, 'listening to the task store failed');
      client.end().catch(() => {});
      return this.#retry();
    }
    if (!this.#isWanted) return void client.end().catch(() => {});
    this.#client = client;
    this.#retryMs = FIRST_RETRY_MS;
    this.#probeLater(client);
    this.onReturn();
  }

  #lose(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    client.end().catch(() => {});
    this.#retry();
  }

  #retry(): void {
    if (!this.#isWanted) return;
    this.#stopTimer?.();
    this.#stopTimer = this.#clock.setTimer(this.#retryMs, () => void this.#connect());
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
  }

  #probeLater(client: Client): void {
    this.#stopTimer?.();
    this.#stopTimer = this.#clock.setTimer(PROBE_EVERY_MS, () => {
      client.query('SELECT 1').then(
        () => (this.#client === client ? this.#probeLater(client) : undefined),
        () => this.#lose(client),
      );
    });
  }
}
