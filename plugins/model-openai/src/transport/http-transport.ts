import type { Dispatcher } from 'undici';

/** How sockets are used. */
export interface TransportOptions {
  readonly origin: string;
  /** Sockets open at the same time; further requests wait in line. */ readonly connections: number;
  /** Time for a connection, in milliseconds. */ readonly connectMs: number;
  /** Sends in place of the pool; closing it stays its owner's business. */ readonly dispatcher?:
    | Dispatcher
    | undefined;
}

/** The sockets of one origin: a pool of kept connections, opened with the first request. */
export class HttpTransport {
  readonly #options: TransportOptions;
  #dispatcher: Dispatcher | undefined;
  #opening: Promise<Dispatcher> | undefined;
  #busy = 0;
  #isClosed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#dispatcher = options.dispatcher;
  }

  /** True once it was closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What sends; loads the HTTP client on first use. */
  open(): Dispatcher | Promise<Dispatcher> {
    if (this.#dispatcher) return this.#dispatcher;
    this.#opening ??= this.#load();
    return this.#opening;
  }

  /** True where a request that has not gone out may only be waiting for a socket. */
  readonly isInLine = (): boolean => this.#options.dispatcher !== undefined || this.#busy >= this.#options.connections;

  /** Counts the sockets in use. */
  readonly onSocket = (change: 1 | -1): void => {
    this.#busy += change;
  };

  /** Closes all sockets, also those in use. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#opening;
    if (this.#options.dispatcher === undefined) await this.#dispatcher?.destroy();
  }

  async #load(): Promise<Dispatcher> {
    const { Pool } = await import('undici');
    const { origin, connections, connectMs } = this.#options;
    this.#dispatcher = new Pool(origin, {
      connections,
      connect: { timeout: connectMs },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return this.#dispatcher;
  }
}
