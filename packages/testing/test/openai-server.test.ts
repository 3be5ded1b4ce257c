import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import {
  chatChunkSchema,
  chatCompletionSchema,
  errorBodySchema,
  responseEventSchema,
  responseSchema,
  startOpenAIServer,
  type ScriptedAnswer,
} from '../src/index.js';
import { CHAT_BODY, eventsOf, post, RESPONSES_BODY } from './http.js';
import { hasOpenAISchema, openAISchemaChecker } from './openai-schema.js';

const clientOf = (baseURL: string, apiKey = 'sk-test'): OpenAI => new OpenAI({ baseURL, apiKey, maxRetries: 0 });

const ANSWERS: Readonly<Record<string, ScriptedAnswer>> = {
  text: { text: 'The mean of your numbers is 3, and their median is 3 as well. 🙂' },
  calls: {
    toolCalls: [
      { name: 'add', arguments: { a: 1, b: 2 } },
      { name: 'add', arguments: { a: 3, b: 4 }, callId: 'call_mine' },
    ],
  },
  both: { text: 'Let me look.', toolCalls: [{ name: 'now', arguments: {} }] },
  refusal: { refusal: 'I cannot help with that.' },
  reasoning: { reasoning: 'First add, then divide.', text: '3' },
  length: { text: 'cut he', finish: 'length' },
  filtered: { text: '', finish: 'filtered' },
  usage: { text: 'x', usage: { inputTokens: 11, outputTokens: 7, cachedInputTokens: 5, reasoningTokens: 2 } },
  empty: { text: '' },
};

describe.skipIf(!hasOpenAISchema)('answers, by the published schema of OpenAI (skipped where it is absent)', () => {
  const problems = hasOpenAISchema ? openAISchemaChecker() : () => [];

  it.each(Object.keys(ANSWERS))('fit it in both APIs, plain and streamed: %s', async (name) => {
    const answer = ANSWERS[name] ?? {};
    await using server = await startOpenAIServer({ script: [answer, answer, answer, answer] });
    const plain = await (await post(`${server.url}/responses`, RESPONSES_BODY)).json();
    expect(problems('Response', plain)).toEqual([]);
    const streamed = eventsOf(
      await (await post(`${server.url}/responses`, { ...RESPONSES_BODY, stream: true })).text(),
    );
    for (const event of streamed) expect(problems('ResponseStreamEvent', event)).toEqual([]);
    const chat = await (await post(`${server.url}/chat/completions`, CHAT_BODY)).json();
    expect(problems('CreateChatCompletionResponse', chat)).toEqual([]);
    const usage = { stream: true, stream_options: { include_usage: true } };
    const chunks = eventsOf(await (await post(`${server.url}/chat/completions`, { ...CHAT_BODY, ...usage })).text());
    for (const chunk of chunks) expect(problems('CreateChatCompletionStreamResponse', chunk)).toEqual([]);
    server.assertDone();
  });
});

describe('answers, by the schemas of this package', () => {
  it.each(Object.keys(ANSWERS))('fit them in both APIs, plain and streamed: %s', async (name) => {
    const answer = ANSWERS[name] ?? {};
    await using server = await startOpenAIServer({ script: () => answer });
    const responses = `${server.url}/responses`;
    const chat = `${server.url}/chat/completions`;
    responseSchema.parse(await (await post(responses, RESPONSES_BODY)).json());
    chatCompletionSchema.parse(await (await post(chat, CHAT_BODY)).json());
    const events = eventsOf(await (await post(responses, { ...RESPONSES_BODY, stream: true })).text());
    const chunks = eventsOf(await (await post(chat, { ...CHAT_BODY, stream: true })).text());
    for (const event of events) responseEventSchema.parse(event);
    for (const chunk of chunks) chatChunkSchema.parse(chunk);
    expect(events.map((event) => (event as { sequence_number: number }).sequence_number)).toEqual(
      events.map((_, at) => at),
    );
  });

  it('fit them when they are errors', async () => {
    await using server = await startOpenAIServer({ apiKey: 'sk-right', script: [{ status: 500 }] });
    for (const key of ['wrong', 'sk-right']) {
      const response = await post(`${server.url}/responses`, RESPONSES_BODY, { authorization: `Bearer ${key}` });
      errorBodySchema.parse(await response.json());
      expect(response.ok).toBe(false);
    }
  });
});

describe('the official client', () => {
  it('reads a text from the Responses API', async () => {
    await using server = await startOpenAIServer({ script: [{ text: 'Three.' }] });
    const response = await clientOf(server.url).responses.create({ model: 'gpt-test', input: 'hello' });
    expect(response.output_text).toBe('Three.');
    expect(response.status).toBe('completed');
  });

  it('reads streamed tool calls from Chat Completions', async () => {
    await using server = await startOpenAIServer({ script: [ANSWERS['calls'] ?? {}] });
    const stream = clientOf(server.url).chat.completions.stream({
      model: 'gpt-test',
      messages: [{ role: 'user', content: 'hello' }],
    });
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]?.message.tool_calls?.map((call) => call.id)).toEqual([
      'call_00000000000100',
      'call_mine',
    ]);
    expect(completion.choices[0]?.finish_reason).toBe('tool_calls');
  });

  it('reads a streamed answer of the Responses API', async () => {
    await using server = await startOpenAIServer({ script: [{ ...ANSWERS['both'], reasoning: 'hm' }] });
    const stream = clientOf(server.url).responses.stream({ model: 'gpt-test', input: 'hello' });
    const response = await stream.finalResponse();
    expect(response.output.map((item) => item.type)).toEqual(['reasoning', 'message', 'function_call']);
    expect(response.output_text).toBe('Let me look.');
  });
});
