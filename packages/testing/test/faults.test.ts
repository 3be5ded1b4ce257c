import { X509Certificate } from 'node:crypto';
import { get } from 'node:https';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FAULT_KINDS,
  faultPlan,
  selfSignedCertificate,
  startFault,
  startOpenAIServer,
  startSelfSignedServer,
  wordError,
  type ErrorShape,
  type Fault,
  type RecordedRequest,
  type ScriptedAnswer,
} from '../src/index.js';
import { CHAT_BODY, eventsOf, post, RESPONSES_BODY } from './http.js';

interface Seen {
  /** Code or name of what was thrown. */ readonly failure?: string;
  readonly status?: number;
  readonly type?: string | null;
  readonly text?: string;
  readonly headers?: Headers;
}

/** What a client sees that gives up after `patienceMs`. */
async function meet(
  url: string,
  isStream: boolean,
  api: 'chat' | 'responses' = 'chat',
  patienceMs = 10_000,
): Promise<Seen> {
  const body = api === 'chat' ? CHAT_BODY : RESPONSES_BODY;
  const path = api === 'chat' ? 'chat/completions' : 'responses';
  let seen: Seen = {};
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const response = await post(`${url}/${path}`, { ...body, ...(isStream ? { stream: true } : {}) }, {}, signal);
    seen = { status: response.status, type: response.headers.get('content-type'), headers: response.headers };
    return { ...seen, text: await response.text() };
  } catch (error) {
    return { ...seen, failure: codeOf(error) };
  }
}

function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; depth < 5 && at instanceof Error; at = at.cause, depth += 1) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string') return code;
    if (at.name === 'TimeoutError') return 'TimeoutError';
  }
  return error instanceof Error ? error.message : String(error);
}

async function meetFault(
  fault: Fault,
  isStream: boolean,
  api: 'chat' | 'responses' = 'chat',
  patienceMs?: number,
): Promise<Seen> {
  const text = 'A text that is long enough to be cut into several pieces.';
  await using server = await startOpenAIServer({ script: [{ text, fault }] });
  return await meet(server.url, isStream, api, patienceMs);
}

const LOST = /ECONNRESET|UND_ERR_SOCKET/;

