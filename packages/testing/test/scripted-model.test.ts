import type { ModelDelta, ModelRequest } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { describe, expect, it } from 'vitest';
import { scriptedModel, virtualClock } from '../src/index.js';

const request: ModelRequest = {
  model: 'model',
  items: [{ type: 'message', role: 'user', content: 'hello' }],
  tools: [],
  settings: {},
};
const refuse = (): void => {
  throw new Error('no tools offered');
};
const signal = new AbortController().signal;

describe('scriptedModel', () => {
  it('answers its steps in order', async () => {
    const model = scriptedModel([{ text: 'one' }, { toolCalls: [{ name: 'add', arguments: { a: 1 } }] }]);
    const first = await model.respond(request, { signal });
    const second = await model.respond(request, { signal });
    expect(first).toMatchObject({ finish: 'stop', items: [{ type: 'message', content: 'one' }] });
    expect(second).toMatchObject({
      finish: 'tool_calls',
      items: [{ type: 'tool-call', callId: 'call_scripted-1_0', name: 'add', arguments: '{"a":1}' }],
    });
    model.assertDone();
  });

  it('asks a function for the answer', async () => {
    const model = scriptedModel((asked, index) => ({ text: `${asked.items.length} items in call ${index}` }));
    await model.respond(request, { signal });
    expect((await model.respond(request, { signal })).items).toMatchObject([{ content: '1 items in call 1' }]);
  });

  it('streams deltas that put together give the answer', async () => {
    const text = 'A longer answer with 🙂 in it, cut into pieces.';
    const model = scriptedModel(
      [{ text, reasoning: 'Think.', toolCalls: [{ name: 'add', arguments: { a: 12_345 } }] }],
      {
        chunkSize: 5,
      },
    );
    const deltas: ModelDelta[] = [];
    await model.respond(request, { signal, onDelta: (delta) => deltas.push(delta) });
    const of = (type: ModelDelta['type']): string =>
      deltas
        .filter((delta) => delta.type === type)
        .map((delta) => delta.text)
        .join('');
    expect([of('text'), of('reasoning'), of('tool-arguments')]).toEqual([text, 'Think.', '{"a":12345}']);
  });

  it('counts the same tokens for the same request', async () => {
    const answers = await Promise.all([1, 2].map(() => scriptedModel([{ text: 'four' }]).respond(request, { signal })));
    expect(answers[0]?.usage).toEqual(answers[1]?.usage);
    expect(answers[0]?.usage).toMatchObject({ outputTokens: 1, inputTokens: scriptedModel([]).countTokens?.(request) });
  });

  it('fails with the error of a step', async () => {
    const error = new OrchestratorError('UNKNOWN_ERROR', 'boom');
    await expect(scriptedModel([{ error }]).respond(request, { signal })).rejects.toBe(error);
  });

  it('breaks off a stream after its text where a step has text and error', async () => {
    const error = new OrchestratorError('UNKNOWN_ERROR', 'cut');
    const deltas: string[] = [];
    const model = scriptedModel([{ text: 'half an', error }]);
    await expect(model.respond(request, { signal, onDelta: (delta) => deltas.push(delta.text) })).rejects.toBe(error);
    expect(deltas.join('')).toBe('half an');
  });

  it('fails on a call that no step foresees, and says so at the end', async () => {
    const model = scriptedModel([]);
    await expect(model.respond(request, { signal })).rejects.toMatchObject({
      message: expect.stringContaining('not foreseen'),
    });
    expect(() => model.assertDone()).toThrow('Call 0 of the scripted model "scripted"');
  });

  it('names the steps that were not played', () => {
    const model = scriptedModel([{ text: 'never' }]);
    expect(() => model.assertDone()).toThrow('unused step: {"text":"never"}');
  });

  it('keeps a failed check of a step', async () => {
    const model = scriptedModel([{ text: 'x', check: refuse }]);
    await expect(model.respond(request, { signal })).rejects.toThrow('no tools offered');
    expect(() => model.assertDone()).toThrow('call 0: no tools offered');
  });

  it('ends a call that hangs when its signal is aborted', async () => {
    const model = scriptedModel([{ hang: true }]);
    const controller = new AbortController();
    const answer = model.respond(request, { signal: controller.signal });
    expect(model.running).toBe(1);
    controller.abort();
    await expect(answer).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(model.running).toBe(0);
  });

  it('passes the error on that a signal was aborted with', async () => {
    const reason = new OrchestratorError('DEADLINE_EXCEEDED', 'late');
    await expect(scriptedModel([{ text: 'x' }]).respond(request, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
  });

  it('sends no delta after the abort', async () => {
    const controller = new AbortController();
    const deltas: string[] = [];
    const model = scriptedModel([{ text: 'abcdef' }], { chunkSize: 1 });
    const onDelta = (delta: ModelDelta): void => {
      deltas.push(delta.text);
      if (deltas.length === 3) controller.abort();
    };
    await expect(model.respond(request, { signal: controller.signal, onDelta })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(deltas).toEqual(['a', 'b', 'c']);
  });

  it('waits on the clock it was given', async () => {
    const clock = virtualClock();
    const model = scriptedModel([{ text: 'later', delayMs: 60_000 }], { clock });
    const answer = model.respond(request, { signal });
    await clock.advanceAsync(60_000);
    expect((await answer).items).toMatchObject([{ content: 'later' }]);
  });

  it('keeps each request as it was', async () => {
    const model = scriptedModel([{ text: 'x' }]);
    const items = [...request.items];
    await model.respond({ ...request, items }, { signal });
    items.pop();
    expect(model.requests[0]?.items).toHaveLength(1);
  });
});
