import type { ModelItem } from '@master-orchestrator/contracts';
import { chatRequestSchema, responsesRequestSchema } from '@master-orchestrator/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CapabilityTable, type EndpointCapabilities } from '../src/capabilities.js';
import { chatBody } from '../src/chat/chat-request.js';
import { responsesBody } from '../src/responses/responses-request.js';
import type { BodyInput } from '../src/wire/wire-api.js';
import { hasPublishedSchema, problemsBy } from './support/published-schema.js';
import { requestArbitrary } from './support/request-arbitrary.js';
import { metricsTool, reportTool, requestOf, userSays } from './support/requests.js';

function inputOf(changes: Partial<BodyInput> = {}): BodyInput {
  const request = changes.request ?? requestOf();
  return {
    request,
    model: request.model,
    capabilities: new CapabilityTable('openai').of(request.model),
    origin: 'https://api.openai.com',
    isStream: false,
    store: undefined,
    isOpenAI: true,
    ...changes,
  };
}

function withCapabilities(changes: Partial<EndpointCapabilities>, model = 'gpt-4o'): EndpointCapabilities {
  return { ...new CapabilityTable('openai').of(model), ...changes };
}

function expectNone(problems: readonly unknown[]): void {
  expect(problems).toEqual([]);
}

const variants = fc.record({
  request: requestArbitrary,
  isStream: fc.boolean(),
  store: fc.constantFrom(undefined, true, false),
});

describe('any request', () => {
  it('makes a Responses body that fits the schema of its parts', () => {
    fc.assert(
      fc.property(variants, (variant) =>
        expectNone(responsesRequestSchema.safeParse(responsesBody(inputOf(variant))).error?.issues ?? []),
      ),
    );
  });

  it('makes a Chat Completions body that fits the schema of its parts', () => {
    fc.assert(
      fc.property(variants, (variant) =>
        expectNone(chatRequestSchema.safeParse(chatBody(inputOf(variant))).error?.issues ?? []),
      ),
    );
  });
});

describe.skipIf(!hasPublishedSchema)(
  "any request, by OpenAI's published schema (skipped where it is not at hand)",
  () => {
    it('makes a valid CreateResponse', () => {
      const problems = problemsBy('CreateResponse');
      fc.assert(fc.property(variants, (variant) => expectNone(problems(responsesBody(inputOf(variant))))));
    });

    it('makes a valid CreateChatCompletionRequest', () => {
      const problems = problemsBy('CreateChatCompletionRequest');
      fc.assert(fc.property(variants, (variant) => expectNone(problems(chatBody(inputOf(variant))))));
    });
  },
);