describe('a fault on the way', () => {
  it.each([false, true])('resets before, within and after the headers (stream: %s)', async (isStream) => {
    expect(await meetFault({ kind: 'reset' }, isStream)).toEqual({ failure: expect.stringMatching(LOST) });
    expect(await meetFault({ kind: 'reset', when: 'within-headers' }, isStream)).toEqual({
      failure: expect.stringMatching(LOST),
    });
    expect(await meetFault({ kind: 'reset', when: 'after-headers' }, isStream)).toMatchObject({
      status: 200,
      failure: expect.stringMatching(LOST),
    });
  });

  it.each([false, true])('resets, or ends, the connection in the body (stream: %s)', async (isStream) => {
    for (const how of ['reset', 'end'] as const) {
      expect(await meetFault({ kind: 'reset', when: 'in-body', how }, isStream)).toMatchObject({
        status: 200,
        failure: expect.stringMatching(LOST),
      });
    }
  });

  it.each(['before-headers', 'after-headers', 'in-body'] as const)('is silent %s', async (when) => {
    expect(await meetFault({ kind: 'silence', when }, true, 'chat', 150)).toMatchObject({ failure: 'TimeoutError' });
  });

  it('ends a stream in order, without a terminal sign', async () => {
    const chat = await meetFault({ kind: 'clean-end' }, true);
    expect(chat.text).toContain('content');
    expect(chat.text).not.toMatch(/\[DONE\]|"finish_reason":"/);
    const responses = await meetFault({ kind: 'clean-end', afterChunks: 2 }, true, 'responses');
    expect(eventsOf(responses.text ?? '')).toHaveLength(2);
  });

  it('puts a broken line into a stream', async () => {
    const { text = '' } = await meetFault({ kind: 'broken-line', afterChunks: 2 }, true);
    expect(() => eventsOf(text)).toThrow('JSON');
    expect(text).toContain('[DONE]');
  });

  it('puts an error object into a stream, in the words of each API', async () => {
    const chat = await meetFault({ kind: 'error-event', error: { code: 'rate_limit_exceeded' } }, true);
    expect(eventsOf(chat.text ?? '').at(-1)).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
    const responses = await meetFault({ kind: 'error-event', afterChunks: 3 }, true, 'responses');
    expect(eventsOf(responses.text ?? '').at(-1)).toMatchObject({
      type: 'error',
      code: 'server_error',
      sequence_number: 3,
    });
    expect(await meetFault({ kind: 'error-event' }, false)).toMatchObject({ status: 500 });
  });

  it('gives an answer that failed', async () => {
    const fault: Fault = { kind: 'failed', error: { code: 'server_error', message: 'broke' } };
    const failed = { status: 'failed', error: { code: 'server_error', message: 'broke' } };
    const plain = await meetFault(fault, false, 'responses');
    expect(JSON.parse(plain.text ?? '')).toMatchObject(failed);
    const stream = await meetFault(fault, true, 'responses');
    expect(eventsOf(stream.text ?? '').at(-1)).toMatchObject({ type: 'response.failed', response: failed });
    expect(await meetFault(fault, false, 'chat')).toMatchObject({ status: 500 });
    expect(eventsOf((await meetFault(fault, true, 'chat')).text ?? '').at(-1)).toMatchObject({
      error: { message: 'broke' },
    });
  });

  it.each([false, true])('gives a page or nothing instead of an answer (stream: %s)', async (isStream) => {
    expect(await meetFault({ kind: 'html' }, isStream)).toMatchObject({
      status: 200,
      type: 'text/html; charset=utf-8',
      text: expect.stringContaining('<html>'),
    });
    expect(await meetFault({ kind: 'empty' }, isStream)).toMatchObject({ status: 200, text: '' });
  });

  it('cuts the JSON', async () => {
    const { text = '{}', headers } = await meetFault({ kind: 'cut-json' }, false);
    expect(() => JSON.parse(text) as unknown).toThrow('JSON');
    expect(headers?.get('content-length')).toBe(String(Buffer.byteLength(text)));
    const stream = await meetFault({ kind: 'cut-json' }, true, 'responses');
    expect(() => eventsOf(stream.text ?? '')).toThrow('JSON');
  });

  it('announces another length than it sends', async () => {
    expect(await meetFault({ kind: 'wrong-length' }, false)).toMatchObject({
      failure: expect.stringMatching(/UND_ERR/),
    });
    const short = await meetFault({ kind: 'wrong-length', byBytes: -10 }, false);
    expect(() => JSON.parse(short.text ?? '{') as unknown).toThrow('JSON');
  });

  it('sends byte by byte', async () => {
    const slow = await meetFault({ kind: 'trickle', bytesPerSecond: 20 }, false, 'chat', 400);
    expect(slow).toMatchObject({ status: 200, failure: 'TimeoutError' });
    const whole = await meetFault({ kind: 'trickle', bytesPerSecond: 100_000, afterBytes: 100 }, false);
    expect(JSON.parse(whole.text ?? '')).toMatchObject({ object: 'chat.completion' });
  });

  it('answers too late', async () => {
    expect(await meetFault({ kind: 'late', delayMs: 5_000 }, false, 'chat', 100)).toEqual({ failure: 'TimeoutError' });
    expect(await meetFault({ kind: 'late', delayMs: 5 }, false)).toMatchObject({ status: 200 });
  });

  it('gives two calls one id, or arguments that are no JSON', async () => {
    const toolCalls = [1, 2].map((a) => ({ name: 'add', arguments: { a } }));
    await using server = await startOpenAIServer({
      script: [
        { toolCalls, fault: { kind: 'duplicate-call-ids' } },
        { toolCalls, fault: { kind: 'broken-arguments' } },
      ],
    });
    expect((await meet(server.url, false)).text?.match(/"id":"call_same"/g)).toHaveLength(2);
    expect((await meet(server.url, true, 'responses')).text).toContain('{\\"broken\\": ');
  });
});

describe('an error of a service', () => {
  const bodies: Readonly<Record<ErrorShape, unknown>> = {
    openai: { error: { message: 'm', type: 'requests', param: null, code: 'rate_limit_exceeded' } },
    azure: { error: { code: '429', message: 'm' } },
    'azure-gateway': { statusCode: 429, message: 'm' },
    vllm: { object: 'error', message: 'm', type: 'RateLimitError', param: null, code: 429 },
    ollama: { error: 'm' },
    'plain-message': { code: 429, message: 'm' },
    html: undefined,
    empty: undefined,
  };

  it.each(Object.entries(bodies))('is worded as by %s', (shape, expected) => {
    const { body } = wordError(429, shape as ErrorShape, { message: 'm' });
    expect(parses(body) ? JSON.parse(body) : undefined).toEqual(expected);
  });

  it('carries the headers it was given', async () => {
    const fault: Fault = { kind: 'status', status: 429, headers: { 'retry-after': '7' }, error: { code: 'slow_down' } };
    const { status, headers, text } = await meetFault(fault, true);
    expect([status, headers?.get('retry-after')]).toEqual([429, '7']);
    expect(text).toContain('"code":"slow_down"');
  });

  it('can be scripted by status alone, by message and by body', async () => {
    const script: ScriptedAnswer[] = [
      { status: 404 },
      { status: 500, error: 'broke' },
      { status: 418, error: { odd: true } },
    ];
    await using server = await startOpenAIServer({ script });
    const bodiesSeen = [];
    for (let call = 0; call < 3; call += 1)
      bodiesSeen.push(JSON.parse((await meet(server.url, false)).text ?? '') as unknown);
    expect(bodiesSeen).toMatchObject([
      { error: { code: 'model_not_found' } },
      { error: { message: 'broke' } },
      { odd: true },
    ]);
  });
});

describe('a variation on the wire', () => {
  const answer: ScriptedAnswer = { text: 'Grüße 🙂', toolCalls: [{ name: 'now', arguments: {} }] };
  const stream = async (wire: ScriptedAnswer['wire'], api: 'chat' | 'responses' = 'chat'): Promise<string> => {
    await using server = await startOpenAIServer({ script: [{ ...answer, ...(wire === undefined ? {} : { wire }) }] });
    return (await meet(server.url, true, api)).text ?? '';
  };

  it.each(['lf', 'crlf', 'cr'] as const)('ends lines with %s', async (lineEnd) => {
    const text = await stream({ lineEnd });
    expect(eventsOf(text)).toEqual(eventsOf(await stream(undefined)));
    expect([text.includes('\r\n'), text.includes('\n')]).toEqual([lineEnd === 'crlf', lineEnd !== 'cr']);
  });

  it('splits anywhere and changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.boolean(), async (splitBytes, comments) => {
        expect(eventsOf(await stream({ splitBytes, comments }))).toEqual(eventsOf(await stream(undefined)));
      }),
      { numRuns: 8 },
    );
  });

  it('leaves out what some services leave out', async () => {
    expect(await stream({ omitDone: true })).not.toContain('[DONE]');
    expect(await stream({ omitEventNames: true }, 'responses')).not.toContain('event:');
    expect(await stream({ omitUsage: true }, 'responses')).not.toContain('"usage"');
    expect(await stream({ tightData: true })).toContain('data:{');
    expect(await stream({ comments: true })).toContain(': keep-alive');
  });

  it('tells tool calls in other ways', async () => {
    expect(await stream({ wholeToolCalls: true })).toContain('"tool_calls":[{"id":"call_');
    expect(await stream({ stopForToolCalls: true })).toContain('"finish_reason":"stop"');
    const ids = new Set(eventsOf(await stream({ changingIds: true })).map((chunk) => (chunk as { id: string }).id));
    expect(ids.size).toBeGreaterThan(3);
  });

  it('has null for arguments, or no message', async () => {
    const wire = { nullArguments: true };
    await using server = await startOpenAIServer({
      script: [
        { ...answer, wire },
        { text: 'x', wire: { omitMessage: true } },
      ],
    });
    expect((await meet(server.url, false)).text).toContain('"arguments":null');
    expect(JSON.parse((await meet(server.url, false)).text ?? '')).not.toHaveProperty('choices.0.message');
  });
});

