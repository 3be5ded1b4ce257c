import type { ModelRequest } from '@master-orchestrator/contracts';
import { startOpenAIServer, type RecordedRequest, type ScriptedAnswer } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { CapabilityTable } from '../src/capabilities.js';
import { correctionFor } from '../src/capability-learning.js';
import type { OpenAIProviderOptions, RequestCorrection } from '../src/index.js';
import { metricsTool, noSignal, providerOf, rejectionOf, requestOf } from './support/requests.js';

interface Case {
  readonly name: string;
  readonly api: 'responses' | 'chat';
  /** Field the server refuses, as a path. */ readonly refuses: (body: Record<string, unknown>) => boolean;
  readonly error: { message: string; param?: string | null; code?: string | null };
  readonly request: Partial<ModelRequest>;
  readonly isStream?: boolean;
  readonly changes: RequestCorrection['changes'];
  readonly options?: OpenAIProviderOptions;
}

const schema = { name: 'answer', schema: metricsTool.parameters, isStrict: true };

const CASES: readonly Case[] = [
  {
    name: 'max_tokens, where max_completion_tokens is wanted; sampling goes with it',
    api: 'chat',
    refuses: (body) => 'max_tokens' in body || 'temperature' in body,
    error: {
      message:
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      param: 'max_tokens',
      code: 'unsupported_parameter',
    },
    request: { settings: { maxOutputTokens: 50, temperature: 0.3 } },
    changes: { maxTokensField: 'max_completion_tokens', sampling: false },
  },
  {
    name: 'a temperature',
    api: 'responses',
    refuses: (body) => 'temperature' in body,
    error: {
      message:
        "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
      param: 'temperature',
      code: 'unsupported_value',
    },
    request: { settings: { temperature: 0.2 } },
    changes: { sampling: false },
  },
  {
    name: 'a reasoning effort',
    api: 'responses',
    refuses: (body) => 'reasoning' in body,
    error: {
      message: "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
      param: 'reasoning.effort',
      code: 'unsupported_parameter',
    },
    request: { settings: { reasoningEffort: 'low' } },
    changes: { reasoningEffort: false },
  },
  {
    name: 'stream_options, named in the message alone',
    api: 'chat',
    refuses: (body) => 'stream_options' in body,
    error: {
      message:
        "[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options'), 'msg': 'Extra inputs are not permitted'}]",
    },
    request: {},
    isStream: true,
    changes: { streamUsage: false },
  },
  {
    name: 'an output schema, so that JSON is asked for in words',
    api: 'chat',
    refuses: (body) => (body['response_format'] as { type?: string } | undefined)?.type === 'json_schema',
    error: { message: 'This response_format type is unavailable now' },
    request: { outputSchema: schema },
    changes: { outputFormat: 'json_object' },
  },
  {
    name: 'strict tools',
    api: 'chat',
    refuses: (body) => JSON.stringify(body['tools']).includes('"strict"'),
    error: {
      message: "Unknown parameter: 'tools[0].function.strict'.",
      param: 'tools[0].function.strict',
      code: 'unknown_parameter',
    },
    request: { tools: [metricsTool] },
    changes: { strictTools: false },
  },
  {
    name: 'parallel_tool_calls',
    api: 'chat',
    refuses: (body) => 'parallel_tool_calls' in body,
    error: {
      message: "Unsupported parameter: 'parallel_tool_calls' is not supported with this model.",
      param: 'parallel_tool_calls',
    },
    request: { tools: [metricsTool], settings: { parallelToolCalls: false } },
    changes: { parallelToolCalls: false },
  },
  {
    name: 'the system role',
    api: 'chat',
    refuses: (body) => JSON.stringify(body['messages']).includes('"system"'),
    error: {
      message: "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
      param: 'messages[0].role',
    },
    request: { instructions: 'Be brief.' },
    changes: { instructionRole: 'developer' },
  },
  {
    name: 'encrypted reasoning',
    api: 'responses',
    refuses: (body) => 'include' in body,
    error: { message: 'Encrypted content is not supported with this model.', param: 'include' },
    request: { model: 'my-deployment' },
    changes: { encryptedReasoning: 'never' },
    options: { store: false },
  },
  {
    name: 'a seed',
    api: 'chat',
    refuses: (body) => 'seed' in body,
    error: { message: 'Unrecognized request argument supplied: seed' },
    request: { settings: { seed: 3 } },
    changes: { seed: false },
  },
];

function refusing(one: Case): (request: RecordedRequest) => ScriptedAnswer {
  return ({ body }) =>
    one.refuses(body as Record<string, unknown>)
      ? { status: 400, error: { error: { type: 'invalid_request_error', param: null, code: null, ...one.error } } }
      : { text: 'Hi' };
}

