import type { Clock } from '@master-orchestrator/errors';
import type { Agent, Dispatcher } from 'undici';
import { guardedConnector, systemDial, systemLookup, type Dial, type HostLookup } from './guarded-connector.js';

/** Settings of a {@link FetchGuard}. */
export interface FetchGuardOptions {
  readonly clock: Clock;
  readonly lookup?: HostLookup;
  readonly dial?: Dial;
  /** One connection, in milliseconds. @default 10_000 */ readonly connectMs?: number;
}

/** Sends one request over a pool. */
export type Send = (url: URL, options: SendOptions) => Promise<Dispatcher.ResponseData>;

/** One request as the client gets it. */
export interface SendOptions {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | undefined;
  readonly signal: AbortSignal;
  readonly isPrivateAllowed: boolean;
}

interface Pools {
  readonly request: typeof import('undici').request;
  readonly open: Agent;
  readonly private: Agent;
}

/**
 * Two pools of connections: one that reaches the public internet only, and one for hosts that were allowed although
 * they are not public, so that no request ever finds an open connection that its own rules would not have made. The
 * client is loaded with the first request.
 */
export class FetchGuard {
  readonly #options: FetchGuardOptions;
  #pools: Promise<Pools> | undefined;

  constructor(options: FetchGuardOptions) {
    this.#options = options;
  }

  readonly send: Send = async (url, { isPrivateAllowed, ...request }) => {
    const pools = await (this.#pools ??= this.#load());
    const dispatcher = isPrivateAllowed ? pools.private : pools.open;
    const { method, headers, signal, body } = request;
    return pools.request(url, {
      dispatcher,
      method: method,
      headers,
      signal,
      ...(body === undefined ? {} : { body }),
      headersTimeout: 0,
      bodyTimeout: 0, // the limit of the whole request covers both
    });
  };

  get clock(): Clock {
    return this.#options.clock;
  }

  /** Closes every connection; requests under way fail. */
  async close(): Promise<void> {
    const pools = await this.#pools;
    this.#pools = undefined;
    await Promise.all([pools?.open.destroy(), pools?.private.destroy()]);
  }

  async #load(): Promise<Pools> {
    const { Agent, request } = await import('undici');
    const { clock, lookup = systemLookup, dial = systemDial, connectMs = 10_000 } = this.#options;
    const agent = (isPrivateAllowed: boolean): Agent =>
      new Agent({
        connect: guardedConnector({ clock, lookup, dial, connectMs, isPrivateAllowed }) as never,
        connections: 32,
        keepAliveTimeout: 4_000,
      });
    return { request, open: agent(false), private: agent(true) };
  }
}
