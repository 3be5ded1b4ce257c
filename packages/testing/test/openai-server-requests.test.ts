import { describe, expect, it } from 'vitest';
import { startOpenAIServer } from '../src/index.js';
import { CHAT_BODY, post, RESPONSES_BODY } from './http.js';

type ErrorBody = { readonly error: { readonly message: string; readonly param: string; readonly code: string } };

async function refusal(path: string, body: unknown, options = {}): Promise<ErrorBody['error'] & { status: number }> {
  await using server = await startOpenAIServer({ script: () => ({ text: 'fine' }), ...options });
  const response = await post(`${server.url}/${path}`, body);
  const { error } = (await response.json()) as Partial<ErrorBody>;
  return { status: response.status, message: '', param: '', code: '', ...error };
}

const tool = (parameters: object, strict = false): object => ({ type: 'function', name: 'add', parameters, strict });
const chatTool = (parameters: object, strict = false): object => ({
  type: 'function',
  function: { name: 'add', parameters, strict },
});
const CALL = { type: 'function_call', call_id: 'call_1', name: 'add', arguments: '{}' };
const RESULT = { type: 'function_call_output', call_id: 'call_1', output: '3' };
const ASSISTANT = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'add', arguments: '{}' } }],
};

describe('a request that OpenAI would refuse gets 400', () => {
  it.each([
    ['responses', { input: 'x' }, 'model', 'missing_required_parameter'],
    ['responses', { ...RESPONSES_BODY, temperature: 3 }, 'temperature', 'invalid_value'],
    ['responses', { ...RESPONSES_BODY, max_tokens: 5 }, 'max_tokens', 'unknown_parameter'],
    ['responses', { ...RESPONSES_BODY, max_output_tokens: 5 }, 'max_output_tokens', 'invalid_value'],
    [
      'responses',
      { ...RESPONSES_BODY, tools: [tool({ type: 'array' })] },
      'tools[0].parameters',
      'invalid_function_parameters',
    ],
    [
      'responses',
      { ...RESPONSES_BODY, tools: [tool({ type: 'object' }, true)] },
      'tools[0].parameters',
      'invalid_function_parameters',
    ],
    [
      'responses',
      { ...RESPONSES_BODY, previous_response_id: 'resp_x' },
      'previous_response_id',
      'previous_response_not_found',
    ],
    ['responses', { ...RESPONSES_BODY, input: [CALL] }, 'input', null],
    ['responses', { ...RESPONSES_BODY, input: [RESULT] }, 'input', null],
    ['chat/completions', { model: 'm' }, 'messages', 'missing_required_parameter'],
    ['chat/completions', { ...CHAT_BODY, input: 'x' }, 'input', 'unknown_parameter'],
    ['chat/completions', { ...CHAT_BODY, stream_options: { include_usage: true } }, 'stream_options', null],
    ['chat/completions', { ...CHAT_BODY, messages: [ASSISTANT] }, 'messages[1].role', null],
    [
      'chat/completions',
      { ...CHAT_BODY, messages: [{ role: 'tool', tool_call_id: 'x', content: '' }] },
      'messages[0].role',
      null,
    ],
    [
      'chat/completions',
      { ...CHAT_BODY, tools: [chatTool({ type: 'object', properties: { a: {} } }, true)] },
      'tools[0].parameters',
      'invalid_function_parameters',
    ],
    [
      'chat/completions',
      { ...CHAT_BODY, tools: [chatTool({ type: 'object' }), chatTool({ type: 'object' })] },
      'tools[1]',
      'invalid_value',
    ],
    ['chat/completions', '{"model":', null, null],
  ])('%s %j', async (path, body, param, code) => {
    expect(await refusal(path, body)).toMatchObject({ status: 400, param, code });
  });

  it('unless a compatible server is played that takes any parameter', async () => {
    const options = { allowUnknownParameters: true };
    expect(await refusal('responses', { ...RESPONSES_BODY, top_k: 5 }, options)).toMatchObject({ status: 200 });
  });

  it('and assertDone tells of it', async () => {
    await using server = await startOpenAIServer();
    await post(`${server.url}/responses`, { input: 'x' });
    expect(() => server.assertDone()).toThrow("Missing required parameter: 'model'");
  });
});

