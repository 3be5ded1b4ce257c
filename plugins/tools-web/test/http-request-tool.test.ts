import { gzipSync } from 'node:zlib';
import { OrchestratorError } from '@master-orchestrator/errors';
import { startJsonServer } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { request, serve } from './helpers.js';

const KEY = 'Bearer tok_0123456789abcdef';

describe('what is sent', () => {
  it('has method, query, headers and JSON body as asked for', async () => {
    const { url, seen } = await serve(() => [200]);
    await request({
      url: `${url}/a?x=1`,
      method: 'POST',
      query: { q: 'a b&c', n: [1, true] },
      headers: { 'X-Own': 'yes' },
      json: { a: [1] },
    });
    expect(seen).toMatchObject([
      {
        method: 'POST',
        path: '/a?x=1&q=a+b%26c&n=1&n=true',
        headers: { 'x-own': 'yes', 'content-type': 'application/json' },
        body: '{"a":[1]}',
      },
    ]);
  });

  it('may be text or bytes', async () => {
    const { url, seen } = await serve(() => [200]);
    await request({ url, method: 'PUT', body: 'grüße', headers: { 'content-type': 'text/csv' } });
    await request({ url, method: 'PATCH', bodyBase64: 'AQID' });
    expect(seen.map(({ headers, body }) => [headers['content-type'], body])).toEqual([
      ['text/csv', 'grüße'],
      [undefined, '\x01\x02\x03'],
    ]);
  });

  it('is a GET by default', async () => {
    const { url, seen } = await serve(() => [200]);
    await request({ url });
    expect(seen[0]?.method).toBe('GET');
  });

  it.each([
    [{ method: 'POST', json: 1, body: 'x' }, /one of json, body/],
    [{ method: 'TRACE' }, /GET/],
    [{ url: '' }, /url/],
    [{ timeoutMs: 99_999_999 }, /timeoutMs/],
    [{ headers: { a: 1 } }, /headers/],
  ])('is refused by the schema: %j', async (args, message) => {
    await expect(request({ url: 'http://127.0.0.1:1', ...args })).rejects.toThrow(message);
  });

  it.each([
    ['REQUEST_INVALID', { url: 'not a url' }],
    ['REQUEST_INVALID', { url: 'http://a.example\\@127.0.0.1/' }],
    ['REQUEST_INVALID', { url: 'http://127.0.0.1\t.a.example/' }],
    ['REQUEST_INVALID', { headers: { 'bad name': 'x' } }],
    ['REQUEST_INVALID', { headers: { x: 'a\r\nb: c' } }],
    ['REQUEST_INVALID', { method: 'POST', bodyBase64: '???' }],
    ['TOOL_FORBIDDEN', { headers: { Cookie: 'a=b' } }],
    ['REQUEST_TOO_LARGE', { method: 'POST', body: 'x'.repeat(101) }],
  ])('is refused before it leaves with %s: %j', async (code, args) => {
    const { url, seen } = await serve(() => [200]);
    await expect(request({ url, ...args }, { maxRequestBytes: 100 })).rejects.toMatchObject({
      code,
      isReplaySafe: true,
    });
    expect(seen).toEqual([]);
  });

  it('may hold cookies where that is allowed', async () => {
    const { url, seen } = await serve(() => [200]);
    await request({ url, headers: { cookie: 'a=b' } }, { allowCookies: true });
    expect(seen[0]?.headers.cookie).toBe('a=b');
  });
});

