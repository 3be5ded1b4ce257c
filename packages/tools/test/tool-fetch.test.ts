import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { OrchestratorError } from '@master-orchestrator/errors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createToolFetch, type ToolFetchOptions } from '../src/index.js';
import { FakeInternet } from './support/fake-internet.js';
import { codeOf } from './support/registry.js';

const PUBLIC = '93.184.216.34';
let internet: FakeInternet;
beforeEach(async () => {
  internet = await FakeInternet.start();
  internet.names.set('api.example.com', [PUBLIC]);
  internet.names.set('other.example.com', [PUBLIC]);
});
afterEach(async () => {
  await internet[Symbol.asyncDispose]();
});

const fetchWith = (options: ToolFetchOptions = {}): ReturnType<typeof createToolFetch> =>
  createToolFetch({ guard: internet.guard, ...options });

describe('a request', () => {
  it('brings method, headers and body there and status, headers and body back', async () => {
    internet.answer = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.writeHead(
          201,
          'Created',
          [
            ['x-one', '1'],
            ['set-cookie', 'a=b'],
            ['set-cookie', 'c=d'],
            ['content-type', 'application/json'],
          ].flat(),
        );
        response.end(
          JSON.stringify({
            method: request.method,
            url: request.url,
            type: request.headers['content-type'],
            body: Buffer.concat(chunks).toString(),
          }),
        );
      });
    };
    const response = await fetchWith()('http://api.example.com/a?b=c#d', {
      method: 'post',
      body: 'héllo',
      headers: { 'x-mine': 'yes' },
    });
    expect(response).toMatchObject({ status: 201, ok: true, url: 'http://api.example.com/a?b=c', redirected: false });
    expect(response.headers.getSetCookie()).toEqual(['a=b', 'c=d']);
    expect(await response.json()).toEqual({
      method: 'POST',
      url: '/a?b=c',
      type: 'text/plain;charset=UTF-8',
      body: 'héllo',
    });
    expect(internet.requests[0]?.headers).toMatchObject({ 'x-mine': 'yes', host: 'api.example.com' });
  });

  it.each([
    ['form data', () => new URLSearchParams({ a: 'b c' }), 'a=b+c'],
    ['bytes', () => new Uint8Array([104, 105]), 'hi'],
    ['a blob', () => new Blob(['blob']), 'blob'],
    ['a stream', () => new Blob(['stream']).stream(), 'stream'],
  ])('sends %s', async (_what, body, sent) => {
    internet.answer = (request, response) => void request.pipe(response);
    const response = await fetchWith()('http://api.example.com/', { method: 'PUT', body: body() });
    expect(await response.text()).toBe(sent);
  });

  it('gives answers without a body', async () => {
    internet.answer = (request, response) =>
      void response.writeHead(request.method === 'HEAD' ? 200 : 204, { 'content-length': '0' }).end();
    expect(await (await fetchWith()('http://api.example.com/', { method: 'HEAD' })).text()).toBe('');
    expect((await fetchWith()('http://api.example.com/')).body).toBeNull();
  });

  it('decodes what the server packed', async () => {
    internet.answer = (_request, response) =>
      void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('packed'));
    const response = await fetchWith()('http://api.example.com/');
    expect(await response.text()).toBe('packed');
    expect(response.headers.has('content-encoding')).toBe(false);
  });

  it.each([
    ['a method of its own', { method: 'TRACE' }, 'REQUEST_INVALID'],
    ['a body with GET', { body: 'x' }, 'REQUEST_INVALID'],
    ['a header that is none', { headers: { 'a b': 'c' } }, 'REQUEST_INVALID'],
    ['a header with a line break', { headers: { a: 'b\r\nc: d' } }, 'REQUEST_INVALID'],
    ['a header of the connection', { headers: { 'Transfer-Encoding': 'chunked' } }, 'SSRF_BLOCKED'],
    ['a placeholder that nobody filled in', { headers: { authorization: 'Bearer ${KEY}' } }, 'REQUEST_INVALID'],
  ])('is not sent with %s', async (_what, init, code) => {
    expect(await codeOf(fetchWith()('http://api.example.com/', init))).toBe(code);
    expect(internet.dialled).toEqual([]);
  });

  it.each([
    'ftp://api.example.com/',
    'file:///etc/passwd',
    'http://user:pw@api.example.com/',
    'http://api.example.com\\@x/',
    ' http://api.example.com/',
    'nonsense',
  ])('is not sent to %j', async (url) => {
    expect(await codeOf(fetchWith()(url))).toMatch(/^(?:SSRF_BLOCKED|REQUEST_INVALID)$/);
    expect(internet.dialled).toEqual([]);
  });

  it('names what failed below it', async () => {
    expect(await codeOf(fetchWith()('http://nowhere.example.com/'))).toBe('DNS_FAILED');
    internet.answer = (_request, response) => void response.socket?.destroy();
    expect(await codeOf(fetchWith()('http://api.example.com/'))).toBe('CONNECTION_LOST');
    internet.answer = (_request, response) => void response.socket?.end('this is no HTTP\r\n\r\n');
    expect(await codeOf(fetchWith()('http://api.example.com/'))).toBe('PROTOCOL_ERROR');
  });
});

