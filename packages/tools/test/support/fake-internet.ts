import type { LookupAddress } from 'node:dns';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { systemClock } from '@master-orchestrator/errors';
import { FetchGuard } from '../../src/internal/fetch/fetch-guard.js';
import type { DialTarget } from '../../src/internal/fetch/guarded-connector.js';

/** Answers of one name: a list, or one list a look-up, the last one repeated. */
export type FakeDns = readonly string[] | { readonly sequence: readonly (readonly string[])[] };

/** A public internet on one loopback server: names are answered here, connections end here, and all are written down. */
export class FakeInternet {
  readonly names = new Map<string, FakeDns>();
  readonly dialled: string[] = [];
  readonly requests: IncomingMessage[] = [];
  readonly guard: FetchGuard;
  readonly #server: Server;
  readonly #lookUps = new Map<string, number>();
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => response.end('hello');

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.requests.push(request);
      this.answer(request, response);
    });
    this.guard = new FetchGuard({
      clock: systemClock,
      lookup: async (name) => this.#lookUp(name),
      dial: (target) => this.#dial(target),
      connectMs: 2_000,
    });
  }

  static async start(): Promise<FakeInternet> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeInternet(server);
  }

  reset(): void {
    this.names.clear();
    this.dialled.length = 0;
    this.requests.length = 0;
    this.#lookUps.clear();
    this.answer = (_request, response) => response.end('hello');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.guard.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #lookUp(name: string): readonly LookupAddress[] {
    const known = this.names.get(name);
    if (known === undefined)
      throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), {
        code: 'ENOTFOUND',
        syscall: 'getaddrinfo',
        hostname: name,
      });
    const count = this.#lookUps.get(name) ?? 0;
    this.#lookUps.set(name, count + 1);
    const answers = 'sequence' in known ? (known.sequence[Math.min(count, known.sequence.length - 1)] ?? []) : known;
    return answers.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  }

  #dial({ addresses }: DialTarget): { socket: ReturnType<typeof connect>; readyEvent: 'connect' } {
    const address = addresses[0]?.address ?? '';
    this.dialled.push(address);
    const socket = connect({ host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port });
    Object.defineProperty(socket, 'remoteAddress', { value: address });
    return { socket, readyEvent: 'connect' };
  }
}
