import { describe, expect, it } from 'vitest';
import { readChunks, readJson } from './support/transcripts.js';

const message = (fields: object, finishReason: string | null = 'stop'): object => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, message: { role: 'assistant', ...fields }, finish_reason: finishReason }],
  usage: { prompt_tokens: 9, completion_tokens: 3 },
});
const response = (output: readonly object[], fields: object = {}): object => ({
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'gpt-4o',
  output,
  usage: { input_tokens: 3, output_tokens: 4 },
  ...fields,
});
const said = (text: string, fields: object = {}): object => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  content: [{ type: 'output_text', text }],
  ...fields,
});
const failing = (body: unknown, api: 'chat' | 'responses') => () => readJson(body, { api });
const code = (name: string): unknown => expect.objectContaining({ code: name });

describe('a plain chat answer', () => {
  it('gives text, model, id and usage', () => {
    expect(readJson(message({ content: 'Hi' }))).toEqual({
      items: [{ type: 'message', role: 'assistant', content: 'Hi' }],
      usage: { inputTokens: 9, outputTokens: 3, cachedInputTokens: 0, reasoningTokens: 0 },
      finish: 'stop',
      responseId: 'chatcmpl-1',
      model: 'gpt-4o-2024-08-06',
    });
  });

  it('counts cached and reasoning tokens in each of their places', () => {
    const usageOf = (usage: object) => readJson({ ...message({ content: 'Hi' }), usage }).usage;
    const counts = { prompt_tokens: 9, completion_tokens: 3 };
    expect(
      usageOf({
        ...counts,
        prompt_tokens_details: { cached_tokens: 4 },
        completion_tokens_details: { reasoning_tokens: 2 },
      }),
    ).toMatchObject({ cachedInputTokens: 4, reasoningTokens: 2 });
    expect(usageOf({ ...counts, prompt_cache_hit_tokens: 5 })).toMatchObject({ cachedInputTokens: 5 });
    expect(usageOf({ ...counts, prompt_tokens_details: null })).toMatchObject({ cachedInputTokens: 0 });
  });

  it('reads content in parts', () => {
    const content = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ];
    expect(readJson(message({ content }))).toMatchObject({ items: [{ content: 'ab' }] });
  });

  it('reads calls with null arguments and without a name', () => {
    const toolCalls = [
      { id: 'a', function: { name: 'now', arguments: null } },
      { id: 'b', function: {} },
    ];
    expect(readJson(message({ content: null, tool_calls: toolCalls }, 'tool_calls'))).toMatchObject({
      finish: 'tool_calls',
      items: [
        { type: 'tool-call', callId: 'a', name: 'now', arguments: '{}' },
        { type: 'tool-call', callId: 'b', name: '' },
      ],
    });
  });

  it('refuses an answer without choices, without message, or with an error', () => {
    expect(failing({ id: 'x' }, 'chat')).toThrow(code('RESPONSE_MALFORMED'));
    expect(failing({ choices: [] }, 'chat')).toThrow(code('RESPONSE_MALFORMED'));
    expect(failing({ choices: [{ index: 0, finish_reason: 'stop' }] }, 'chat')).toThrow(code('RESPONSE_MALFORMED'));
    expect(failing({ error: { message: 'x', code: 429 } }, 'chat')).toThrow(code('RATE_LIMITED'));
    expect(failing({ choices: [{ error: { code: 502, message: 'x' } }] }, 'chat')).toThrow(code('GATEWAY_ERROR'));
    expect(failing(message({ content: '' }, 'error'), 'chat')).toThrow(code('PROVIDER_ERROR'));
  });

  it('is empty where the model said nothing: that is for the run to judge', () => {
    expect(readJson(message({ content: null }))).toMatchObject({ items: [], finish: 'stop' });
  });
});