describe('limits of a request', () => {
  it.each([
    ['announced', (response: ServerResponse) => response.end('x'.repeat(101))],
    ['not announced', (response: ServerResponse) => void [response.write('x'.repeat(100)), response.end('x')]],
    [
      'packed',
      (response: ServerResponse) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(101))),
    ],
  ])('end a body that is too large and %s', async (_what, answer) => {
    internet.answer = (_request, response) => void answer(response);
    const work = fetchWith({ policy: { maxBytes: 100 } })('http://api.example.com/').then((response) =>
      response.text(),
    );
    expect(await codeOf(work)).toBe('RESPONSE_TOO_LARGE');
  });

  it('let a body through that is as large as allowed', async () => {
    internet.answer = (_request, response) => void response.end('x'.repeat(100));
    expect(await (await fetchWith({ policy: { maxBytes: 100 } })('http://api.example.com/')).text()).toHaveLength(100);
  });

  it('are the smallest of all policies', async () => {
    internet.answer = (_request, response) => void response.end('x'.repeat(60));
    const fetch = fetchWith({ policy: [{ maxBytes: 100 }, { maxBytes: 50 }] });
    expect(await codeOf(fetch('http://api.example.com/', { policy: { maxBytes: 1_000 } }))).toBe('RESPONSE_TOO_LARGE');
  });

  it('end a request that gives no headers, and one whose body never ends', async () => {
    internet.answer = () => {};
    const fetch = fetchWith({ policy: { timeoutMs: 60 } });
    expect(await codeOf(fetch('http://api.example.com/'))).toBe('RESPONSE_TIMEOUT');
    internet.answer = (_request, response) => void response.write('part');
    const response = await fetch('http://api.example.com/');
    expect(await codeOf(response.text())).toBe('RESPONSE_TIMEOUT');
  });

  it('end with the signal of the call and with the one of the request, with its reason', async () => {
    internet.answer = (_request, response) => void response.write('part');
    for (const where of ['call', 'request']) {
      const controller = new AbortController();
      const reason = new OrchestratorError('CANCELLED', where);
      const fetch = fetchWith(where === 'call' ? { signal: controller.signal } : {});
      const response = await fetch('http://api.example.com/', where === 'request' ? { signal: controller.signal } : {});
      controller.abort(reason);
      await expect(response.text()).rejects.toBe(reason);
      await expect(fetch('http://api.example.com/', { signal: controller.signal })).rejects.toBe(reason);
    }
  });

  it('leave no connection open for a body that nobody reads to its end', async () => {
    let isClosed = false;
    internet.answer = (_request, response) => {
      response.on('close', () => (isClosed = true));
      response.write('x'.repeat(100_000));
    };
    const response = await fetchWith()('http://api.example.com/');
    await response.body?.cancel();
    await expect.poll(() => isClosed).toBe(true);
  });
});

