import { request } from 'node:http';
import { expect, it } from 'vitest';
import { startServer, type TestServer } from './support/start-server.js';

/** Who calls (`_` stands for the server's own port), and whether he is let in. */
type Case = readonly [host: string, origin: string | undefined, isLetIn: boolean];

const OWN: readonly Case[] = [
  ['127.0.0.1:_', undefined, true],
  ['localhost:_', undefined, true],
  ['LOCALHOST:_', undefined, true],
  ['[::1]:_', undefined, true],
  ['127.0.0.1', undefined, true],
  ['localhost', undefined, true],
  ['127.0.0.1:1', undefined, true],
  ['127.0.0.1:_', 'http://127.0.0.1:_', true],
  ['localhost:_', 'http://localhost:_', true],
  ['localhost:_', 'https://localhost:_', true],
  ['evil.example', undefined, false],
  ['evil.example:_', undefined, false],
  ['localhost.evil.example', undefined, false],
  ['127.0.0.1.evil.example', undefined, false],
  ['evil.example#localhost', undefined, false],
  ['localhost@evil.example', undefined, false],
  ['evil.example, localhost', undefined, false],
  ['localhost:_:_', undefined, false],
  ['localhost:99999', undefined, false],
  ['localhost:', undefined, false],
  ['10.0.0.1:_', undefined, false],
  ['192.168.1.1', undefined, false],
  ['0.0.0.0:_', undefined, false],
  ['127.0.0.2', undefined, false],
  ['2130706433', undefined, false],
  ['0x7f000001', undefined, false],
  ['[::ffff:127.0.0.1]', undefined, false],
  ['local host', undefined, false],
  ['localhost/', undefined, false],
  ['localhost.', undefined, false],
  ['127.0.0.1:_', 'http://evil.example', false],
  ['127.0.0.1:_', 'http://localhost:_', false],
  ['127.0.0.1:_', 'http://127.0.0.1:1', false],
  ['127.0.0.1:_', 'http://127.0.0.1', false],
  ['127.0.0.1:_', 'null', false],
  ['127.0.0.1:_', 'file://', false],
  ['127.0.0.1:_', '', false],
  ['127.0.0.1:_', 'http://127.0.0.1:_.evil.example', false],
  ['127.0.0.1:_', 'http://evil.example@127.0.0.1:9', false],
  ['evil.example', 'http://evil.example', false],
  ['127.0.0.1:_', 'chrome-extension://abcdef', false],
];

const GRANTED: readonly Case[] = [
  ['127.0.0.1:_', 'https://app.example', true],
  ['127.0.0.1:_', 'https://APP.example', true],
  ['api.internal:_', undefined, true],
  ['API.internal', undefined, true],
  ['api.internal', 'https://app.example', true],
  ['api.internal', 'http://api.internal', true],
  ['127.0.0.1:_', 'http://app.example', false],
  ['127.0.0.1:_', 'https://app.example:8443', false],
  ['127.0.0.1:_', 'https://app.example.evil.example', false],
  ['127.0.0.1:_', 'https://evil.example', false],
  ['127.0.0.1:_', 'null', false],
  ['other.internal', undefined, false],
  ['evil.example', 'https://app.example', false],
];

const FAR: readonly Case[] = [
  ['10.1.2.3:_', undefined, true],
  ['[2001:db8::1]:_', undefined, true],
  ['localhost:_', undefined, true],
  ['10.1.2.3:_', 'http://10.1.2.3:_', true],
  ['evil.example', undefined, false],
  ['10.1.2.3:_', 'http://evil.example', false],
];

const granted = { server: { cors: { origins: ['https://app.example'] }, allowedHosts: ['api.internal'] } };
const far = { server: { host: '0.0.0.0', auth: { enabled: true, adminKey: 'admin-0123456789abcdef-for-tests' } } };

it.each([
  ['as it is', {}, OWN],
  ['with an origin and a name granted', granted, GRANTED],
  ['on more than loopback', far, FAR],
] as const)('lets in who calls it by its name from its own or a granted origin: %s', async (_name, config, cases) => {
  await using test = await startServer({ config });
  const port = new URL(test.url).port;
  for (const [host, origin, isLetIn] of cases) {
    const [givenHost, givenOrigin] = [host.replaceAll('_', port), origin?.replaceAll('_', port)];
    const { status } = await ask(port, '/livez', {
      host: givenHost,
      ...(givenOrigin === undefined ? {} : { origin: givenOrigin }),
    });
    expect(status, `${givenHost} from ${givenOrigin}`).toBe(isLetIn ? 200 : 403);
  }
});

it('tries sixty cases', () => {
  expect(OWN.length + GRANTED.length + FAR.length).toBe(60);
});

it('sends no CORS header unless an origin was granted', async () => {
  await using test = await startServer();
  const { headers } = await preflight(test, 'https://app.example');
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
});

it('answers the preflight of a granted origin, and of no other', async () => {
  await using test = await startServer({ config: granted });
  const known = await preflight(test, 'https://app.example');
  expect(known.status).toBe(204);
  expect(known.headers['access-control-allow-origin']).toBe('https://app.example');
  expect(known.headers['access-control-allow-methods']).toContain('PATCH');
  expect(known.headers['access-control-allow-credentials']).toBeUndefined();
  const other = await preflight(test, 'https://evil.example');
  expect(other.status).toBe(403);
  expect(other.headers['access-control-allow-origin']).toBeUndefined();
});

it('sends the headers of helmet with every answer', async () => {
  await using test = await startServer();
  for (const path of ['/livez', '/nothing', '/api/v1/agents']) {
    const { headers } = await ask(new URL(test.url).port, path, {});
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  }
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

function preflight({ url }: TestServer, origin: string): Promise<Answer> {
  return ask(new URL(url).port, '/api/v1/agents', { origin, 'access-control-request-method': 'POST' }, 'OPTIONS');
}

/** `fetch` does not let a test choose Host and Origin. */
function ask(port: string, path: string, headers: Record<string, string>, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode, headers: response.headers }));
    });
    sent.on('error', reject).end();
  });
}
