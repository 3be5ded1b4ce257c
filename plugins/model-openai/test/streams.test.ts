import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunk, event, readChunks, readStream } from './support/transcripts.js';

const usage = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 };
const callPiece = (index: number, piece: object): object => chunk({ tool_calls: [{ index, ...piece }] });
const words = (text: string): object => ({ function: { arguments: text } });

const CHAT = [
  event(chunk({ role: 'assistant', content: '' })),
  ': keep-alive\n\n',
  event(chunk({ content: 'Grüße 👋🏽, ' })),
  event(chunk({ content: '数据 is ready.' })),
  event(callPiece(0, { id: 'call_a', type: 'function', function: { name: 'calculate_metrics', arguments: '' } })),
  event(callPiece(0, words('{"data":'))),
  event(
    callPiece(1, { id: 'call_b', type: 'function', function: { name: 'generate_report', arguments: '{"title":"é"}' } }),
  ),
  event(callPiece(0, words('[1,2]}'))),
  event(chunk({}, 'tool_calls')),
  event({ ...chunk({}), choices: [], usage }),
  event('[DONE]'),
].join('');

const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'gpt-4o',
  output: [
    { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' },
    {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'Grüße 👋🏽', annotations: [] }],
    },
    {
      type: 'function_call',
      id: 'fc_1',
      call_id: 'call_a',
      name: 'calculate_metrics',
      arguments: '{"data":[1]}',
      status: 'completed',
    },
  ],
  usage: {
    input_tokens: 3,
    output_tokens: 4,
    input_tokens_details: { cached_tokens: 2 },
    output_tokens_details: { reasoning_tokens: 1 },
  },
};
const named = (type: string, fields: object): string => `event: ${type}\n${event({ type, ...fields })}`;
const RESPONSES = [
  named('response.created', { response: { ...RESPONSE, status: 'in_progress', output: [] } }),
  named('response.output_text.delta', { output_index: 1, delta: 'Grüße ' }),
  named('response.output_text.delta', { output_index: 1, delta: '👋🏽' }),
  named('response.output_item.added', {
    output_index: 2,
    item: { type: 'function_call', id: 'fc_1', call_id: 'call_a', name: 'calculate_metrics', arguments: '' },
  }),
  named('response.function_call_arguments.delta', { output_index: 2, item_id: 'fc_1', delta: '{"data":[1]}' }),
  named('response.completed', { response: RESPONSE }),
].join('');

const LINE_ENDS = { lf: '\n', crlf: '\r\n', cr: '\r' };

describe.each([
  { api: 'chat' as const, transcript: CHAT },
  { api: 'responses' as const, transcript: RESPONSES },
])('a stream of $api', ({ api, transcript }) => {
  const whole = readStream(transcript, { api });

  it('reads the same cut at every single byte', () => {
    const bytes = Buffer.from(transcript);
    for (let cut = 1; cut < bytes.length; cut++) {
      expect(readChunks([bytes.subarray(0, cut), bytes.subarray(cut)], { api })).toEqual(whole);
    }
    const single = Array.from(bytes, (_, place) => bytes.subarray(place, place + 1));
    expect(readChunks(single, { api })).toEqual(whole);
  });

  it.each(Object.entries(LINE_ENDS))('reads the same with line ends %s, wherever it is cut', (_name, lineEnd) => {
    const bytes = Buffer.from(transcript.replaceAll('\n', lineEnd));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 40 }), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        expect(readChunks(chunks, { api })).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  it('is incomplete wherever it ends before its terminal sign', () => {
    const bytes = Buffer.from(transcript);
    const sign = api === 'chat' ? '"finish_reason":"tool_calls"' : 'event: response.completed';
    const end = bytes.indexOf(sign);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: end }), (length) => {
        expect(() => readChunks([bytes.subarray(0, length)], { api })).toThrow(
          expect.objectContaining({ code: 'STREAM_CUT' }),
        );
      }),
    );
  });

  it('bears a byte order mark', () => {
    expect(readStream(`\uFEFF${transcript}`, { api })).toEqual(whole);
  });

  it('reads events that no empty line divides', () => {
    const tight = transcript.replaceAll('\n\n', '\n').replaceAll(/^event: .*\n/gm, '');
    expect(readStream(tight, { api }).response).toEqual(whole.response);
  });
});