describe('FAULT_KINDS', () => {
  it('has 38 kinds with names of their own', () => {
    expect(new Set(FAULT_KINDS.map(({ name }) => name)).size).toBe(38);
  });

  it.each(FAULT_KINDS.filter(({ isOfTheRun }) => !isOfTheRun))('$name: no whole answer arrives', async (kind) => {
    for (const mode of kind.modes) {
      await using endpoint = await startFault(kind);
      const {
        status,
        failure,
        text = '',
      } = await meet(endpoint.url, mode === 'stream', 'chat', kind.limits?.headersMs);
      const isWhole = failure === undefined && status === 200 && /"finish_reason":"stop"/.test(text) && parses(text);
      expect(isWhole).toBe(false);
    }
  });

  it.each(FAULT_KINDS.filter(({ isOfTheRun }) => isOfTheRun))('$name: a whole answer arrives', async (kind) => {
    await using endpoint = await startFault(kind, { tool: 'probe' });
    const { status, text } = await meet(endpoint.url, false);
    expect(status).toBe(200);
    expect(text).toContain('"name":"probe"');
  });

  it('heals after the given number of requests', async () => {
    const kind = FAULT_KINDS.find(({ name }) => name === 'http-500');
    if (kind === undefined) throw new Error('there is no such kind');
    await using endpoint = await startFault(kind, { times: 2 });
    const statuses = [];
    for (let call = 0; call < 3; call += 1) statuses.push((await meet(endpoint.url, false)).status);
    expect(statuses).toEqual([500, 500, 200]);
  });
});

