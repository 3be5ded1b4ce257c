import type { ModelDelta, ModelItem } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { startJsonServer, startOpenAIServer, type WireVariation } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { createOpenAIProvider } from '../src/index.js';
import { hasPublishedSchema, problemsBy } from './support/published-schema.js';
import { metricsTool, noSignal, providerOf, rejectionOf, reportTool, requestOf, userSays } from './support/requests.js';

const APIS = ['responses', 'chat'] as const;
const tools = [metricsTool, reportTool];
const ANSWER = {
  text: 'Grüße 👋🏽: the numbers are being worked on.',
  toolCalls: [
    { name: 'calculate_metrics', arguments: { data: [1, 2] } },
    { name: 'generate_report', arguments: {} },
  ],
};

describe.each(APIS)('over %s', (api) => {
  it('gives the same answer plain and streamed, and tells the stream piece by piece', async () => {
    await using server = await startOpenAIServer({ script: [ANSWER, { ...ANSWER, chunkSize: 5 }] });
    const provider = providerOf(server, { api });
    const plain = await provider.respond(requestOf({ tools }), noSignal());
    const deltas: ModelDelta[] = [];
    const onDelta = (delta: ModelDelta): void => void deltas.push(delta);
    const streamed = await provider.respond(requestOf({ tools }), { ...noSignal(), onDelta });
    await provider.dispose?.();
    server.assertDone();
    const shape = (items: readonly ModelItem[]): unknown =>
      items.map((item) => (item.type === 'tool-call' ? { ...item, callId: 'any' } : item));
    expect(shape(streamed.items)).toEqual(shape(plain.items));
    expect(plain.finish).toBe('tool_calls');
    expect(streamed.finish).toBe('tool_calls');
    const text = deltas.map((delta) => (delta.type === 'text' ? delta.text : '')).join('');
    expect(text).toBe(ANSWER.text);
    expect(deltas.filter((delta) => delta.type === 'text').length).toBeGreaterThan(3);
    const [, first] = streamed.items;
    const callId = first?.type === 'tool-call' ? first.callId : '';
    const told = deltas.filter((delta) => delta.type === 'tool-arguments' && delta.callId === callId);
    expect(told.map((delta) => delta.text).join('')).toBe('{"data":[1,2]}');
  });

  it('keeps a conversation of several turns in a form the service accepts', async () => {
    await using server = await startOpenAIServer({
      script: [{ ...ANSWER, reasoning: 'Two tools are needed.' }, { text: 'The mean is 1.5.' }],
    });
    const provider = providerOf(server, { api });
    const items: ModelItem[] = [userSays('Analyze [1, 2]')];
    const first = await provider.respond(requestOf({ items, tools, instructions: 'Be brief.' }), noSignal());
    items.push(...first.items);
    for (const item of first.items) {
      if (item.type !== 'tool-call') continue;
      items.push({ type: 'tool-result', callId: item.callId, name: item.name, output: '{"mean":1.5}' });
    }
    const second = await provider.respond(requestOf({ items, tools, instructions: 'Be brief.' }), noSignal());
    await provider.dispose?.();
    server.assertDone();
    expect(second).toMatchObject({ finish: 'stop', items: [{ content: 'The mean is 1.5.' }] });
    expect(JSON.stringify(server.requests[1]?.body)).toContain('Two tools are needed.');
  });

  it.skipIf(!hasPublishedSchema)("sends what OpenAI's published schema allows", async () => {
    await using server = await startOpenAIServer({ script: () => ANSWER });
    const provider = providerOf(server, { api });
    const outputSchema = { name: 'answer', schema: metricsTool.parameters, isStrict: true };
    const settings = { temperature: 0.5, maxOutputTokens: 50, seed: 7, parallelToolCalls: false };
    const request = requestOf({ tools, outputSchema, settings, toolChoice: 'required' });
    await provider.respond(request, noSignal());
    await provider.respond(request, { ...noSignal(), onDelta: () => undefined });
    await provider.dispose?.();
    server.assertDone();
    const problems = problemsBy(api === 'chat' ? 'CreateChatCompletionRequest' : 'CreateResponse');
    expect(server.requests.map(({ body }) => problems(body))).toEqual([[], []]);
  });

  const variations: readonly WireVariation[] = [
    { lineEnd: 'crlf' },
    { lineEnd: 'cr' },
    { comments: true },
    { omitDone: true },
    { tightData: true },
    { omitEventNames: true },
    { nullArguments: true },
    { omitUsage: true },
    { changingIds: true },
    { stopForToolCalls: true },
    { wholeToolCalls: true },
    { splitBytes: 1 },
    { splitBytes: 1, lineEnd: 'crlf', comments: true, changingIds: true },
  ];
  it.each(variations.map((wire) => ({ wire, name: JSON.stringify(wire) })))('copes with $name', async ({ wire }) => {
    await using server = await startOpenAIServer({ script: [{ ...ANSWER, wire }] });
    const provider = providerOf(server, { api });
    const response = await provider.respond(requestOf({ tools }), { ...noSignal(), onDelta: () => undefined });
    await provider.dispose?.();
    expect(response).toMatchObject({
      finish: 'tool_calls',
      items: [
        { content: ANSWER.text },
        { name: 'calculate_metrics', arguments: '{"data":[1,2]}' },
        { name: 'generate_report', arguments: '{}' },
      ],
      usage: wire.omitUsage === true ? { isEstimated: true } : {},
    });
  });

  it('keeps the connection for the next call', async () => {
    await using server = await startOpenAIServer({ script: () => ({ text: 'Hi' }) });
    const provider = providerOf(server, { api });
    for (let n = 0; n < 5; n++) {
      await provider.respond(requestOf(), n % 2 === 0 ? noSignal() : { ...noSignal(), onDelta: () => undefined });
    }
    expect(server.openSockets).toBe(1);
    await provider.dispose?.();
    await expect.poll(() => server.openSockets).toBe(0);
  });

  it('opens no more sockets than allowed; what is beyond waits in line', async () => {
    await using server = await startOpenAIServer({ script: () => ({ text: 'Hi', delayMs: 60 }) });
    const provider = providerOf(server, { api, connections: 3, limits: { connectMs: 40 } });
    let most = 0;
    const watching = setInterval(() => (most = Math.max(most, server.openSockets)), 5);
    const answers = await Promise.all(Array.from({ length: 12 }, () => provider.respond(requestOf(), noSignal())));
    clearInterval(watching);
    await provider.dispose?.();
    expect(answers).toHaveLength(12);
    expect(most).toBeLessThanOrEqual(3);
  });
});