describe('what comes back', () => {
  it('is a JSON value for JSON', async () => {
    await using server = await startJsonServer(() => [200, { a: [1, null], ü: '😀' }]);
    expect(await request({ url: server.url })).toMatchObject({
      status: 200,
      isOk: true,
      kind: 'json',
      json: { a: [1, null], ü: '😀' },
      isTruncated: false,
    });
  });

  it.each([400, 401, 404, 409, 429, 500, 503])('is a result and no error for status %i', async (status) => {
    const { url } = await serve(() => [status, { 'retry-after': '7', 'content-type': 'text/plain' }, 'no']);
    expect(await request({ url })).toMatchObject({ status, isOk: false, body: 'no', headers: { 'retry-after': '7' } });
  });

  it.each([
    ['cut off', '{"a":', '{"a":'],
    ['with a number that a double cannot hold', '{"id":12345678901234567890}', '{"id":12345678901234567890}'],
    ['deeper than 64 levels', '['.repeat(65) + ']'.repeat(65), '['.repeat(65) + ']'.repeat(65)],
  ])('is text for JSON %s', async (_why, sent, body) => {
    const { url } = await serve(() => [200, { 'content-type': 'application/json' }, sent]);
    expect(await request({ url })).toMatchObject({ kind: 'text', body });
  });

  it.each([
    ['utf-8', 'text/plain; charset=utf-8', Buffer.from('Grüße'), 'Grüße'],
    ['the charset of the header', 'text/plain; charset="iso-8859-1"', Buffer.from('Grüße', 'latin1'), 'Grüße'],
    ['a mark above the header', 'text/plain; charset=iso-8859-1', Buffer.from('\uFEFFGrüße', 'utf16le'), 'Grüße'],
    [
      'the charset of the page',
      'text/html',
      Buffer.from('<meta charset="shift_jis">\x82\xa0', 'latin1'),
      '<meta charset="shift_jis">あ',
    ],
    ['windows-1252 where nothing says more', 'text/plain', Buffer.from('5 \x80 für', 'latin1'), '5 € für'],
    ['an unknown charset', 'text/plain; charset=klingon', Buffer.from('für'), 'für'],
    ['no content type', '', Buffer.from('plain'), 'plain'],
    ['a vendor type of JSON', 'application/vnd.x+json', Buffer.from('1'), undefined],
  ])('is decoded by %s', async (_name, type, bytes, body) => {
    const { url } = await serve(() => [200, type === '' ? {} : { 'content-type': type }, bytes]);
    expect((await request({ url }))['body']).toBe(body);
  });

  it('is Base64 for other content, and for any when asked', async () => {
    const { url } = await serve(() => [200, { 'content-type': 'image/png' }, Buffer.from([0x89, 0x50, 0])]);
    expect(await request({ url })).toMatchObject({ kind: 'base64', body: 'iVAA', bytes: 3 });
    const text = await serve(() => [200, { 'content-type': 'text/plain' }, 'ab']);
    expect(await request({ url: text.url, responseType: 'base64' })).toMatchObject({ kind: 'base64', body: 'YWI=' });
    expect(await request({ url: text.url, responseType: 'text' })).toMatchObject({ kind: 'text', body: 'ab' });
  });

  it('says so when there is no body', async () => {
    const { url } = await serve(() => [204]);
    const answer = await request({ url, method: 'DELETE' });
    expect(answer).toMatchObject({ status: 204, kind: 'none', bytes: 0 });
    expect(answer).not.toHaveProperty('body');
  });

  it('is cut at the bound and says so', async () => {
    const { url } = await serve(() => [200, { 'content-type': 'text/plain' }, 'ä'.repeat(50)]);
    expect(await request({ url, maxBytes: 10 })).toMatchObject({ body: 'ä'.repeat(5), bytes: 10, isTruncated: true });
    expect(await request({ url }, { maxBytes: 99 })).toMatchObject({ bytes: 99, isTruncated: true });
    expect(await request({ url }, { maxBytes: 100 })).toMatchObject({ bytes: 100, isTruncated: false });
  });

  it('stays text where JSON was cut', async () => {
    await using server = await startJsonServer(() => [200, [1, 2, 3]]);
    expect(await request({ url: server.url, maxBytes: 3 })).toMatchObject({
      kind: 'text',
      body: '[1,',
      isTruncated: true,
    });
  });

  it('is decompressed', async () => {
    const { url } = await serve(() => [
      200,
      { 'content-type': 'text/plain', 'content-encoding': 'gzip' },
      gzipSync('packed'),
    ]);
    expect(await request({ url })).toMatchObject({ body: 'packed' });
  });

  it('shows no cookie or credential in its headers', async () => {
    const headers = {
      'set-cookie': 'sid=1',
      authorization: 'x',
      'x-powered-by': 'y',
      etag: '"1"',
      'x-ratelimit-remaining': '3',
    };
    const { url } = await serve(() => [200, headers]);
    const shown = (await request({ url }))['headers'];
    expect(shown).toMatchObject({ etag: '"1"', 'x-ratelimit-remaining': '3' });
    expect(Object.keys(shown as object)).not.toEqual(expect.arrayContaining(['set-cookie']));
    expect(JSON.stringify(shown)).not.toMatch(/sid|powered|authorization/);
  });

  it('names the address after a redirect', async () => {
    const { url } = await serve(({ path }) => (path === '/a' ? [302, { location: '/b' }] : [200, {}, 'b']));
    expect(await request({ url: `${url}/a` })).toMatchObject({ url: `${url}/b`, body: 'b' });
  });
});

describe('redirects', () => {
  it.each([
    ['GET', undefined, 'follow'],
    ['HEAD', true, 'follow'],
    ['GET', false, 'manual'],
    ['POST', true, 'manual'],
    ['PUT', undefined, 'manual'],
    ['DELETE', undefined, 'manual'],
  ])('of %s (followRedirects %s) are left to the guard as %s', async (method, followRedirects, mode) => {
    const modes: unknown[] = [];
    const fetch = async (_url: unknown, init?: RequestInit): Promise<Response> => {
      modes.push(init?.redirect);
      return new Response(null, { status: 307, headers: { location: 'https://other.example/' } });
    };
    const answer = await request({ url: 'https://api.example/', method, followRedirects }, {}, { fetch });
    expect(modes).toEqual([mode]);
    expect(answer).toMatchObject({ status: 307, headers: { location: 'https://other.example/' } });
  });
});

