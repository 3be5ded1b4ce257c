import type { ModelDelta, ModelItem, ToolCallItem } from '@master-orchestrator/contracts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrchestratorError } from '@master-orchestrator/errors';
import { offlineModelPlugin } from '../src/index.js';
import { calculateMetrics, generateReport } from './fake-tools.js';
import { offlineModel, request, specOf, user } from './helpers.js';

const signal = new AbortController().signal;
const tools = [specOf(calculateMetrics), specOf(generateReport)];
const question = request('Analyze the dataset [1, 2, 3, 4, 5] and generate a report', { tools });

it('is the provider "offline" with the model "rules"', () => {
  expect(offlineModel()).toMatchObject({ name: 'offline', origin: 'offline', models: ['rules'] });
  expect(offlineModel().describe('rules').contextWindow).toBeGreaterThan(10_000);
});

it('takes another name', () => {
  const [model] = offlineModelPlugin({ name: 'stand-in' }).contributes.models ?? [];
  expect(model?.name).toBe('stand-in');
});

it('names the model that answered', async () => {
  expect(await offlineModel().respond(question, { signal })).toMatchObject({ model: 'offline:rules' });
});

it('gives equal answers to equal requests, call ids included', async () => {
  const [first, second] = await Promise.all([
    offlineModel().respond(question, { signal }),
    offlineModel().respond(structuredClone(question), { signal }),
  ]);
  expect(second).toEqual(first);
});

it('gives equal answers with and without streaming', async () => {
  const plain = await offlineModel().respond(question, { signal });
  const streamed = await offlineModel().respond(question, { signal, onDelta: () => undefined });
  expect(streamed).toEqual(plain);
});

it('gives calls of different turns different ids', async () => {
  const call = { type: 'tool-call', callId: 'x', name: 'calculate_metrics', arguments: '{"data":[9]}' } as const;
  const result = {
    type: 'tool-result',
    callId: 'x',
    name: 'calculate_metrics',
    output: 'broken',
    isError: true,
  } as const;
  const ids = new Set<string>();
  for (const items of [
    [user('mean of 1, 2, 3')],
    [user('hi'), call, result, user('mean of 1, 2, 3')],
  ] as ModelItem[][]) {
    const { items: answer } = await offlineModel().respond(request(items, { tools }), { signal });
    ids.add((answer[0] as ToolCallItem).callId);
  }
  expect(ids.size).toBe(2);
});

describe('streaming', () => {
  const deltasOf = async (text: string, more = {}): Promise<{ deltas: ModelDelta[]; items: readonly ModelItem[] }> => {
    const deltas: ModelDelta[] = [];
    const { items } = await offlineModel().respond(request(text, more), {
      signal,
      onDelta: (delta) => deltas.push(delta),
    });
    return { deltas, items };
  };

  it('gives the text in pieces that joined are the answer', async () => {
    const { deltas, items } = await deltasOf('Analyse [1, 2, 3]');
    expect(deltas.length).toBeGreaterThan(3);
    expect(deltas.map(({ text }) => text).join('')).toBe((items[0] as { content: string }).content);
  });

  it('gives the arguments of each call in pieces that joined are its arguments', async () => {
    const { deltas, items } = await deltasOf('sales: 1, 2, 3; costs: 4, 5, 6', { tools });
    const [call] = items as ToolCallItem[];
    const pieces = deltas.filter((delta) => delta.type === 'tool-arguments' && delta.callId === call?.callId);
    expect(pieces.map(({ text }) => text).join('')).toBe(call?.arguments);
  });
});

