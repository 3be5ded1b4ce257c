import type { Dispatcher } from 'undici';
import { ForeignSender } from './foreign-sender.js';
import type { Sender } from './sender.js';
import { SocketPool } from './socket-pool.js';

/** How sockets are used. */
export interface TransportOptions {
  readonly origin: string;
  /** Sockets open at the same time; further requests wait in line. */ readonly connections: number;
  /** Time for a connection, in milliseconds. */ readonly connectMs: number;
  /** Sends in place of the pool; closing it stays its owner's business. */ readonly dispatcher?:
    | Dispatcher
    | undefined;
}

/** The way to one origin; loads the HTTP client with the first request. */
export class HttpTransport {
  readonly #options: TransportOptions;
  #sender: Sender | undefined;
  #opening: Promise<Sender> | undefined;
  #isClosed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    if (options.dispatcher) this.#sender = new ForeignSender(options.dispatcher);
  }

  /** True once it was closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What sends. */
  open(): Sender | Promise<Sender> {
    if (this.#sender) return this.#sender;
    this.#opening ??= this.#load();
    return this.#opening;
  }

  /** Leaves the sockets it has: those in use serve their request to its end, the next one opens anew. */
  async renew(): Promise<void> {
    await this.#sender?.renew?.();
  }

  /** Closes all sockets, also those in use; calls that run end with this error. */
  async close(error: Error): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#opening;
    await this.#sender?.close(error);
  }

  async #load(): Promise<Sender> {
    const { buildConnector, Client } = await import('undici');
    const { origin, connections, connectMs } = this.#options;
    const connector = buildConnector({ timeout: connectMs });
    this.#sender = new SocketPool({ origin, connections, connector, Client });
    return this.#sender;
  }
}
