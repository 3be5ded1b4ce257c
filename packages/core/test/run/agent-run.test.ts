import { OrchestratorError } from '@master-orchestrator/errors';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { call, lastResults, scene } from './helpers.js';

it('runs the tools a model asks for and gives its final answer', async () => {
  await using stage = await scene([call('add', { a: 2, b: 3 }), { text: 'The sum is 5.' }]);
  const result = await stage.run('Add 2 and 3');
  expect(result).toMatchObject({ status: 'completed', text: 'The sum is 5.', output: 'The sum is 5.' });
  expect(result.usage.inputTokens).toBeGreaterThan(0);
  expect(lastResults(stage.model)).toEqual(['{"sum":5}']);
  stage.model.assertDone();
});

it('publishes each step once, in order, with one terminal event', async () => {
  await using stage = await scene([call('add', { a: 1, b: 1 }), { text: '2' }]);
  await stage.run();
  expect(stage.types()).toEqual([
    'agent-create',
    'task-queue',
    'task-start',
    'run-start',
    'turn-start',
    'model-call-start',
    'model-call-end',
    'tool-call-start',
    'tool-call-end',
    'turn-end',
    'turn-start',
    'model-call-start',
    'model-call-end',
    'turn-end',
    'run-end',
    'task-end',
  ]);
  const ofTask = stage.events.filter(({ taskId }) => taskId !== undefined);
  expect(ofTask.map(({ seq }) => seq)).toEqual(ofTask.map((_, index) => index + 1));
});

it('runs all calls of a turn at once and answers them in the order asked', async () => {
  await using stage = await scene([
    { toolCalls: [1, 2, 3].map((n) => ({ name: 'add', arguments: { a: n, b: n } })) },
    { text: 'done' },
  ]);
  await stage.run();
  expect(lastResults(stage.model)).toEqual(['{"sum":2}', '{"sum":4}', '{"sum":6}']);
  const order = stage.types().filter((type) => type.startsWith('tool-call'));
  expect(order.slice(0, 3)).toEqual(['tool-call-start', 'tool-call-start', 'tool-call-start']);
});

it('answers an unknown tool, a forbidden one and broken arguments, and goes on', async () => {
  await using stage = await scene(
    [
      {
        toolCalls: [
          { name: 'ad', arguments: {} },
          { name: 'add', arguments: '{"a": 1' },
          { name: 'add', arguments: { a: 'x', b: 1 } },
        ],
      },
      { text: 'sorry' },
    ],
    { tools: ['add'] },
  );
  await expect(stage.run()).resolves.toMatchObject({ text: 'sorry' });
  const [unknown, broken, wrong] = lastResults(stage.model);
  expect(unknown).toContain('TOOL_UNKNOWN');
  expect(unknown).toContain('add');
  expect(broken).toContain('TOOL_ARGUMENTS_INVALID');
  expect(wrong).toContain('TOOL_ARGUMENTS_INVALID');
});

it('keeps the results of the siblings of a call that fails', async () => {
  await using stage = await scene([
    {
      toolCalls: [
        { name: 'broken', arguments: {} },
        { name: 'add', arguments: { a: 4, b: 4 } },
      ],
    },
    { text: 'half done' },
  ]);
  await stage.run();
  const [failed, fine] = lastResults(stage.model);
  expect(failed).toContain('TOOL_FAILED');
  expect(fine).toBe('{"sum":8}');
});

it('gives calls with the same id ids of their own and runs each once', async () => {
  await using stage = await scene([
    {
      toolCalls: [
        { name: 'add', arguments: { a: 1, b: 0 }, callId: 'x' },
        { name: 'add', arguments: { a: 2, b: 0 }, callId: 'x' },
      ],
    },
    { text: 'ok' },
  ]);
  await stage.run();
  const ids = stage.events.flatMap((event) => (event.type === 'tool-call-start' ? [event.data.callId] : []));
  expect(new Set(ids).size).toBe(2);
  expect(lastResults(stage.model)).toEqual(['{"sum":1}', '{"sum":2}']);
});

it('asks for the answer on the last turn and takes it', async () => {
  await using stage = await scene([call('add', { a: 1, b: 1 }), { text: 'as far as I got' }], { limits: { turns: 2 } });
  await expect(stage.run()).resolves.toMatchObject({ text: 'as far as I got' });
  expect(stage.model.requests.at(-1)?.toolChoice).toBe('none');
});