describe('faultPlan', () => {
  const reset: Fault = { kind: 'reset' };
  const html: Fault = { kind: 'html' };
  const request = { path: '/v1/responses' } as RecordedRequest;
  const hits = (plan: ReturnType<typeof faultPlan>, count: number): number[] =>
    Array.from({ length: count }, (_, index) => index).filter((index) => plan(request, index) !== undefined);

  it('hits the positions it names', () => {
    expect(hits(faultPlan([{ fault: reset, at: [0, 3] }]), 10)).toEqual([0, 3]);
    expect(hits(faultPlan([{ fault: reset, from: 2, to: 7, every: 2 }]), 10)).toEqual([2, 4, 6]);
    expect(hits(faultPlan([{ fault: reset, matches: ({ path }) => path === '/other' }]), 10)).toEqual([]);
  });

  it('gives the fault of the first rule that holds', () => {
    const plan = faultPlan([{ fault: html, at: [1] }, { fault: reset }]);
    expect([plan(request, 0), plan(request, 1)]).toEqual([reset, html]);
  });

  it('hits the part it was given, by seed, in whatever order it is asked', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.05, max: 0.95, noNaN: true }), (seed, ratio) => {
        const plan = faultPlan([{ fault: [reset, html], ratio }], { seed });
        const forward = hits(plan, 400);
        const again = Array.from({ length: 400 }, (_, index) => 399 - index).filter(
          (index) => plan(request, index) !== undefined,
        );
        expect(again.toReversed()).toEqual(forward);
        expect(Math.abs(forward.length / 400 - ratio)).toBeLessThan(0.15);
      }),
      { numRuns: 50 },
    );
  });

  it('uses up nothing of the script where it hits', async () => {
    const script = [{ text: 'first' }, { text: 'second' }];
    const faults = faultPlan([{ fault: { kind: 'status', status: 500 }, at: [0, 2] }]);
    await using server = await startOpenAIServer({ script, faults });
    const statuses = [];
    for (let call = 0; call < 4; call += 1) statuses.push((await meet(server.url, false)).status);
    expect(statuses).toEqual([500, 200, 500, 200]);
    server.assertDone();
  });
});

describe('a certificate of its own', () => {
  it('is refused, unless it is trusted', async () => {
    await using server = await startSelfSignedServer();
    expect((await meet(server.origin, false)).failure).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    const status = await new Promise((resolve, reject) => {
      get(server.origin, { ca: server.certificate, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject);
    });
    expect(status).toBe(200);
  });

  it('names this machine and holds today', () => {
    const certificate = new X509Certificate(selfSignedCertificate().certificate);
    expect(certificate.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.validFromDate.getTime()).toBeLessThan(Date.now());
    expect(certificate.validToDate.getTime()).toBeGreaterThan(Date.now());
  });
});

function parses(text: string): boolean {
  try {
    if (text.startsWith('data:')) eventsOf(text);
    else JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