describe('a request that OpenAI would accept is answered', () => {
  it.each([
    ['responses', { ...RESPONSES_BODY, input: [{ role: 'user', content: 'x' }, CALL, RESULT] }],
    [
      'responses',
      { ...RESPONSES_BODY, reasoning: { effort: 'low' }, include: ['reasoning.encrypted_content'], store: false },
    ],
    [
      'chat/completions',
      {
        ...CHAT_BODY,
        messages: [...CHAT_BODY.messages, ASSISTANT, { role: 'tool', tool_call_id: 'call_1', content: '3' }],
      },
    ],
    ['chat/completions', { ...CHAT_BODY, seed: 1, response_format: { type: 'json_object' } }],
  ])('%s %j', async (path, body) => {
    expect((await refusal(path, body)).status).toBe(200);
  });

  it('also where the tool call was in an earlier answer', async () => {
    await using server = await startOpenAIServer({
      script: [{ toolCalls: [{ name: 'add', arguments: {}, callId: 'call_9' }] }, { text: 'done' }],
    });
    const first = (await (await post(`${server.url}/responses`, RESPONSES_BODY)).json()) as { id: string };
    const next = { ...RESPONSES_BODY, previous_response_id: first.id, input: [{ ...RESULT, call_id: 'call_9' }] };
    expect((await post(`${server.url}/responses`, next)).status).toBe(200);
    server.assertDone();
  });
});