describe('a Responses body', () => {
  it('sends instructions, messages, calls and results in order', () => {
    const request = requestOf({
      instructions: 'Be brief.',
      items: [
        userSays('Hi'),
        { type: 'message', role: 'assistant', content: 'Let me see.' },
        { type: 'tool-call', callId: 'c1', name: 'calculate_metrics', arguments: '{}' },
        { type: 'tool-result', callId: 'c1', name: 'calculate_metrics', output: 'done' },
      ],
    });
    expect(responsesBody(inputOf({ request }))).toEqual({
      model: 'gpt-4o',
      instructions: 'Be brief.',
      input: [
        { type: 'message', role: 'user', content: 'Hi' },
        { type: 'message', role: 'assistant', content: 'Let me see.' },
        { type: 'function_call', call_id: 'c1', name: 'calculate_metrics', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: 'done' },
      ],
    });
  });

  it('says of each tool whether it is strict, since the API takes silence for yes', () => {
    const body = responsesBody(inputOf({ request: requestOf({ tools: [metricsTool, reportTool] }) }));
    expect(body['tools']).toMatchObject([
      { type: 'function', name: 'calculate_metrics', strict: true },
      { type: 'function', name: 'generate_report', strict: false },
    ]);
  });

  it('leaves sampling out for a reasoning model and asks for encrypted reasoning', () => {
    const request = requestOf({ model: 'gpt-5', settings: { temperature: 0.2, topP: 0.5, reasoningEffort: 'low' } });
    const body = responsesBody(inputOf({ request }));
    expect(body).toMatchObject({ reasoning: { effort: 'low' }, include: ['reasoning.encrypted_content'] });
    expect(body).not.toHaveProperty('temperature');
    expect(body).not.toHaveProperty('top_p');
  });

  it('leaves the effort out for a model that does not reason', () => {
    const body = responsesBody(
      inputOf({ request: requestOf({ settings: { reasoningEffort: 'low', temperature: 0.2 } }) }),
    );
    expect(body).not.toHaveProperty('reasoning');
    expect(body).toMatchObject({ temperature: 0.2 });
  });

  it('asks for encrypted reasoning of an unknown model only where nothing is stored', () => {
    const request = requestOf({ model: 'my-deployment' });
    expect(responsesBody(inputOf({ request }))).not.toHaveProperty('include');
    expect(responsesBody(inputOf({ request, store: false }))).toMatchObject({
      store: false,
      include: ['reasoning.encrypted_content'],
    });
    expect(responsesBody(inputOf({ request, store: true }))).not.toHaveProperty('include');
  });

  it('raises a bound below the smallest the API takes', () => {
    const body = responsesBody(inputOf({ request: requestOf({ settings: { maxOutputTokens: 3 } }) }));
    expect(body).toMatchObject({ max_output_tokens: 16 });
  });

  it('continues a stored conversation', () => {
    const body = responsesBody(inputOf({ request: requestOf({ previousResponseId: 'resp_1' }) }));
    expect(body).toMatchObject({ previous_response_id: 'resp_1' });
  });

  it('sends the schema of the answer', () => {
    const outputSchema = { name: 'answer', schema: metricsTool.parameters, isStrict: true };
    expect(responsesBody(inputOf({ request: requestOf({ outputSchema }) }))).toMatchObject({
      text: { format: { type: 'json_schema', name: 'answer', strict: true } },
    });
  });

  it('puts the schema into words where the server takes none', () => {
    const outputSchema = { name: 'answer', schema: metricsTool.parameters, isStrict: true };
    const request = requestOf({ outputSchema, instructions: 'Be brief.' });
    const body = responsesBody(inputOf({ request, capabilities: withCapabilities({ outputFormat: 'text' }) }));
    expect(body).not.toHaveProperty('text');
    expect(body['instructions']).toContain('Be brief.');
    expect(body['instructions']).toContain('"additionalProperties":false');
  });

  it('merges further fields: objects one level deep, tools joined, the rest replaced, the stream left alone', () => {
    const outputSchema = { name: 'answer', schema: metricsTool.parameters, isStrict: true };
    const extra = { text: { verbosity: 'low' }, tools: [{ type: 'web_search' }], truncation: 'auto', stream: true };
    const request = requestOf({ outputSchema, tools: [metricsTool], settings: { extra } });
    const body = responsesBody(inputOf({ request }));
    expect(body).toMatchObject({ text: { verbosity: 'low', format: { name: 'answer' } }, truncation: 'auto' });
    expect(body['tools']).toMatchObject([{ name: 'calculate_metrics' }, { type: 'web_search' }]);
    expect(body).not.toHaveProperty('stream');
  });

  it('names a tool that must be called, and leaves the choice out where there is no tool', () => {
    const toolChoice = { tool: 'calculate_metrics' };
    expect(responsesBody(inputOf({ request: requestOf({ toolChoice, tools: [metricsTool] }) }))).toMatchObject({
      tool_choice: { type: 'function', name: 'calculate_metrics' },
    });
    expect(responsesBody(inputOf({ request: requestOf({ toolChoice }) }))).not.toHaveProperty('tool_choice');
  });

  it('forbids parallel calls only where told so', () => {
    const tools = [metricsTool];
    expect(responsesBody(inputOf({ request: requestOf({ tools }) }))).not.toHaveProperty('parallel_tool_calls');
    const request = requestOf({ tools, settings: { parallelToolCalls: false } });
    expect(responsesBody(inputOf({ request }))).toMatchObject({ parallel_tool_calls: false });
  });
});