describe('a plain Responses answer', () => {
  it('gives text and calls in their order', () => {
    const call = { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'now', arguments: '{}' };
    expect(readJson(response([said('Hi'), call]), { api: 'responses' })).toEqual({
      items: [
        { type: 'message', role: 'assistant', content: 'Hi' },
        { type: 'tool-call', callId: 'c1', name: 'now', arguments: '{}' },
      ],
      usage: { inputTokens: 3, outputTokens: 4, cachedInputTokens: 0, reasoningTokens: 0 },
      finish: 'tool_calls',
      responseId: 'resp_1',
      model: 'gpt-4o',
    });
  });

  it('keeps the phase of a message, which newer models want back', () => {
    expect(readJson(response([said('Hi', { phase: 'commentary' })]), { api: 'responses' }).items).toMatchObject([
      { type: 'provider-item', data: { following: [{ id: 'msg_1', phase: 'commentary' }] } },
      { type: 'message' },
    ]);
  });

  it('keeps items it does not know, untouched', () => {
    const search = { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search' } };
    expect(readJson(response([search, said('Hi')]), { api: 'responses' }).items).toMatchObject([
      { type: 'provider-item', data: { item: search } },
      { content: 'Hi' },
    ]);
  });

  it('tells a refusal', () => {
    const refused = said('', { content: [{ type: 'refusal', refusal: 'No.' }] });
    expect(readJson(response([refused]), { api: 'responses' })).toMatchObject({
      finish: 'refused',
      items: [{ content: '', refusal: 'No.' }],
    });
  });

  it('refuses an answer without output, one that goes on in the background, and one that failed', () => {
    expect(failing({ id: 'x' }, 'responses')).toThrow(code('RESPONSE_MALFORMED'));
    expect(failing(response([], { status: 'queued' }), 'responses')).toThrow(code('RESPONSE_MALFORMED'));
    expect(failing(response([], { status: 'cancelled' }), 'responses')).toThrow(code('PROVIDER_ERROR'));
    const error = { code: 'rate_limit_exceeded', message: 'x' };
    expect(failing(response([], { status: 'failed', error }), 'responses')).toThrow(code('RATE_LIMITED'));
  });
});

describe('any answer', () => {
  const read =
    (body: string, type: string, headers: Record<string, string> = {}) =>
    () =>
      readChunks([Buffer.from(body)], { type, headers });
  const good = JSON.stringify(message({ content: 'Hi' }));

  it('is refused as HTML, text, nothing, cut or foreign JSON', () => {
    expect(read('<html>', 'text/html')).toThrow(code('RESPONSE_MALFORMED'));
    expect(read(good, 'text/plain')).toThrow(code('RESPONSE_MALFORMED'));
    for (const body of ['', '  ', good.slice(0, -3), '[]', 'null', '"text"']) {
      expect(read(body, 'application/json')).toThrow(code('RESPONSE_MALFORMED'));
    }
  });

  it('is refused compressed, since nothing compressed was asked for', () => {
    expect(read(good, 'application/json', { 'content-encoding': 'gzip' })).toThrow(code('RESPONSE_MALFORMED'));
  });

  it('is read as plain JSON where a stream was asked for, and told in one piece', () => {
    const { response: answer, deltas } = readChunks([Buffer.from(good)], { type: 'application/json; charset=utf-8' });
    expect(answer).toMatchObject({ items: [{ content: 'Hi' }] });
    expect(deltas).toEqual([{ type: 'text', text: 'Hi' }]);
  });

  it('carries the rate limits its headers announce', () => {
    const headers = {
      'x-ratelimit-limit-requests': '100',
      'x-ratelimit-remaining-requests': '99',
      'x-ratelimit-reset-requests': '600ms',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '1m0s',
    };
    expect(readJson(message({ content: 'Hi' }), { headers }).limits).toEqual({
      requestLimit: 100,
      requestsRemaining: 99,
      requestsResetMs: 600,
      tokenLimit: 1000,
      tokensRemaining: 0,
      tokensResetMs: 60_000,
    });
    expect(readJson(message({ content: 'Hi' }))).not.toHaveProperty('limits');
  });
});