describe('a chat stream', () => {
  it('gives text, parallel calls, usage and finish', () => {
    const { response, deltas } = readStream(CHAT);
    expect(response).toEqual({
      items: [
        { type: 'message', role: 'assistant', content: 'Grüße 👋🏽, 数据 is ready.' },
        { type: 'tool-call', callId: 'call_a', name: 'calculate_metrics', arguments: '{"data":[1,2]}' },
        { type: 'tool-call', callId: 'call_b', name: 'generate_report', arguments: '{"title":"é"}' },
      ],
      usage: { inputTokens: 5, outputTokens: 7, cachedInputTokens: 0, reasoningTokens: 0 },
      finish: 'tool_calls',
      responseId: 'chatcmpl-1',
      model: 'gpt-4o',
    });
    expect(deltas).toContainEqual({
      type: 'tool-arguments',
      callId: 'call_a',
      name: 'calculate_metrics',
      text: '[1,2]}',
    });
  });

  it('needs no [DONE] after a finish reason, and takes none for one', () => {
    const told = event(chunk({ content: 'Hi' }));
    expect(readStream(told + event(chunk({}, 'stop'))).response).toMatchObject({ finish: 'stop' });
    expect(() => readStream(told + event('[DONE]'))).toThrow(expect.objectContaining({ code: 'STREAM_CUT' }));
  });

  it('bears ids that change in mid-stream', () => {
    const text = ['a', 'b', 'c'].map((part, n) => event({ ...chunk({ content: part }), id: `chatcmpl-${n}` })).join('');
    const { response } = readStream(text + event({ ...chunk({}, 'stop'), id: 'chatcmpl-9' }));
    expect(response).toMatchObject({ items: [{ content: 'abc' }], responseId: 'chatcmpl-0' });
  });

  it('bears call ids that change while a call is told', () => {
    const pieces = ['{"data"', ':[1', ']}'].map((text, n) =>
      event(callPiece(0, { id: `call_${n}`, function: { name: 'calculate_metrics', arguments: text } })),
    );
    const { response } = readStream(pieces.join('') + event(chunk({}, 'tool_calls')));
    expect(response.items).toEqual([
      { type: 'tool-call', callId: 'call_0', name: 'calculate_metrics', arguments: '{"data":[1]}' },
    ]);
  });

  it('tells calls apart that all have the number 0', () => {
    const pieces = ['call_a', 'call_b'].map((id) =>
      event(callPiece(0, { id, function: { name: 'calculate_metrics', arguments: '{}' } })),
    );
    const { response } = readStream(pieces.join('') + event(chunk({}, 'tool_calls')));
    expect(response.items).toMatchObject([{ callId: 'call_a' }, { callId: 'call_b' }]);
  });

  it('reads whole calls that have no number', () => {
    const calls = ['a', 'b'].map((id) => ({ id, function: { name: 'calculate_metrics', arguments: { data: [1] } } }));
    const { response } = readStream(event(chunk({ tool_calls: calls }, 'tool_calls')));
    expect(response.items).toMatchObject([{ callId: 'a', arguments: '{"data":[1]}' }, { callId: 'b' }]);
  });

  it('takes missing, null and empty arguments for none', () => {
    const none = [null, undefined, ''].map((value, index) =>
      event(callPiece(index, { id: `c${index}`, function: { name: 'now', arguments: value } })),
    );
    const { response } = readStream(none.join('') + event(chunk({}, 'tool_calls')));
    expect(response.items).toMatchObject([{ arguments: '{}' }, { arguments: '{}' }, { arguments: '{}' }]);
  });

  it('gives fresh ids where they are missing, repeated, or known from an earlier turn', () => {
    const request = {
      model: 'gpt-4o',
      items: [{ type: 'tool-call', callId: 'call_0', name: 'x', arguments: '{}' } as const],
      tools: [],
      settings: {},
    };
    const pieces = ['call_0', 'same', 'same', undefined].map((id, index) =>
      event(callPiece(index, { id, function: { name: 'now', arguments: '{}' } })),
    );
    const { response } = readStream(pieces.join('') + event(chunk({}, 'tool_calls')), { request });
    const ids = response.items.map((item) => (item.type === 'tool-call' ? item.callId : ''));
    expect(ids[1]).toBe('same');
    expect(ids[0]).toMatch(/^call_[a-z0-9]{24}/);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('skips chunks without choices and choices without delta', () => {
    const text =
      event({ ...chunk({}), choices: [], prompt_filter_results: [] }) +
      event(chunk(undefined)) +
      event(chunk({ content: 'x' }, 'stop'));
    expect(readStream(text).response).toMatchObject({ items: [{ content: 'x' }] });
  });

  it('estimates the usage where the server tells none, and says so', () => {
    const { response } = readStream(event(chunk({ content: 'four words of text' }, 'stop')));
    expect(response.usage.isEstimated).toBe(true);
    expect(response.usage.outputTokens).toBeGreaterThan(3);
  });

  it('names an error in mid-stream by its word, its number, or its text', () => {
    const after = (report: object): unknown => {
      try {
        return readStream(event(chunk({ content: 'x' })) + event(report));
      } catch (error) {
        return error;
      }
    };
    expect(after({ error: { message: 'slow', code: 'rate_limit_exceeded' } })).toMatchObject({ code: 'RATE_LIMITED' });
    expect(after({ error: { message: 'slow', code: 429 } })).toMatchObject({ code: 'RATE_LIMITED' });
    expect(after({ error: { message: 'slow', code: '429' } })).toMatchObject({ code: 'RATE_LIMITED' });
    expect(after({ error: { message: 'broke', code: 502 } })).toMatchObject({ code: 'GATEWAY_ERROR' });
    expect(after({ error: 'it broke' })).toMatchObject({ code: 'PROVIDER_ERROR' });
    expect(after({ object: 'error', message: 'it broke', type: 'InternalServerError' })).toMatchObject({
      code: 'PROVIDER_ERROR',
    });
  });

  it('reads an error event whose data is an object or plain text', () => {
    const failing = (data: string) => () => readStream(`event: error\n${event(data)}`);
    expect(failing('{"message":"busy","code":"server_is_overloaded"}')).toThrow(
      expect.objectContaining({ code: 'PROVIDER_OVERLOADED' }),
    );
    expect(failing('it broke')).toThrow(expect.objectContaining({ code: 'PROVIDER_ERROR' }));
  });

  it('refuses a line that is no JSON object', () => {
    for (const line of ['{"broken": ', 'null', '[1]', 'hello']) {
      expect(() => readStream(event(line) + event(chunk({}, 'stop')))).toThrow(
        expect.objectContaining({ code: 'STREAM_MALFORMED' }),
      );
    }
  });

  it('reads several lines of data as one event', () => {
    const pretty = JSON.stringify(chunk({ content: 'x' }, 'stop'), null, 1)
      .split('\n')
      .map((line) => `data: ${line}`)
      .join('\n');
    expect(readStream(`${pretty}\n\n`).response).toMatchObject({ items: [{ content: 'x' }] });
  });

  it('keeps the reasoning of compatible servers as an item of its own', () => {
    const text =
      event(chunk({ reasoning_content: 'h' })) +
      event(chunk({ reasoning_content: 'm' })) +
      event(chunk({ content: 'x' }, 'stop'));
    const { response, deltas } = readStream(text);
    expect(response.items[0]).toMatchObject({ type: 'provider-item', data: { reasoning_content: 'hm' } });
    expect(deltas[0]).toEqual({ type: 'reasoning', text: 'h' });
  });

  it('takes tool calls for the reason to finish, whatever the server says', () => {
    const text =
      event(callPiece(0, { id: 'a', function: { name: 'now', arguments: '{}' } })) + event(chunk({}, 'stop'));
    expect(readStream(text).response.finish).toBe('tool_calls');
  });

  it('tells refusal, length and filter', () => {
    expect(readStream(event(chunk({ refusal: 'No.' }, 'stop'))).response).toMatchObject({
      finish: 'refused',
      items: [{ refusal: 'No.' }],
    });
    expect(readStream(event(chunk({ content: 'x' }, 'length'))).response.finish).toBe('length');
    expect(readStream(event(chunk({}, 'content_filter'))).response.finish).toBe('filtered');
  });
});

describe('a Responses stream', () => {
  it('keeps reasoning with the ids of what follows it', () => {
    const { response } = readStream(RESPONSES, { api: 'responses' });
    expect(response.items[0]).toEqual({
      type: 'provider-item',
      origin: 'https://api.openai.com',
      data: {
        model: 'gpt-4o',
        item: RESPONSE.output[0],
        following: [{ id: 'msg_1' }, { id: 'fc_1', callId: 'call_a' }],
      },
    });
    expect(response.usage).toEqual({ inputTokens: 3, outputTokens: 4, cachedInputTokens: 2, reasoningTokens: 1 });
  });

  it('takes the items told on the way where the last event has none', () => {
    const item = { type: 'message', id: 'm', role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] };
    const text =
      named('response.output_item.done', { output_index: 0, item }) +
      named('response.completed', { response: { id: 'r', status: 'completed', output: [] } });
    expect(readStream(text, { api: 'responses' }).response.items).toMatchObject([{ content: 'Hi' }]);
  });

  it('names a failed response by its code, retryable only where waiting can help', () => {
    const failing = (code: string) => () =>
      readStream(
        named('response.failed', { response: { status: 'failed', error: { code, message: 'x' }, output: [] } }),
        { api: 'responses' },
      );
    expect(failing('server_error')).toThrow(expect.objectContaining({ code: 'PROVIDER_ERROR', isRetryable: true }));
    expect(failing('rate_limit_exceeded')).toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED', isRetryable: true }),
    );
    expect(failing('invalid_prompt')).toThrow(expect.objectContaining({ code: 'PROMPT_REFUSED', isRetryable: false }));
  });

  it('reads an error event', () => {
    const text = named('error', { code: 'server_error', message: 'x', param: null });
    expect(() => readStream(text, { api: 'responses' })).toThrow(expect.objectContaining({ code: 'PROVIDER_ERROR' }));
  });

  it('tells an incomplete answer by its reason', () => {
    const ended = (reason: string) =>
      readStream(
        named('response.incomplete', {
          response: { ...RESPONSE, status: 'incomplete', incomplete_details: { reason } },
        }),
        { api: 'responses' },
      ).response.finish;
    expect(ended('max_output_tokens')).toBe('length');
    expect(ended('content_filter')).toBe('filtered');
  });
});