it('takes answers for complete although the connection stays open after their terminal sign', async () => {
  const events = [
    { choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }] },
    { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  ].map((event) => `data: ${JSON.stringify(event)}\n\n`);
  await using server = await startJsonServer(() => [
    200,
    `${events.join('')}data: [DONE]\n\n`,
    { 'content-type': 'text/event-stream', 'content-length': '100000' },
  ]);
  const provider = createOpenAIProvider({ baseUrl: `${server.origin}/v1` });
  const response = await provider.respond(requestOf(), { ...noSignal(), onDelta: () => undefined });
  await provider.dispose?.();
  expect(response).toMatchObject({ items: [{ content: 'Hi' }] });
});

it('refuses an answer beyond the size limit', async () => {
  await using server = await startOpenAIServer({ script: () => ({ text: 'x'.repeat(50_000) }) });
  const provider = providerOf(server, { maxResponseBytes: 10_000 });
  for (const more of [{}, { onDelta: () => undefined }]) {
    await expect(provider.respond(requestOf(), { ...noSignal(), ...more })).rejects.toMatchObject({
      code: 'RESPONSE_TOO_LARGE',
    });
  }
  await provider.dispose?.();
});

it('follows no redirect', async () => {
  await using server = await startJsonServer(() => [302, '', { location: 'http://127.0.0.1:1/' }]);
  const provider = createOpenAIProvider({ baseUrl: `${server.origin}/v1` });
  await expect(provider.respond(requestOf(), noSignal())).rejects.toMatchObject({ code: 'RESPONSE_UNEXPECTED' });
  await provider.dispose?.();
});

it('passes on what a listener throws, and ends the call', async () => {
  await using server = await startOpenAIServer({ script: () => ({ text: 'Hi' }) });
  const provider = providerOf(server);
  const onDelta = (): void => {
    throw new TypeError('listener broke');
  };
  const error = await rejectionOf(provider.respond(requestOf(), { ...noSignal(), onDelta }));
  expect(error).toMatchObject({ code: 'UNKNOWN_ERROR', cause: { message: 'listener broke' } });
  await provider.dispose?.();
});

it('refuses settings that JSON cannot hold', async () => {
  await using server = await startOpenAIServer();
  const provider = providerOf(server);
  const extra: { [key: string]: Json } = {};
  extra['itself'] = extra;
  await expect(provider.respond(requestOf({ settings: { extra } }), noSignal())).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
  });
  await provider.dispose?.();
});

it('refuses calls after it was closed, and ends those that run', async () => {
  await using server = await startOpenAIServer({ script: () => ({ fault: { kind: 'silence' } }) });
  const provider = providerOf(server);
  const running = provider.respond(requestOf(), noSignal());
  await expect.poll(() => server.requests.length).toBe(1);
  const ended = rejectionOf(running);
  await provider.dispose?.();
  expect(await ended).toMatchObject({ code: 'CANCELLED' });
  await expect(provider.respond(requestOf(), noSignal())).rejects.toMatchObject({ code: 'CANCELLED' });
});

describe('ping', () => {
  it('resolves where the server answers, and says what is wrong where it does not', async () => {
    await using server = await startOpenAIServer({ apiKey: 'sk-test-key-0123456789' });
    const provider = providerOf(server);
    await expect(provider.ping?.(new AbortController().signal)).resolves.toBeUndefined();
    const wrong = providerOf(server, { apiKey: 'sk-wrong-key-0123456789' });
    await expect(wrong.ping?.(new AbortController().signal)).rejects.toMatchObject({ code: 'CREDENTIAL_REJECTED' });
    await server.close();
    await expect(provider.ping?.(new AbortController().signal)).rejects.toMatchObject({ category: 'NETWORK_ERROR' });
    await Promise.all([provider.dispose?.(), wrong.dispose?.()]);
  });

  it('takes a server without a list of models for reachable', async () => {
    await using server = await startJsonServer(() => [404, {}]);
    const provider = createOpenAIProvider({ baseUrl: `${server.origin}/v1` });
    await expect(provider.ping?.(new AbortController().signal)).resolves.toBeUndefined();
    await provider.dispose?.();
  });
});
