import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { webToolsPlugin } from '../src/index.js';
import { request, toolOf } from './helpers.js';

const HOSTS = {
  'pay.example': { idempotencyKeys: true },
  '*.keys.example:8443': { idempotencyKeys: true },
  'no.example': { idempotencyKeys: false },
};

function effectOf(input: unknown): unknown {
  const { effect } = toolOf({ hosts: HOSTS });
  return typeof effect === 'function' ? effect(input as never) : effect;
}

describe('the effect', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', undefined])('of %s is idempotent', (method) => {
    expect(effectOf({ url: 'https://a.example', method })).toBe('idempotent');
  });

  it.each([
    ['unsafe', 'https://a.example/'],
    ['keyed', 'https://pay.example/charges'],
    ['keyed', 'https://PAY.example:443/'],
    ['unsafe', 'https://pay.example:444/'],
    ['unsafe', 'https://pay.example.evil/'],
    ['keyed', 'https://a.keys.example:8443/'],
    ['unsafe', 'https://keys.example:8443/'],
    ['unsafe', 'https://no.example/'],
    ['unsafe', 'no url'],
  ])('of POST and PATCH is %s for %s', (effect, url) => {
    expect([effectOf({ url, method: 'POST' }), effectOf({ url, method: 'PATCH' })]).toEqual([effect, effect]);
  });
});

describe('options', () => {
  it('may leave out methods, which the schema then refuses', () => {
    const { inputSchema, effect } = toolOf({ methods: ['GET', 'HEAD'] });
    expect(inputSchema.safeParse({ url: 'https://a.example', method: 'POST' }).success).toBe(false);
    expect(effect).toBeTypeOf('function');
  });

  it('may ask a person for each write', () => {
    const { approval } = toolOf({ approveWrites: true });
    const asks = (method?: string): unknown =>
      typeof approval === 'function' ? approval({ method } as never, {} as never) : approval;
    expect([asks(), asks('GET'), asks('POST'), asks('DELETE')]).toEqual([false, false, true, true]);
    expect(toolOf().approval).toBe(false);
  });

  it.each([
    [{ maxBytes: 0 }],
    [{ methods: [] }],
    [{ methods: ['TRACE'] }],
    [{ hosts: { 'a b': {} } }],
    [{ hosts: { a: { headers: { 'x y': '1' } } } }],
    [{ hosts: { a: { headers: { x: '1\n2' } } } }],
    [{ allowedHosts: [''] }],
    [{ unknown: 1 }],
  ])('are refused where they do not fit: %j', (options) => {
    expect(() => webToolsPlugin(options as never)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('reach the guard as its policy', async () => {
    const policies: unknown[] = [];
    const fetch = async (_url: unknown, init?: { policy?: unknown }): Promise<Response> => {
      policies.push(init?.policy);
      return new Response();
    };
    const options = { allowedHosts: ['a.example'], allowPrivateHosts: ['127.0.0.1:1'], maxRedirects: 2, timeoutMs: 9 };
    await request({ url: 'https://a.example' }, options, { fetch });
    expect(policies).toMatchObject([options]);
  });
});

it('answers any arguments with a result or an error of ours', { timeout: 60_000 }, async () => {
  const tool = toolOf();
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('https://a.example', 'http://[::1', 'GET', '\r\n', '__proto__'),
  );
  const args = fc.record(
    {
      url: text,
      method: fc.constantFrom('GET', 'POST', 'PUT'),
      headers: fc.dictionary(text, text),
      query: fc.dictionary(text, text),
      body: text,
      bodyBase64: text,
      maxBytes: fc.nat(),
    },
    { requiredKeys: ['url'] },
  );
  await fc.assert(
    fc.asyncProperty(args, async (given) => {
      const input = tool.inputSchema.safeParse(given);
      if (!input.success) return;
      const context = { signal: new AbortController().signal, idempotencyKey: 'k', fetch: answerOk };
      const outcome = await tool.execute(input.data as never, context as never).catch((error: unknown) => error);
      expect(outcome instanceof Error ? outcome : { category: 'none' }).toHaveProperty('category');
    }),
    { numRuns: 500 },
  );
});

async function answerOk(): Promise<Response> {
  return new Response('ok');
}
