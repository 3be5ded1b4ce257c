import { createGzip, createBrotliCompress } from 'node:zlib';
import type { IncomingMessage, ServerResponse } from 'node:http';
import ipaddr from 'ipaddr.js';
import { OrchestratorError } from '@master-orchestrator/errors';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createToolFetch } from '../src/index.js';
import { FakeInternet, type FakeDns } from './support/fake-internet.js';
import { hasSharedData, sharedData, SKIPPED } from './support/shared-data.js';

interface Payload {
  readonly id: string;
  readonly class: string;
  readonly url: string;
  readonly dns?: FakeDns;
  readonly redirect?: { readonly status: number; readonly location: string };
  readonly note?: string;
  readonly expect: { readonly refuse: boolean; readonly acceptCategories?: readonly string[] };
}

interface List {
  readonly payloads: readonly Payload[];
  readonly controls: readonly Payload[];
}

const MiB = 1_048_576;

describe.skipIf(!hasSharedData)(`createToolFetch, every payload of the list${SKIPPED}`, () => {
  const payloads = sharedData('ssrf', (list: List) => list.payloads);
  const controls = sharedData('ssrf', (list: List) => list.controls);
  let internet: FakeInternet;
  beforeAll(async () => {
    internet = await FakeInternet.start();
  });
  afterAll(async () => {
    await internet[Symbol.asyncDispose]();
  });
  beforeEach(() => internet.reset());

  async function send({ url, dns, redirect, note, class: kind }: Payload): Promise<Response> {
    for (const name of hostNames(url, redirect?.location)) if (dns !== undefined) internet.names.set(name, dns);
    internet.answer = (request, response) => {
      if (kind === 'hostile-response') return hostile(request, response);
      const isOther = request.headers.host?.startsWith('other.') === true; // it answers; a loop goes on
      if (redirect !== undefined && !isOther) response.writeHead(redirect.status, { location: redirect.location });
      response.end('hello');
    };
    const fetch = createToolFetch({
      guard: internet.guard,
      policy: { timeoutMs: kind === 'hostile-response' ? 400 : 10_000, maxBytes: 5 * MiB },
    });
    const headers = note?.startsWith('tool argument headers: ')
      ? (JSON.parse(note.slice(23)) as Record<string, string>)
      : {};
    const secret = redirect === undefined ? {} : { authorization: 'Bearer secret', cookie: 'a=b', 'x-api-key': 'k' };
    const response = await fetch(url, { headers: { ...headers, ...secret } });
    await response.arrayBuffer();
    return response;
  }

  // The client reads as many bytes as were announced and drops the connection: nothing is left to refuse.
  const isBoundedByHttp = ({ url }: Payload): boolean => url.endsWith('/lie');

  it.each(payloads.filter(isBoundedByHttp))('reads no more than was announced for $id', async (payload) => {
    expect((await send(payload)).headers.get('content-length')).toBe('10');
  });

  it.each(payloads.filter((payload) => payload.expect.refuse && !isBoundedByHttp(payload)))(
    'refuses $id $class $url',
    async (payload) => {
      const error: unknown = await send(payload).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(internet.dialled.filter((address) => !isPublic(address))).toEqual([]);
      expect(OrchestratorError.isInstance(error), String(error)).toBe(true);
      expect(payload.expect.acceptCategories).toContain((error as OrchestratorError).category);
    },
  );

  it.each(payloads.filter(({ expect: { refuse } }) => !refuse))(
    'connects to nothing that is not public for $id $class',
    async (payload) => {
      for (let time = 0; time < 3; time += 1) await send(payload).catch(() => undefined);
      expect(internet.dialled.filter((address) => !isPublic(address))).toEqual([]);
      for (const request of internet.requests) expect(request.headers).not.toHaveProperty('x-injected');
      const other = internet.requests.find(({ headers }) => headers.host?.startsWith('other.'));
      if (payload.class === 'redirect') {
        expect(other?.headers).toBeDefined();
        for (const name of ['authorization', 'cookie', 'x-api-key']) expect(other?.headers).not.toHaveProperty(name);
      }
    },
  );

  it.each(controls)('allows $id $url', async (control) => {
    const response = await send(control);
    expect(response.status).toBe(200);
    expect(internet.requests).toHaveLength(1);
    expect(internet.dialled.filter((address) => !isPublic(address))).toEqual([]);
  });
});

function isPublic(address: string): boolean {
  return ipaddr.process(address).range() === 'unicast';
}

function hostNames(...urls: (string | undefined)[]): string[] {
  return urls.flatMap((url) => {
    if (url === undefined || !URL.canParse(url)) return [];
    const { hostname } = new URL(url);
    return [hostname, hostname.replace(/\.$/, '')];
  });
}

function hostile(request: IncomingMessage, response: ServerResponse): void {
  const zeros = Buffer.alloc(MiB);
  switch (request.url) {
    case '/slow': {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'), 50);
      response.on('close', () => clearInterval(timer));
      return;
    }
    case '/huge':
      pour(response, zeros, 2_048);
      return;
    case '/gzip-bomb':
    case '/br-bomb': {
      const isGzip = request.url === '/gzip-bomb';
      response.writeHead(200, { 'content-encoding': isGzip ? 'gzip' : 'br' });
      const packer = isGzip ? createGzip() : createBrotliCompress({ params: { 1: 1 } });
      packer.pipe(response);
      response.on('close', () => packer.destroy());
      pour(packer, zeros, 1_024);
      return;
    }
    case '/lie':
      response.socket?.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n');
      pour(response.socket as NodeJS.WritableStream, zeros, 10);
      return;
    case '/headers':
      response.socket?.write(`HTTP/1.1 200 OK\r\n${'x-a: b\r\n'.repeat(150_000)}\r\n`);
      return;
    default: // never answers
  }
}

function pour(to: NodeJS.WritableStream, chunk: Buffer, times: number): void {
  let left = times;
  const more = (): void => {
    while (left > 0) {
      left -= 1;
      if (!to.write(chunk)) {
        to.once('drain', more);
        return;
      }
    }
    to.end();
  };
  to.on('error', () => {});
  more();
}