describe('startOpenAIServer', () => {
  it('keeps each request with its headers and bodies', async () => {
    await using server = await startOpenAIServer({ script: [{ text: 'x' }] });
    await post(`${server.url}/responses?a=1`, RESPONSES_BODY, { 'x-mine': 'yes' });
    expect(server.requests).toMatchObject([
      {
        api: 'responses',
        method: 'POST',
        path: '/v1/responses?a=1',
        headers: { 'x-mine': 'yes' },
        body: RESPONSES_BODY,
        rawBody: JSON.stringify(RESPONSES_BODY),
        isStream: false,
        outcome: 'script',
      },
    ]);
  });

  it('answers 401 to another key, as bearer or as api-key', async () => {
    await using server = await startOpenAIServer({ apiKey: 'sk-right', script: () => ({ text: 'x' }) });
    const ask = async (headers: Record<string, string>): Promise<number> =>
      (await post(`${server.url}/responses`, RESPONSES_BODY, headers)).status;
    expect(await ask({ authorization: 'Bearer sk-wrong' })).toBe(401);
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: 'Bearer sk-right' })).toBe(200);
    expect(await ask({ 'api-key': 'sk-right' })).toBe(200);
  });

  it('answers 404 to a path or a model it does not have', async () => {
    await using server = await startOpenAIServer({ models: ['gpt-a'], script: () => ({ text: 'x' }) });
    expect((await post(`${server.origin}/v2/responses`, RESPONSES_BODY)).status).toBe(404);
    expect((await post(`${server.url}/responses`, RESPONSES_BODY)).status).toBe(404);
    expect((await post(`${server.url}/responses`, { ...RESPONSES_BODY, model: 'gpt-a' })).status).toBe(200);
  });

  it("serves Azure's paths", async () => {
    await using server = await startOpenAIServer({ script: () => ({ text: 'x' }) });
    const path = '/openai/deployments/mine/chat/completions?api-version=2024-10-21';
    expect((await post(server.origin + path, CHAT_BODY)).status).toBe(200);
  });

  it('lists its models', async () => {
    await using server = await startOpenAIServer({ models: ['gpt-a', 'gpt-b'] });
    const list = (await (await fetch(`${server.url}/models`)).json()) as { data: { id: string }[] };
    expect(list.data.map(({ id }) => id)).toEqual(['gpt-a', 'gpt-b']);
    expect((await fetch(`${server.url}/models/gpt-b`)).status).toBe(200);
    expect((await fetch(`${server.url}/models/gpt-c`)).status).toBe(404);
  });

  it('answers a request that no step foresees with an error, and assertDone tells of it', async () => {
    await using server = await startOpenAIServer();
    const response = await post(`${server.url}/responses`, RESPONSES_BODY);
    expect([response.status, ((await response.json()) as ErrorBody).error.code]).toEqual([400, 'unexpected_request']);
    expect(() => server.assertDone()).toThrow('unexpected request 0');
  });

  it('gives a standing answer to such a request where one is set', async () => {
    await using server = await startOpenAIServer({ onUnexpected: { text: 'always' } });
    expect((await post(`${server.url}/responses`, RESPONSES_BODY)).status).toBe(200);
    server.assertDone();
  });

  it('names answers that were not used', async () => {
    await using server = await startOpenAIServer({ script: [{ text: 'never' }] });
    expect(server.unused).toBe(1);
    expect(() => server.assertDone()).toThrow('unused answer: {"text":"never"}');
  });

  it('plays enqueued answers before it asks the function', async () => {
    await using server = await startOpenAIServer({ script: (_request, index) => ({ text: `function ${index}` }) });
    server.enqueue({ text: 'queued' });
    const texts: string[] = [];
    for (let call = 0; call < 3; call += 1) {
      texts.push(await (await post(`${server.url}/responses`, RESPONSES_BODY)).text());
    }
    expect(texts.map((text) => /queued|function \d/.exec(text)?.[0])).toEqual(['queued', 'function 0', 'function 1']);
  });

  it('reports a script function that throws', async () => {
    await using server = await startOpenAIServer({
      script: () => {
        throw new Error('my mistake');
      },
    });
    expect((await post(`${server.url}/responses`, RESPONSES_BODY)).status).toBe(400);
    expect(() => server.assertDone()).toThrow('the script threw: my mistake');
  });

  it('gives equal answers to equal scripts', async () => {
    const bodies = await Promise.all(
      [1, 2].map(async () => {
        await using server = await startOpenAIServer({ script: [{ toolCalls: [{ name: 'a', arguments: {} }] }] });
        return await (await post(`${server.url}/responses`, { ...RESPONSES_BODY, stream: true })).text();
      }),
    );
    expect(bodies[0]).toBe(bodies[1]);
  });

  it('uses up nothing of the script in an outage', async () => {
    await using server = await startOpenAIServer({ script: [{ text: 'well' }] });
    server.outage(true);
    expect((await post(`${server.url}/responses`, RESPONSES_BODY)).status).toBe(503);
    server.outage(true, { kind: 'reset' });
    await expect(post(`${server.url}/responses`, RESPONSES_BODY)).rejects.toThrow('fetch failed');
    server.outage(false);
    expect((await post(`${server.url}/responses`, RESPONSES_BODY)).status).toBe(200);
    expect(server.requests.map(({ outcome }) => outcome)).toEqual(['outage', 'outage', 'script']);
    server.assertDone();
  });

  it('notices a client that goes away', async () => {
    await using server = await startOpenAIServer({ script: [{ text: 'x', delayMs: 60_000 }] });
    const controller = new AbortController();
    const answer = post(`${server.url}/responses`, RESPONSES_BODY, {}, controller.signal);
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort();
    await expect(answer).rejects.toThrow('aborted');
    await expect.poll(() => server.requests[0]?.wasAborted).toBe(true);
  });

  it('leaves no socket open once it is closed', async () => {
    const server = await startOpenAIServer({ script: [{ fault: { kind: 'silence' } }, { text: 'x' }] });
    const silent = post(`${server.url}/responses`, RESPONSES_BODY);
    const failure = silent.catch((error: unknown) => error);
    await expect.poll(() => server.requests.length).toBe(1);
    expect(server.openSockets).toBe(1);
    await server.close();
    expect(await failure).toMatchObject({ message: 'fetch failed' });
    expect(server.openSockets).toBe(0);
    await server.close();
  });

  it('closes although a script function never settles', async () => {
    const server = await startOpenAIServer({ script: () => new Promise(() => {}) });
    const failure = post(`${server.url}/responses`, RESPONSES_BODY).catch((error: unknown) => error);
    await expect.poll(() => server.requests.length).toBe(1);
    await server.close();
    expect(await failure).toMatchObject({ message: 'fetch failed' });
  });

  it('keeps and announces a rate limit', async () => {
    let now = 0;
    const rateLimit = { requestsPerMinute: 60, burst: 2, now: () => now };
    await using server = await startOpenAIServer({ script: () => ({ text: 'x' }), rateLimit });
    const ask = async (): Promise<readonly (string | number | null)[]> => {
      const { status, headers } = await post(`${server.url}/responses`, RESPONSES_BODY);
      return [status, headers.get('x-ratelimit-remaining-requests'), headers.get('retry-after-ms')];
    };
    expect([await ask(), await ask(), await ask()]).toEqual([
      [200, '1', null],
      [200, '0', null],
      [429, '0', '1000'],
    ]);
    now = 1_000;
    expect(await ask()).toEqual([200, '0', null]);
  });
});
