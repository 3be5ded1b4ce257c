import { classify, OrchestratorError } from '@master-orchestrator/errors';
import type { FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Services } from './services.js';
import type { StopSwitch } from './stop-switch.js';

/** Where to listen, where it differs from the settings. */
export interface ListenOptions {
  /** 0 takes a free one. @default `server.port` */ readonly port?: number;
}

/** Collaborators of a {@link Server}; made by `createServer`. */
export interface ServerParts {
  readonly app: FastifyInstance;
  readonly services: Services;
  readonly stop: StopSwitch;
  /** Ends what runs in the background: reading events, sweeping. */ release(): void;
}

/** Time answers under way have to end once the server closes, in milliseconds. */
const CLOSE_MS = 5_000;
/** How often a closing server looks whether answers are still under way, in milliseconds. */
const LOOK_MS = 10;

/** The HTTP API of an orchestrator. */
export class Server {
  readonly #parts: ServerParts;
  #url: string | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: ServerParts) {
    this.#parts = parts;
  }

  /** The fastify instance, for tests and for those who know it. */
  get app(): FastifyInstance {
    return this.#parts.app;
  }

  /** Where it listens, such as `http://127.0.0.1:6260`; `undefined` before {@link listen}. */
  get url(): string | undefined {
    return this.#url;
  }

  /**
   * Starts to listen.
   *
   * @returns the address
   * @throws OrchestratorError STARTUP_FAILED where the port is taken or the address is not of this machine
   */
  async listen({ port }: ListenOptions = {}): Promise<string> {
    const { server } = this.#parts.services.config;
    const place = { host: server.host, port: port ?? server.port };
    try {
      await this.#parts.app.listen(place);
    } catch (cause) {
      throw startupFailed(place, cause);
    }
    const { port: bound } = this.#parts.app.server.address() as AddressInfo;
    this.#url = `http://${server.host.includes(':') ? `[${server.host}]` : server.host}:${bound}`;
    return this.#url;
  }

  /** Readiness is 503 from now on and new work is refused; what is under way goes on. Call it first in a shutdown. */
  stop(): void {
    this.#parts.stop.stop();
  }

  /** Ends streams with a closing event, waits for answers under way and closes. The orchestrator goes on. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * The whole way down, for `runUntilSignal(server)`: stop, drain the orchestrator, close.
   *
   * @param options - `drainMs`: time for running steps; 0 aborts them, also in a second call.
   */
  async shutdown(options: { readonly drainMs?: number } = {}): Promise<void> {
    this.stop();
    await this.#parts.services.orchestrator.shutdown(options);
    await this.close();
  }

  /** Resolves with the failure because of which the orchestrator stops itself; then the server must go, too. */
  get fatal(): Promise<OrchestratorError> {
    return this.#parts.services.orchestrator.fatal;
  }

  /** Closes at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const { app, services } = this.#parts;
    this.stop();
    services.streams.close();
    this.#parts.release();
    await services.feed.close();
    const closing = app.close();
    await this.#answersEnd();
    // Connections on which nothing was asked yet do not count as idle; without this they would hold up the end.
    app.server.closeAllConnections();
    await closing;
  }

  async #answersEnd(): Promise<void> {
    const { services } = this.#parts;
    const latest = services.clock.monotonic() + CLOSE_MS;
    while (services.requestsUnderWay() > 0 && services.clock.monotonic() < latest)
      await sleep(LOOK_MS, undefined, { ref: false });
  }
}

function startupFailed({ host, port }: { host: string; port: number }, cause: unknown): OrchestratorError {
  const { code } = cause as NodeJS.ErrnoException;
  const why =
    code === 'EADDRINUSE'
      ? 'something listens there already. Set server.port (MAO_PORT) to another one, or to 0 for a free one.'
      : code === 'EACCES'
        ? 'this user may not. Choose a port from 1024 on.'
        : `${classify(cause).message} Check server.host and server.port.`;
  return new OrchestratorError('STARTUP_FAILED', `The server cannot listen on ${host}:${port}: ${why}`, { cause });
}
