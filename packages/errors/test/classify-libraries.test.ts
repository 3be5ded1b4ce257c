import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { errors as undiciErrors, request } from 'undici';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { classify, OrchestratorError } from '../src/index.js';

async function withServer<T>(
  answer: (status: (code: number, headers: Record<string, string>, body: string) => void) => void,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const server: Server = createServer((_, response) => {
    answer((code, headers, body) => response.writeHead(code, headers).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The address of a server that has just been closed. */
const closedUrl = (): Promise<string> =>
  withServer(
    () => undefined,
    (url) => Promise.resolve(url),
  );

const ask = (url: string): Promise<unknown> =>
  new OpenAI({ apiKey: 'sk-test-0123456789', baseURL: url, maxRetries: 0 }).chat.completions.create({
    model: 'm',
    messages: [{ role: 'user', content: 'hello' }],
  });

const thrownBy = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.fail('it should have failed'),
    (error: unknown) => error,
  );

describe('the openai client', () => {
  it('gives status, code, headers and request id of an answer', async () => {
    const body = JSON.stringify({
      error: { message: 'Slow.', type: 'requests', param: null, code: 'rate_limit_exceeded' },
    });
    const headers = { 'content-type': 'application/json', 'retry-after-ms': '1500', 'x-request-id': 'req_7' };
    const thrown = await withServer(
      (send) => send(429, headers, body),
      (url) => thrownBy(ask(url)),
    );
    expect(classify(thrown, { source: 'model' })).toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterMs: 1_500,
      isReplaySafe: true,
      details: { status: 429, requestId: 'req_7', code: 'rate_limit_exceeded' },
    });
  });

  it('gives no key away', async () => {
    const body = JSON.stringify({
      error: { message: 'Incorrect API key provided: sk-live-abcdefghij0123456789.', code: 'invalid_api_key' },
    });
    const thrown = await withServer(
      (send) => send(401, { 'content-type': 'application/json' }, body),
      (url) => thrownBy(ask(url)),
    );
    const error = classify(thrown, { source: 'model' });
    expect(error.code).toBe('CREDENTIAL_REJECTED');
    expect(JSON.stringify(error)).not.toContain('abcdefghij');
  });

  it('tells a refused connection by its cause', async () => {
    const thrown = await thrownBy(ask(await closedUrl()));
    expect(thrown).toBeInstanceOf(APIConnectionError);
    expect(classify(thrown, { source: 'model' })).toMatchObject({ code: 'CONNECTION_FAILED', isReplaySafe: true });
  });

  it('throws a SyntaxError on cut JSON', async () => {
    const cut = await withServer(
      (send) => send(200, { 'content-type': 'application/json' }, '{"choices":[{"mess'),
      (url) => thrownBy(ask(url)),
    );
    expect(classify(cut, { source: 'model' })).toMatchObject({ code: 'RESPONSE_MALFORMED', isRetryable: true });
  });

  it.each([
    [new APIUserAbortError(), {}, 'CANCELLED'],
    [new APIUserAbortError(), { signal: new AbortController().signal }, 'RESPONSE_TIMEOUT'],
    [new APIConnectionTimeoutError(), {}, 'RESPONSE_TIMEOUT'],
    [new APIError(undefined, { message: 'x', code: 'server_error' }, undefined, new Headers()), {}, 'PROVIDER_ERROR'],
    [
      new APIError(undefined, { message: 'x', code: 'rate_limit_exceeded' }, undefined, new Headers()),
      {},
      'RATE_LIMITED',
    ],
    [new SyntaxError('Error reading response: malformed server-sent event JSON.'), {}, 'STREAM_MALFORMED'],
    [
      new OpenAI.OpenAIError('Could not parse response content as the length limit was reached'),
      {},
      'OUTPUT_TRUNCATED',
    ],
  ])('%s is named', (thrown, context, code) => {
    expect(classify(thrown, { source: 'model', ...context }).code).toBe(code);
  });

  it('passes on an error of ours that the fetch beneath threw', () => {
    const inner = new OrchestratorError('SSRF_BLOCKED', 'no');
    expect(classify(new APIConnectionError({ cause: inner }), { source: 'model' })).toBe(inner);
  });
});

describe('undici', () => {
  it('gives the code of a refused connection', async () => {
    const url = await closedUrl();
    expect(classify(await thrownBy(request(url))).code).toBe('CONNECTION_FAILED');
    expect(classify(await thrownBy(fetch(url))).code).toBe('CONNECTION_FAILED');
  });

  it.each([
    [new undiciErrors.ConnectTimeoutError(), 'CONNECT_TIMEOUT'],
    [new undiciErrors.HeadersTimeoutError(), 'RESPONSE_TIMEOUT'],
    [new undiciErrors.BodyTimeoutError(), 'RESPONSE_TIMEOUT'],
    [new undiciErrors.SocketError('other side closed'), 'CONNECTION_LOST'],
    [new undiciErrors.ClientDestroyedError(), 'CONNECTION_LOST'],
    [new undiciErrors.ClientClosedError(), 'CONNECTION_LOST'],
    [new undiciErrors.InformationalError('reset'), 'CONNECTION_LOST'],
    [
      Object.assign(new undiciErrors.HTTPParserError('Parse Error'), { code: 'HPE_INVALID_CONSTANT' }),
      'PROTOCOL_ERROR',
    ],
    [new undiciErrors.HTTPParserError('Parse Error'), 'PROTOCOL_ERROR'],
    [new undiciErrors.ResponseExceededMaxSizeError(), 'RESPONSE_TOO_LARGE'],
    [new undiciErrors.InvalidArgumentError('x'), 'REQUEST_INVALID'],
    [new undiciErrors.SecureProxyConnectionError(), 'PROXY_FAILED'],
    [new undiciErrors.RequestAbortedError(), 'CANCELLED'],
  ])('%s is named', (thrown, code) => {
    expect(classify(thrown).code).toBe(code);
  });

  it('gives status and headers of a failed answer', () => {
    const thrown = new undiciErrors.ResponseError('x', 503, { headers: { 'retry-after': '2' }, body: '' });
    expect(classify(thrown)).toMatchObject({ code: 'PROVIDER_OVERLOADED', retryAfterMs: 2_000 });
  });
});

describe('zod', () => {
  const issues = (): unknown =>
    z.object({ a: z.number(), b: z.object({ c: z.string() }) }).safeParse({ b: { c: 1 } }).error;

  it('is an OUTPUT_INVALID of a model, with the first issues', () => {
    const error = classify(issues(), { source: 'model' });
    expect(error).toMatchObject({ code: 'OUTPUT_INVALID', category: 'VALIDATION_ERROR' });
    expect(error.details?.['issues']).toEqual([expect.stringMatching(/^a: /), expect.stringMatching(/^b\.c: /)]);
  });

  it('is a VALIDATION_ERROR anywhere else', () => {
    expect(classify(issues())).toMatchObject({ code: 'REQUEST_INVALID', category: 'VALIDATION_ERROR' });
  });
});

describe('axios', () => {
  it('carries the answer in response', () => {
    const thrown = Object.assign(new Error('Request failed'), {
      code: 'ERR_BAD_RESPONSE',
      response: {
        status: 429,
        headers: { 'Retry-After': '4' },
        data: { error: { code: 'insufficient_quota', message: 'x' } },
      },
    });
    expect(classify(thrown).code).toBe('QUOTA_EXHAUSTED');
  });
});