describe('settings of a host', () => {
  it('add headers that are stronger than the model and masked where a server echoes them', async () => {
    const { url, seen } = await serve(({ headers }) => [
      200,
      { 'content-type': 'application/json', location: `/x?t=${encodeURIComponent(String(headers.authorization))}` },
      JSON.stringify({ all: headers, bare: String(headers.authorization).slice(7) }),
    ]);
    const host = new URL(url).host;
    const options = { hosts: { [host]: { headers: { Authorization: KEY }, allowHttp: true } } };
    const answer = await request({ url, headers: { authorization: 'mine' } }, options);
    expect(seen[0]?.headers.authorization).toBe(KEY);
    expect(JSON.stringify(answer)).not.toContain('tok_0123456789');
    expect(answer).toMatchObject({ json: { bare: '****' } });
  });

  it('leave no part of a credential where an echo is cut', async () => {
    const { url } = await serve(({ headers }) => [
      200,
      { 'content-type': 'text/plain' },
      `key=${String(headers['x-key'])}`,
    ]);
    const options = {
      hosts: { [new URL(url).host]: { headers: { 'x-key': 'k'.repeat(8) + '0123456789' }, allowHttp: true } },
    };
    expect(await request({ url, maxBytes: 16 }, options)).toMatchObject({ body: 'key=', isTruncated: true });
  });

  it('do not let credentials leave over plain http', async () => {
    const { url, seen } = await serve(() => [200]);
    const options = { hosts: { [new URL(url).host]: { headers: { authorization: KEY } } } };
    await expect(request({ url }, options)).rejects.toMatchObject({
      code: 'TOOL_FORBIDDEN',
      message: expect.not.stringContaining('tok_') as string,
    });
    expect(seen).toEqual([]);
  });

  it('send the key of the call with POST and PATCH where the host honours keys', async () => {
    const { url, seen } = await serve(() => [200]);
    const host = new URL(url).host;
    const context = { idempotencyKey: 'task_1:turn-2/call-3' };
    await request({ url, method: 'POST' }, { hosts: { [host]: { idempotencyKeys: true } } }, context);
    await request({ url, method: 'PATCH' }, { hosts: { [host]: { idempotencyKeys: 'X-Request-Key' } } }, context);
    await request({ url, method: 'PUT' }, { hosts: { [host]: { idempotencyKeys: true } } }, context);
    await request({ url, method: 'POST' }, {}, context);
    expect(seen.map(({ headers }) => headers['idempotency-key'] ?? headers['x-request-key'])).toEqual([
      'task_1:turn-2/call-3',
      'task_1:turn-2/call-3',
      undefined,
      undefined,
    ]);
  });

  it('hash a key that a header cannot carry', async () => {
    const { url, seen } = await serve(() => [200]);
    const options = { hosts: { [new URL(url).host]: { idempotencyKeys: true } } };
    await request({ url, method: 'POST' }, options, { idempotencyKey: 'schlüssel' });
    expect(seen[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('failures', () => {
  it('of the connection are errors of ours that may be retried', async () => {
    await expect(request({ url: 'https://a.example' }, {}, { fetch: refused })).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
    });
  });

  it('of a host that is not allowed come from the guard', async () => {
    const { url } = await serve(() => [200]);
    await expect(request({ url }, { allowedHosts: ['example.com'] })).rejects.toMatchObject({
      category: 'PERMISSION_ERROR',
    });
  });

  it('of a body that never ends are bounded by the time limit', async () => {
    const body = new ReadableStream({ pull: () => new Promise<void>(() => {}) });
    const fetch = async (
      _url: unknown,
      init?: RequestInit & { policy?: { timeoutMs?: number } },
    ): Promise<Response> => {
      expect(init?.policy?.timeoutMs).toBe(40);
      return new Response(
        body.pipeThrough(new TransformStream(), { signal: AbortSignal.timeout(init?.policy?.timeoutMs ?? 0) }),
      );
    };
    await expect(request({ url: 'https://a.example', timeoutMs: 40 }, {}, { fetch })).rejects.toThrow(/timeout/i);
  });

  it('by a cancel reject', async () => {
    const { url } = await serve(() => [200]);
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(request({ url }, {}, { signal })).rejects.toThrow('stop');
  });
});

function refused(): never {
  throw new OrchestratorError('CONNECTION_FAILED', 'refused', { category: 'NETWORK_ERROR', isRetryable: true });
}