describe.each(CASES)('a server that refuses $name', (one) => {
  it('gets the corrected request once, and from then on only that', async () => {
    await using server = await startOpenAIServer({ script: refusing(one), allowUnknownParameters: true });
    const corrections: RequestCorrection[] = [];
    const onCorrection = (correction: RequestCorrection): void => void corrections.push(correction);
    const provider = providerOf(server, { api: one.api, onCorrection, ...one.options });
    const onDelta = one.isStream === true ? { onDelta: () => undefined } : {};
    const request = requestOf({ model: 'some-model', ...one.request });
    for (let n = 0; n < 2; n++) {
      const response = await provider.respond(request, { ...noSignal(), ...onDelta });
      expect(response).toMatchObject({ items: [{ content: 'Hi' }] });
    }
    await provider.dispose?.();
    expect(server.requests).toHaveLength(3);
    expect(corrections).toEqual([
      { provider: 'openai', model: request.model, changes: one.changes, reason: one.error.message },
    ]);
  });
});

it('sends a request again only once, and learns nothing that did not help', async () => {
  await using server = await startOpenAIServer({
    script: () => ({
      status: 400,
      error: {
        error: {
          message: "Unsupported parameter: 'temperature'.",
          param: 'temperature',
          code: 'unsupported_parameter',
        },
      },
    }),
  });
  const provider = providerOf(server, { api: 'chat' });
  const request = requestOf({ model: 'some-model', settings: { temperature: 0.2 } });
  await expect(provider.respond(request, noSignal())).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  expect(server.requests).toHaveLength(2);
  await expect(provider.respond(request, noSignal())).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  await provider.dispose?.();
  expect(server.requests[2]?.body).toHaveProperty('temperature');
});

it('does not correct what the user has laid down', async () => {
  await using server = await startOpenAIServer({ script: (request) => (CASES[1] ? refusing(CASES[1])(request) : {}) });
  const provider = providerOf(server, { api: 'responses', capabilities: { sampling: true } });
  const error = await rejectionOf(provider.respond(requestOf({ settings: { temperature: 0.2 } }), noSignal()));
  await provider.dispose?.();
  expect(error).toMatchObject({ code: 'REQUEST_INVALID' });
  expect(server.requests).toHaveLength(1);
});

it('leaves out from the start what the user says is not accepted', async () => {
  await using server = await startOpenAIServer({ script: () => ({ text: 'Hi' }) });
  const provider = providerOf(server, { capabilities: { sampling: false } });
  await provider.respond(requestOf({ settings: { temperature: 0.2 } }), noSignal());
  await provider.dispose?.();
  expect(server.requests[0]?.body).not.toHaveProperty('temperature');
});

describe('a refusal', () => {
  const present = new CapabilityTable('compatible').of('some-model');
  const refusal = { status: 400, param: undefined, code: undefined, message: '' };

  it('is not about a parameter that was not sent', () => {
    const told = { ...refusal, param: 'temperature', code: 'unsupported_parameter' };
    expect(correctionFor(told, { model: 'x', messages: [] }, present)).toBeUndefined();
    expect(correctionFor(told, { model: 'x', temperature: 1 }, present)).toEqual({ sampling: false });
  });

  it('of a value that is wrong in itself is not corrected', () => {
    const told = {
      ...refusal,
      param: 'text.format.schema',
      code: 'invalid_json_schema',
      message: 'Invalid schema for response_format',
    };
    expect(correctionFor(told, { text: {} }, present)).toBeUndefined();
  });

  it('with another status is not corrected', () => {
    const told = { ...refusal, status: 429, param: 'temperature', code: 'unsupported_parameter' };
    expect(correctionFor(told, { temperature: 1 }, present)).toBeUndefined();
  });

  it('of JSON in words and in mode leaves the words', () => {
    const told = { ...refusal, param: 'response_format', code: 'unsupported_parameter' };
    expect(correctionFor(told, { response_format: {} }, { ...present, outputFormat: 'json_object' })).toEqual({
      outputFormat: 'text',
    });
    expect(correctionFor(told, { response_format: {} }, { ...present, outputFormat: 'text' })).toBeUndefined();
  });
});

describe('the table of capabilities', () => {
  it('remembers a bounded number of models', () => {
    const table = new CapabilityTable('compatible');
    table.learn('first', { ...table.of('first'), seed: false });
    expect(table.of('first').seed).toBe(false);
    for (let n = 0; n < 300; n++) table.of(`model-${n}`);
    expect(table.of('first').seed).toBe(true);
  });

  it("knows that OpenAI's reasoning models take no sampling settings, and its others no effort", () => {
    const table = new CapabilityTable('openai');
    expect(table.of('gpt-5-mini')).toMatchObject({
      sampling: false,
      reasoningEffort: true,
      encryptedReasoning: 'always',
    });
    expect(table.of('gpt-4o')).toMatchObject({ sampling: true, reasoningEffort: false, encryptedReasoning: 'never' });
    expect(table.of('unheard-of')).toMatchObject({
      sampling: true,
      reasoningEffort: true,
      encryptedReasoning: 'unstored',
    });
  });

  it("does not take a compatible server's model for OpenAI's", () => {
    expect(new CapabilityTable('compatible').of('gpt-5')).toMatchObject({
      sampling: true,
      maxTokensField: 'max_tokens',
    });
  });
});