describe('abort', () => {
  it('rejects with CANCELLED when the signal is aborted already', async () => {
    await expect(offlineModel().respond(question, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });

  it('rejects with the reason of the signal where that is an error of ours', async () => {
    const reason = new OrchestratorError('TURN_TIMEOUT', 'too late', { category: 'TIMEOUT_ERROR' });
    await expect(offlineModel().respond(question, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('stops streaming between two pieces', async () => {
    const controller = new AbortController();
    const deltas: ModelDelta[] = [];
    const [model] = offlineModelPlugin({ chunkDelayMs: 1 }).contributes.models ?? [];
    const answer = model?.respond(request('Hello'), {
      signal: controller.signal,
      onDelta: (delta) => {
        deltas.push(delta);
        controller.abort();
      },
    });
    await expect(answer).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(deltas).toHaveLength(1);
  });
});

describe('usage', () => {
  it('is an estimate and says so', async () => {
    const { usage } = await offlineModel().respond(question, { signal });
    expect(usage).toMatchObject({ isEstimated: true, cachedInputTokens: 0, reasoningTokens: 0 });
    expect(usage.inputTokens).toBe(offlineModel().countTokens?.(question));
    expect(usage.outputTokens).toBeGreaterThan(0);
  });

  it('grows with the conversation', async () => {
    const longer = request([user('a'.repeat(4_000))]);
    const short = await offlineModel().countTokens?.(request('a'));
    expect(await offlineModel().countTokens?.(longer)).toBeGreaterThan(short ?? Infinity);
  });
});

describe('limits of the request', () => {
  it('cuts a text at maxOutputTokens and says so', async () => {
    const { items, finish } = await offlineModel().respond(request('Hello', { settings: { maxOutputTokens: 5 } }), {
      signal,
    });
    expect(finish).toBe('length');
    expect((items[0] as { content: string }).content.length).toBeLessThanOrEqual(20);
  });

  it('continues a cut answer where it stopped, so that the parts joined are the whole', async () => {
    const whole = await offlineModel().respond(request('Hello'), { signal });
    const parts: string[] = [];
    const items: ModelItem[] = [user('Hello')];
    for (let finish = 'length'; finish === 'length';) {
      const answer = await offlineModel().respond(request([...items], { settings: { maxOutputTokens: 20 } }), {
        signal,
      });
      parts.push((answer.items[0] as { content: string }).content);
      items.push(...answer.items, {
        type: 'message',
        role: 'system',
        content: 'Your answer was cut at the output limit. Continue exactly where it stopped.',
      });
      finish = answer.finish;
    }
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.join('')).toBe((whole.items[0] as { content: string }).content);
  });

  it('makes one call at a time where parallel calls are switched off', async () => {
    const twoCalls = request('Read a.csv and b.csv', {
      tools: [
        {
          name: 'read_file',
          description: 'Reads a file.',
          parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
          isStrict: false,
        },
      ],
    });
    const parallel = await offlineModel().respond(twoCalls, { signal });
    const single = await offlineModel().respond({ ...twoCalls, settings: { parallelToolCalls: false } }, { signal });
    expect([parallel.items.length, single.items.length]).toEqual([2, 1]);
  });
});

it('answers anything in the shape of a response, and never with an empty one', async () => {
  const words = fc.constantFrom(
    'analyse',
    '[1, 2, 3]',
    'report',
    '```',
    '{"a":',
    '}',
    'read x.csv',
    'https://a.b',
    '$.a',
    '|a|b|',
    '\n',
    '"',
    'then',
    'not',
    'add 2 and 3',
    '# Results',
    '## Result of x',
    'Goal:',
    'Agents:',
    '- {"agent":"a"}',
  );
  const texts = fc
    .array(fc.oneof(words, fc.string({ maxLength: 10 })), { maxLength: 12 })
    .map((parts) => parts.join(' '));
  const items = fc.array(
    fc.oneof(
      texts.map((content): ModelItem => ({ type: 'message', role: 'user', content })),
      texts.map((content): ModelItem => ({ type: 'message', role: 'assistant', content })),
      texts.map((content): ModelItem => ({ type: 'message', role: 'system', content })),
      fc.tuple(texts, fc.boolean()).map(([output, isError]): ModelItem => ({
        type: 'tool-result',
        callId: 'c1',
        name: 'calculate_metrics',
        output,
        isError,
      })),
      texts.map((text): ModelItem => ({ type: 'tool-call', callId: 'c1', name: 'calculate_metrics', arguments: text })),
    ),
    { maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(items, async (conversation) => {
      const { items: answer, finish } = await offlineModel().respond(request(conversation, { tools }), { signal });
      expect(['stop', 'tool_calls']).toContain(finish);
      expect(answer.length).toBeGreaterThan(0);
    }),
    { numRuns: 150 },
  );
}, 30_000);