describe('redirects', () => {
  const redirect = (status: number, location: string): void => {
    internet.answer = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (request.url === '/start') response.writeHead(status, { location }).end('gone');
        else response.end(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`.trim());
      });
    };
  };

  it.each([
    [301, 'POST', 'GET /end'],
    [302, 'POST', 'GET /end'],
    [303, 'PUT', 'GET /end'],
    [302, 'PUT', 'PUT /end body'],
    [307, 'POST', 'POST /end body'],
    [308, 'POST', 'POST /end body'],
  ])('of status %d turn %s into what the standard says', async (status, method, seen) => {
    redirect(status, '/end');
    const response = await fetchWith()('http://api.example.com/start', { method, body: 'body' });
    expect(await response.text()).toBe(seen);
    expect(response).toMatchObject({ redirected: true, url: 'http://api.example.com/end' });
  });

  it('carry every header to the same origin and no credential to another', async () => {
    const headers = { authorization: 'a', cookie: 'b', 'x-api-key': 'c', accept: 'text/plain' };
    redirect(302, '/end');
    await fetchWith()('http://api.example.com/start', { headers });
    expect(internet.requests[1]?.headers).toMatchObject(headers);
    internet.requests.length = 0;
    redirect(302, 'http://other.example.com/end');
    await fetchWith()('http://api.example.com/start', { headers });
    const sent = internet.requests[1]?.headers;
    expect(sent).toMatchObject({ accept: 'text/plain', host: 'other.example.com' });
    for (const name of ['authorization', 'cookie', 'x-api-key']) expect(sent).not.toHaveProperty(name);
  });

  it('are checked like a new request', async () => {
    for (const location of [
      'http://127.0.0.1/',
      'http://localhost/',
      'ftp://api.example.com/',
      'http://a:b@api.example.com/',
      'http://api.example.com:22/',
    ]) {
      redirect(302, location);
      expect(await codeOf(fetchWith()('http://api.example.com/start'))).toBe('SSRF_BLOCKED');
    }
    redirect(302, 'http://other.example.com/end');
    expect(
      await codeOf(fetchWith({ policy: { allowedHosts: ['api.example.com'] } })('http://api.example.com/start')),
    ).toBe('SSRF_BLOCKED');
    expect(internet.requests.every(({ url }) => url === '/start')).toBe(true);
  });

  it('end after so many, and when they go in a circle', async () => {
    internet.answer = (request, response) =>
      void response.writeHead(302, { location: `/${Number(request.url?.slice(1)) + 1}` }).end();
    expect(await codeOf(fetchWith({ policy: { maxRedirects: 3 } })('http://api.example.com/0'))).toBe('PROTOCOL_ERROR');
    expect(internet.requests).toHaveLength(4);
    internet.answer = (request, response) =>
      void response.writeHead(302, { location: request.url === '/a' ? '/b' : '/a' }).end();
    expect(await codeOf(fetchWith()('http://api.example.com/a'))).toBe('REQUEST_INVALID');
  });

  it('are given back or refused where the tool wants that', async () => {
    redirect(302, '/end');
    const response = await fetchWith()('http://api.example.com/start', { redirect: 'manual' });
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/end');
    expect(await codeOf(fetchWith()('http://api.example.com/start', { redirect: 'error' }))).toBe('PROTOCOL_ERROR');
  });
});

describe('hosts and ports', () => {
  const codes = async (fetch: ReturnType<typeof createToolFetch>, ...urls: string[]): Promise<string[]> =>
    Promise.all(
      urls.map((url) =>
        fetch(url).then(
          () => 'sent',
          (error: unknown) => (error as OrchestratorError).code,
        ),
      ),
    );

  it('must be listed by every policy that lists any', async () => {
    internet.names.set('a.b.example.com', [PUBLIC]);
    const fetch = fetchWith({
      policy: { allowedHosts: ['*.example.com'] },
      allowedHosts: [['api.example.com', 'a.b.example.com:*']],
    });
    expect(
      await codes(
        fetch,
        'http://api.example.com/',
        'http://API.example.com/',
        'http://a.b.example.com:99/',
        'http://other.example.com/',
        'http://example.com/',
        'http://api.example.com:99/',
      ),
    ).toEqual(['sent', 'sent', 'SSRF_BLOCKED', 'SSRF_BLOCKED', 'SSRF_BLOCKED', 'SSRF_BLOCKED']);
  });

  it('other than 80 and 443 must be listed', async () => {
    expect(await codes(fetchWith(), 'http://api.example.com:8080/')).toEqual(['SSRF_BLOCKED']);
    expect(
      await codes(
        fetchWith({ policy: { allowedHosts: ['api.example.com:8080'] } }),
        'http://api.example.com:8080/',
        'http://api.example.com/',
      ),
    ).toEqual(['sent', 'SSRF_BLOCKED']);
    expect(
      await codes(fetchWith({ policy: { allowedHosts: ['api.example.com:*'] } }), 'http://api.example.com:1234/'),
    ).toEqual(['sent']);
  });

  it('that are not public need the operator, or the tool itself where the operator says nothing about hosts', async () => {
    internet.names.set('intranet.example.com', ['10.1.2.3']);
    const url = 'http://intranet.example.com/';
    const own = { policy: { allowPrivateHosts: ['intranet.example.com'] } };
    const send = (options: ToolFetchOptions, init = {}): Promise<string> =>
      fetchWith(options)(url, init).then(
        () => 'sent',
        (error: unknown) => (error as OrchestratorError).code,
      );
    expect(await send({})).toBe('SSRF_BLOCKED');
    expect(await send({}, own)).toBe('sent');
    expect(await send({ policy: { maxBytes: 1_000 } }, own)).toBe('sent');
    expect(await send({ policy: { allowedHosts: ['*.example.com'] } }, own)).toBe('SSRF_BLOCKED');
    expect(await send({ policy: { allowPrivateHosts: ['intranet.example.com'] } })).toBe('sent');
    expect(
      await send({ policy: [{ allowPrivateHosts: ['intranet.example.com'] }, { allowedHosts: ['*.example.com'] }] }),
    ).toBe('SSRF_BLOCKED');
    // An open connection of a request that was allowed is of no use to one that is not.
    expect(await send({})).toBe('SSRF_BLOCKED');
  });

  it('that were allowed by name do not lead to the metadata service of a cloud', async () => {
    internet.names.set('intranet.example.com', ['169.254.169.254']);
    expect(
      await codeOf(
        fetchWith({ policy: { allowPrivateHosts: ['intranet.example.com'] } })('http://intranet.example.com/'),
      ),
    ).toBe('SSRF_BLOCKED');
    expect(internet.dialled).toEqual([]);
  });

  it('cannot be changed between the look-up and the connection', async () => {
    internet.names.set('rebind.example.com', { sequence: [[PUBLIC], ['127.0.0.1']] });
    const fetch = fetchWith();
    expect(await codes(fetch, 'http://rebind.example.com/', 'http://rebind.example.com/')).toHaveLength(2);
    expect(internet.dialled.every((address) => address === PUBLIC)).toBe(true);
  });
});

it('refuses without the permission, by its name', async () => {
  await expect(
    fetchWith({ permissions: ['fs:read'], who: 'Plugin "p"' })('http://api.example.com/'),
  ).rejects.toMatchObject({
    code: 'TOOL_FORBIDDEN',
    message: expect.stringMatching(/Plugin "p".*"net"/) as string,
  });
  await expect(fetchWith({ permissions: ['net'] })('http://api.example.com/')).resolves.toMatchObject({ status: 200 });
});

describe('against real listeners on this machine', () => {
  let http: Server;
  let tcp: TcpServer;
  let connections = 0;
  const requests: IncomingMessage[] = [];
  const portOf = (server: Server | TcpServer): number => (server.address() as AddressInfo).port;

  beforeEach(async () => {
    connections = 0;
    requests.length = 0;
    http = createServer((request, response) => {
      requests.push(request);
      response.end('local');
    });
    tcp = createTcpServer((socket) => socket.destroy());
    for (const server of [http, tcp]) server.on('connection', () => (connections += 1));
    await Promise.all([
      new Promise<void>((done) => http.listen(0, '127.0.0.1', done)),
      new Promise<void>((done) => tcp.listen(0, '0.0.0.0', done)),
    ]);
  });
  afterEach(async () => {
    http.closeAllConnections();
    await Promise.all([new Promise((done) => http.close(done)), new Promise((done) => tcp.close(done))]);
  });

  it('makes no connection by any spelling of this machine, whatever ports the policy lists', async () => {
    const fetch = createToolFetch({
      policy: {
        allowedHosts: [
          '*:*',
          '127.0.0.1:*',
          'localhost:*',
          '0.0.0.0:*',
          '::1:*',
          '[::1]:*',
          '[::ffff:7f00:1]:*',
          '[::ffff:127.0.0.1]:*',
          '*.localhost:*',
        ],
      },
    });
    for (const port of [portOf(http), portOf(tcp)]) {
      for (const host of [
        '127.0.0.1',
        'localhost',
        'LOCALHOST.',
        'x.localhost',
        '127.1',
        '2130706433',
        '0x7f000001',
        '017700000001',
        '0.0.0.0',
        '0',
        '[::]',
        '[::1]',
        '[::ffff:127.0.0.1]',
        '[::ffff:7f00:1]',
        '①②⑦.⓪.⓪.①',
      ]) {
        expect(await codeOf(fetch(`http://${host}:${port}/`)), host).toBe('SSRF_BLOCKED');
      }
    }
    expect(connections).toBe(0);
  });

  it('reaches a host of this machine that is allowed by name and port, and only that', async () => {
    const fetch = createToolFetch({ policy: { allowPrivateHosts: [`127.0.0.1:${portOf(http)}`] } });
    expect(await (await fetch(`http://127.0.0.1:${portOf(http)}/page`)).text()).toBe('local');
    expect(requests[0]?.url).toBe('/page');
    expect(await codeOf(fetch(`http://127.0.0.1:${portOf(tcp)}/`))).toBe('SSRF_BLOCKED');
    expect(await codeOf(fetch(`http://localhost:${portOf(http)}/`))).toBe('SSRF_BLOCKED');
  });

  it('looks names up by the machine where one is allowed', async () => {
    const fetch = createToolFetch({ policy: { allowPrivateHosts: [`localhost:${portOf(http)}`] } });
    expect(await (await fetch(`http://localhost:${portOf(http)}/`)).text()).toBe('local');
  });

  it('says that nothing listens', async () => {
    const port = portOf(tcp);
    await new Promise((done) => tcp.close(done));
    await expect(
      new Promise((done, fail) => connect(port, '127.0.0.1').on('connect', done).on('error', fail)),
    ).rejects.toThrow('ECONNREFUSED');
    const fetch = createToolFetch({ policy: { allowPrivateHosts: [`127.0.0.1:${port}`] } });
    expect(await codeOf(fetch(`http://127.0.0.1:${port}/`))).toBe('CONNECTION_FAILED');
    await new Promise<void>((done) => tcp.listen(0, done));
  });
});

it.each([
  ['an encoding that was not asked for', { 'content-encoding': 'zstd' }],
  ['several encodings', { 'content-encoding': 'gzip, gzip' }],
])('refuses an answer with %s and closes it', async (_what, headers) => {
  let isClosed = false;
  internet.answer = (_request, response) => {
    response.on('close', () => (isClosed = true));
    response.writeHead(200, headers).write('x'.repeat(100_000));
  };
  expect(await codeOf(fetchWith()('http://api.example.com/'))).toBe('PROTOCOL_ERROR');
  await expect.poll(() => isClosed).toBe(true);
});
