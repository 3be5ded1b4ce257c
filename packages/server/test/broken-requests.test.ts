import { seededRandom } from '@master-orchestrator/testing';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { ADMIN_KEY, startServer, withAuth } from './support/start-server.js';

const COUNT = 300;

/** What no well-behaved client sends; `HOST` is the right name of the server. */
const FIXED: readonly string[] = [
  '\r\n\r\n',
  '\0\0\0\0\0\0\0\0',
  'GET\r\n\r\n',
  'GET / HTTP/9.9\r\nHost: HOST\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\n\r\n',
  'GET / HTTP/1.1\r\nHost HOST\r\n\r\n',
  'GET  / HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'G\u00cbT / HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'FOO /livez HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'TRACE / HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'CONNECT example.com:443 HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'GET http://evil.example/livez HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'GET //evil.example/livez HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'GET /%zz HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'GET /api/v1/agents/%c0%af HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'GET /api/v1/agents/%00 HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'GET /../../etc/passwd HTTP/1.1\r\nHost: HOST\r\n\r\n',
  'GET /api/v1/agents?limit=%zz HTTP/1.1\r\nHost: HOST\r\n\r\n',
  `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: HOST\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: HOST\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: HOST\r\n${'a: b\r\n'.repeat(3_000)}\r\n`,
  'GET / HTTP/1.1\r\nHost: HOST\r\nx: a\0b\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: HOST\r\n folded: yes\r\n\r\n',
  'GET / HTTP/1.1\nHost: HOST\n\n',
  'POST /api/v1/agents HTTP/1.1\r\nHost: HOST\r\nContent-Length: -1\r\n\r\n',
  'POST /api/v1/agents HTTP/1.1\r\nHost: HOST\r\nContent-Length: abc\r\n\r\n',
  'POST /api/v1/agents HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
  'POST /api/v1/agents HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST /api/v1/agents HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: gzip, chunked, identity\r\n\r\n0\r\n\r\n',
  'POST /api/v1/agents HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n',
  'POST /api/v1/agents HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n',
  `POST /api/v1/agents HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n2;${'e'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
  'POST /api/v1/agents HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{}',
  'GET /livez HTTP/1.1\r\nHost: HOST\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  'GET /livez HTTP/1.1\r\nHost: HOST\r\nExpect: nonsense\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'SSH-2.0-OpenSSH_9.6\r\n',
  '{"json":"alone"}\r\n\r\n',
];

/** Valid requests, broken by flipping, dropping, doubling and cutting bytes. */
function broken(random: () => number): string {
  const body = '{"name":"A","instructions":"Help."}';
  let text =
    `POST /api/v1/agents HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer ${ADMIN_KEY}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const times = 1 + Math.floor(random() * 6);
  for (let count = 0; count < times; count += 1) {
    const at = Math.floor(random() * text.length);
    const kind = Math.floor(random() * 4);
    const byte = String.fromCharCode(Math.floor(random() * 256));
    if (kind === 0) text = text.slice(0, at) + byte + text.slice(at + 1);
    else if (kind === 1) text = text.slice(0, at) + text.slice(at + 1 + Math.floor(random() * 8));
    else if (kind === 2) text = text.slice(0, at) + text.slice(Math.max(0, at - 20), at) + text.slice(at);
    else text = text.slice(0, at);
  }
  return text;
}

it(`lives through ${COUNT} broken requests, with an answer below 500 or a closed connection for each`, async () => {
  await using test = await startServer({ config: withAuth });
  const { port } = new URL(test.url);
  const random = seededRandom(815);
  const all = [...FIXED, ...Array.from({ length: COUNT - FIXED.length }, () => broken(random))];
  expect(all).toHaveLength(COUNT);
  const statuses = new Set<string>();
  for (const text of all) {
    const answer = await send(Number(port), text.replaceAll('HOST', `127.0.0.1:${port}`));
    for (const status of answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)) {
      statuses.add(status[1] ?? '');
      expect(Number(status[1]), `${JSON.stringify(text.slice(0, 200))} gave ${answer.slice(0, 300)}`).toBeLessThan(500);
    }
    expect(answer).not.toMatch(/\n {4}at |node_modules|\.ts:\d/);
  }
  expect([...statuses]).toEqual(expect.arrayContaining(['400', '401', '403', '431']));
  expect((await test.call('GET', '/api/v1/agents', { key: ADMIN_KEY })).status).toBe(200);
}, 120_000);

it('answers a malformed request in the form of every error', async () => {
  await using test = await startServer();
  const answer = await send(Number(new URL(test.url).port), 'NONSENSE\r\n\r\n');
  const body = JSON.parse(answer.slice(answer.indexOf('{'))) as unknown;
  expect(body).toMatchObject({
    error: {
      code: 'REQUEST_INVALID',
      category: 'VALIDATION_ERROR',
      requestId: expect.stringMatching(/^req_/) as string,
    },
  });
  expect(answer).toContain('connection: close');
});

it('answers nothing that follows a bad request on the same connection', async () => {
  await using test = await startServer();
  const { port } = new URL(test.url);
  const good = `GET /livez HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
  const answer = await send(Number(port), `NONSENSE\r\n\r\n${good}`);
  expect([...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status)).toEqual(['400']);
});

/** Sends bytes, then ends; resolves with what came until the connection closed, or after a moment of silence. */
function send(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(Buffer.from(text, 'latin1')));
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}