it('fails with TURN_LIMIT when the model calls tools on its last turn all the same', async () => {
  await using stage = await scene((_request, index) => call('add', { a: index, b: 1 }), { limits: { turns: 3 } });
  await expect(stage.run()).rejects.toMatchObject({ code: 'TURN_LIMIT', category: 'AGENT_ERROR' });
  expect(stage.model.requests).toHaveLength(3);
});

it('stops an agent that repeats the same call with the same result', async () => {
  await using stage = await scene(() => call('add', { a: 1, b: 1 }));
  await expect(stage.run()).rejects.toMatchObject({ code: 'LOOP_DETECTED', category: 'AGENT_ERROR' });
  expect(stage.model.requests.length).toBeLessThan(8);
});

it('lets an agent that is told of its loop change course', async () => {
  await using stage = await scene((request) => {
    const isTold = request.items.some((item) => item.type === 'message' && item.role === 'system');
    return isTold ? { text: 'I see' } : call('add', { a: 1, b: 1 });
  });
  await expect(stage.run()).resolves.toMatchObject({ text: 'I see' });
});

it('gives typed output that fits the schema', async () => {
  const outputSchema = z.object({ total: z.number() });
  await using stage = await scene([{ text: '{"total": 7}' }], { outputSchema });
  await expect(stage.run()).resolves.toMatchObject({ output: { total: 7 } });
  expect(stage.model.requests[0]?.outputSchema).toMatchObject({ isStrict: true, schema: { type: 'object' } });
});

it('wraps a schema that is no object and unwraps the answer', async () => {
  await using stage = await scene([{ text: '{"value": ["a", "b"]}' }], { outputSchema: z.array(z.string()) });
  await expect(stage.run()).resolves.toMatchObject({ output: ['a', 'b'] });
});

it('tells the model what does not fit its schema and takes the corrected answer', async () => {
  const outputSchema = z.object({ total: z.number() });
  await using stage = await scene([{ text: '{"total": "seven"}' }, { text: '{"total": 7}' }], { outputSchema });
  await expect(stage.run()).resolves.toMatchObject({ output: { total: 7 } });
  const told = stage.model.requests[1]?.items.at(-1);
  expect(told).toMatchObject({ role: 'system', content: expect.stringContaining('total') });
});

it('fails with OUTPUT_INVALID after two corrections, or gives the declared fallback', async () => {
  const outputSchema = z.object({ total: z.number() });
  await using strict = await scene(() => ({ text: 'no idea' }), { outputSchema });
  await expect(strict.run()).rejects.toMatchObject({ code: 'OUTPUT_INVALID', category: 'VALIDATION_ERROR' });
  expect(strict.model.requests).toHaveLength(3);
  await using lenient = await scene(() => ({ text: 'no idea' }), { outputSchema, outputFallback: { total: 0 } });
  await expect(lenient.run()).resolves.toMatchObject({ output: { total: 0 }, isPartial: true });
});

it('takes a refusal as the answer where no schema was asked, and fails where one was', async () => {
  await using free = await scene([{ refusal: 'I will not.' }]);
  await expect(free.run()).resolves.toMatchObject({ text: 'I will not.', isPartial: true });
  await using shaped = await scene([{ refusal: 'I will not.' }], { outputSchema: z.object({ a: z.string() }) });
  await expect(shaped.run()).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
});

it('lets a cut answer be continued and joins the parts', async () => {
  await using stage = await scene([{ text: 'Once upon ', finish: 'length' }, { text: 'a time.' }]);
  await expect(stage.run()).resolves.toMatchObject({ text: 'Once upon a time.' });
});

it('never runs a tool call that was cut at the output limit', async () => {
  await using stage = await scene([{ ...call('add', { a: 1, b: 1 }), finish: 'length' }, { text: 'shorter' }]);
  await expect(stage.run()).resolves.toMatchObject({ text: 'shorter' });
  expect(stage.types()).not.toContain('tool-call-start');
});

it('retries a provider fault in place', async () => {
  const error = new OrchestratorError('PROVIDER_ERROR', 'The provider answered 500.', { isReplaySafe: true });
  await using stage = await scene([{ error }, { error }, { text: 'third time lucky' }], {}, { random: () => 0 });
  await expect(stage.run()).resolves.toMatchObject({ text: 'third time lucky' });
  const decisions = stage.events.flatMap((event) => (event.type === 'recovery-decide' ? [event.data.action] : []));
  expect(decisions).toEqual(['retry', 'retry']);
});