describe('a Chat Completions body', () => {
  it('makes one message of what the assistant said and called in one go', () => {
    const request = requestOf({
      instructions: 'Be brief.',
      items: [
        userSays('Hi'),
        { type: 'message', role: 'assistant', content: 'Let me see.' },
        { type: 'tool-call', callId: 'c1', name: 'calculate_metrics', arguments: '{}' },
        { type: 'tool-call', callId: 'c2', name: 'generate_report', arguments: '{}' },
        { type: 'tool-result', callId: 'c1', name: 'calculate_metrics', output: 'one' },
        { type: 'tool-result', callId: 'c2', name: 'generate_report', output: 'two' },
      ],
    });
    const call = (id: string, name: string): object => ({ id, type: 'function', function: { name, arguments: '{}' } });
    expect(chatBody(inputOf({ request }))['messages']).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [call('c1', 'calculate_metrics'), call('c2', 'generate_report')],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'one' },
      { role: 'tool', tool_call_id: 'c2', content: 'two' },
    ]);
  });

  it('keeps two answers in a row apart', () => {
    const said = (content: string) => ({ type: 'message', role: 'assistant', content }) as const;
    const request = requestOf({ items: [userSays('Hi'), said('One.'), said('Two.')] });
    expect(chatBody(inputOf({ request }))['messages']).toMatchObject([{}, { content: 'One.' }, { content: 'Two.' }]);
  });

  it('bounds the answer by the field the server knows', () => {
    const request = requestOf({ settings: { maxOutputTokens: 100 } });
    expect(chatBody(inputOf({ request }))).toMatchObject({ max_completion_tokens: 100 });
    const capabilities = new CapabilityTable('compatible').of('llama');
    expect(chatBody(inputOf({ request, capabilities }))).toMatchObject({ max_tokens: 100 });
  });

  it('asks a stream for its usage where the server can tell it', () => {
    expect(chatBody(inputOf({ isStream: true }))).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
    const body = chatBody(inputOf({ isStream: true, capabilities: withCapabilities({ streamUsage: false }) }));
    expect(body).not.toHaveProperty('stream_options');
  });

  it('leaves strict out of a tool that is not strict, or where the server does not know it', () => {
    const request = requestOf({ tools: [metricsTool, reportTool] });
    expect(chatBody(inputOf({ request }))['tools']).toMatchObject([{ function: { strict: true } }, {}]);
    const capabilities = withCapabilities({ strictTools: false });
    expect(JSON.stringify(chatBody(inputOf({ request, capabilities })))).not.toContain('strict');
  });

  it('refuses to continue a stored conversation, which this API does not have', () => {
    const request = requestOf({ previousResponseId: 'resp_1' });
    expect(() => chatBody(inputOf({ request }))).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });

  it('gives a compatible server only arguments that it can parse, and OpenAI what was written', () => {
    const items = [
      userSays('Hi'),
      { type: 'tool-call', callId: 'c1', name: 'calculate_metrics', arguments: '{"data": [1, ' } as const,
      { type: 'tool-result', callId: 'c1', name: 'calculate_metrics', output: 'broken' } as const,
    ];
    const argumentsIn = (isOpenAI: boolean): string => {
      const [, message] = chatBody(inputOf({ request: requestOf({ items }), isOpenAI }))['messages'] as {
        tool_calls: { function: { arguments: string } }[];
      }[];
      return message?.tool_calls[0]?.function.arguments ?? '';
    };
    expect(argumentsIn(true)).toBe('{"data": [1, ');
    expect(JSON.parse(argumentsIn(false))).toEqual({ invalid_arguments: '{"data": [1, ' });
  });

  it('carries reasoning back in the field it came in, to the same server only', () => {
    const reasoning = (origin: string) =>
      ({ type: 'provider-item', origin, data: { reasoning_content: 'hm' } }) as const;
    const call = { type: 'tool-call', callId: 'c1', name: 'calculate_metrics', arguments: '{}' } as const;
    const messagesFor = (origin: string): unknown =>
      chatBody(inputOf({ request: requestOf({ items: [userSays('Hi'), reasoning(origin), call] }) }))['messages'];
    expect(messagesFor('https://api.openai.com')).toMatchObject([{}, { reasoning_content: 'hm', tool_calls: [{}] }]);
    expect(JSON.stringify(messagesFor('https://other.example'))).not.toContain('reasoning');
  });
});

describe('reasoning in a Responses body', () => {
  const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'secret' };
  const carried = (changes: object = {}): ModelItem => ({
    type: 'provider-item',
    origin: 'https://api.openai.com',
    data: { model: 'gpt-5', item: { ...reasoning, ...changes }, following: [{ id: 'fc_1', callId: 'c1' }] },
  });
  const call = { type: 'tool-call', callId: 'c1', name: 'calculate_metrics', arguments: '{}' } as const;
  const result = { type: 'tool-result', callId: 'c1', name: 'calculate_metrics', output: 'x' } as const;
  const inputWith = (changes: Partial<BodyInput>): unknown => responsesBody(inputOf(changes))['input'];
  const request = requestOf({ model: 'gpt-5', items: [userSays('Hi'), carried(), call, result] });

  it('goes back untouched, and the call after it gets its id again', () => {
    expect(inputWith({ request })).toMatchObject([
      {},
      reasoning,
      { type: 'function_call', id: 'fc_1', call_id: 'c1' },
      {},
    ]);
  });

  it('stays away from another server', () => {
    const told = JSON.stringify(inputWith({ request, origin: 'https://other.example' }));
    expect(told).not.toContain('reasoning');
    expect(told).not.toContain('fc_1');
  });

  it('stays away from another model', () => {
    const told = JSON.stringify(inputWith({ request: { ...request, model: 'gpt-4o' } }));
    expect(told).not.toContain('reasoning');
    expect(told).not.toContain('fc_1');
  });

  it('is left out where nothing is stored and it came without its encrypted form', () => {
    const items = [userSays('Hi'), carried({ encrypted_content: null }), call, result];
    const told = JSON.stringify(inputWith({ request: { ...request, items }, store: false }));
    expect(told).not.toContain('rs_1');
    expect(told).not.toContain('fc_1');
  });

  it('is left out where what it led to is gone', () => {
    expect(JSON.stringify(inputWith({ request: { ...request, items: [carried(), userSays('Go on')] } }))).not.toContain(
      'rs_1',
    );
    expect(JSON.stringify(inputWith({ request: { ...request, items: [userSays('Hi'), carried()] } }))).not.toContain(
      'rs_1',
    );
  });
});