it('does not retry a rejected key', async () => {
  const error = new OrchestratorError('CREDENTIAL_REJECTED', 'The provider answered 401.');
  await using stage = await scene([{ error }]);
  await expect(stage.run()).rejects.toMatchObject({ code: 'CREDENTIAL_REJECTED', category: 'PERMISSION_ERROR' });
  expect(stage.model.requests).toHaveLength(1);
});

it('ends the run with what there is when a stop condition is met', async () => {
  const stopWhen = [({ turn }: { turn: number }) => turn >= 1];
  await using stage = await scene([{ ...call('add', { a: 1, b: 1 }), text: 'partly' }], { stopWhen });
  await expect(stage.run()).resolves.toMatchObject({ text: 'partly', isPartial: true });
});

it('lets a hook change model settings, tools and instructions of a turn', async () => {
  await using stage = await scene([{ text: 'ok' }], {
    beforeTurn: () => ({ instructions: 'Other orders.', tools: ['add'], settings: { temperature: 0.1 } }),
  });
  await stage.run();
  const [request] = stage.model.requests;
  expect(request).toMatchObject({ instructions: 'Other orders.', settings: { temperature: 0.1 } });
  expect(request?.tools.map(({ name }) => name)).toEqual(['add']);
});

it('stops what a guardrail does not let in or out', async () => {
  const guard = {
    name: 'no-secrets',
    check: (text: string) =>
      text.includes('secret') ? { ok: false as const, reason: 'secret' } : { ok: true as const },
  };
  await using input = await scene([], { inputGuardrails: [guard] });
  await expect(input.run('tell the secret')).rejects.toMatchObject({ code: 'GUARDRAIL_TRIPPED' });
  expect(input.model.requests).toHaveLength(0);
  await using output = await scene([{ text: 'the secret is 42' }], { outputGuardrails: [guard] });
  await expect(output.run('hello')).rejects.toMatchObject({ code: 'GUARDRAIL_TRIPPED' });
});

it('stops a run at once where a guardrail beside the model call says no', async () => {
  const slow = {
    name: 'slow',
    mode: 'parallel' as const,
    check: async () => ({ ok: false as const, reason: 'not this' }),
  };
  await using stage = await scene([{ text: 'never', hang: true }], { inputGuardrails: [slow] });
  await expect(stage.run()).rejects.toMatchObject({ code: 'GUARDRAIL_TRIPPED' });
  expect(stage.model.running).toBe(0);
});

it('takes no answer before the guardrails beside it have judged', async () => {
  let isJudged = false;
  const check = () => new Promise<{ ok: true }>((resolve) => setTimeout(() => resolve({ ok: (isJudged = true) }), 20));
  await using stage = await scene([{ text: 'quick' }], {
    inputGuardrails: [{ name: 'slow', mode: 'parallel', check }],
  });
  await expect(stage.run()).resolves.toMatchObject({ text: 'quick' });
  expect(isJudged).toBe(true);
});

it('shows the model the tools its agent names, and all public ones where it names none', async () => {
  await using named = await scene([{ text: 'ok' }], { tools: ['add'] });
  await named.run();
  expect(named.model.requests[0]?.tools.map(({ name }) => name)).toEqual(['add']);
  await using open = await scene([{ text: 'ok' }]);
  const agentId = await open.orchestrator.createAgent({ name: 'open', instructions: 'x' });
  await open.orchestrator.executeTask(await open.orchestrator.createTask({ description: 'x', agentId }));
  expect(open.model.requests[0]?.tools.map(({ name }) => name)).toEqual(['add', 'broken', 'hang']);
});

it('lets a person give an agent more turns', async () => {
  await using stage = await scene(
    (_request, index) => (index < 3 ? call('add', { a: index, b: 1 }) : { text: 'at last' }),
    { limits: { turns: 2 } },
    { canAskPeople: true },
  );
  const result = stage.run();
  let open = await stage.orchestrator.listEscalations();
  while (open.length === 0) {
    await new Promise((resolve) => setImmediate(resolve));
    open = await stage.orchestrator.listEscalations();
  }
  expect(open[0]?.error.code).toBe('TURN_LIMIT');
  await stage.orchestrator.answerEscalation(open[0]?.id ?? '', { action: 'retry', by: 'ada' });
  await expect(result).resolves.toMatchObject({ text: 'at last' });
});
