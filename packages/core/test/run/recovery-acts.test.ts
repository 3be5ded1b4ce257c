import {
  defineTool,
  type AgentDefinition,
  type EscalationAnswer,
  type EscalationRecord,
  type EventOf,
  type ModelProvider,
  type OrchestratorEvent,
} from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { scriptedModel, type ModelStep, type ScriptedModel } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { MasterOrchestrator } from '../../src/index.js';
import { createTestOrchestrator, type TestOrchestratorOptions } from '../../src/testing.js';
import { call, lastResults, scene } from './helpers.js';

const failing = (code: string, more: object = {}): ModelStep => ({ error: new OrchestratorError(code, 'x', more) });
const quick = { recovery: { backoff: { baseMs: 0, rateLimitBaseMs: 0, longestMs: 0 } } };
const LONG = 'The quick brown fox jumps over the lazy dog. '.repeat(400);

/** Several scripted models, named a, b, c, one agent that has them all, and every event. */
async function models(
  scripts: readonly ModelStep[][],
  agent: Partial<AgentDefinition<unknown>> = {},
  options: TestOrchestratorOptions & { readonly windows?: readonly (number | undefined)[] } = {},
): Promise<
  AsyncDisposable & {
    orchestrator: MasterOrchestrator;
    models: ScriptedModel[];
    events: OrchestratorEvent[];
    run(text?: string): Promise<{ text: string; notes?: readonly string[] }>;
  }
> {
  const { windows = [], ...rest } = options;
  const made = scripts.map((steps, index) =>
    scriptedModel(steps, {
      name: 'abc'[index] ?? 'z',
      description: windows[index] === undefined ? {} : { contextWindow: windows[index] },
    }),
  );
  const orchestrator = await createTestOrchestrator({ models: made, config: quick, ...rest });
  const events: OrchestratorEvent[] = [];
  orchestrator.listen('test', (event) => events.push(event));
  const agentId = await orchestrator.createAgent({
    name: 'worker',
    instructions: 'Work.',
    model: made.map(({ name }) => `${name}:model`),
    ...agent,
  });
  return {
    orchestrator,
    models: made,
    events,
    run: async (description = 'Do it') =>
      orchestrator.executeTask(await orchestrator.createTask({ description, agentId })),
    [Symbol.asyncDispose]: () => orchestrator.shutdown({ drainMs: 0 }),
  };
}

async function answerNext(orchestrator: MasterOrchestrator, answer: EscalationAnswer): Promise<EscalationRecord> {
  for (;;) {
    const [open] = await orchestrator.listEscalations();
    if (open !== undefined) {
      await orchestrator.answerEscalation(open.id, answer);
      return open;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const of = <Type extends OrchestratorEvent['type']>(events: readonly OrchestratorEvent[], type: Type) =>
  events.filter((event) => event.type === type) as unknown as EventOf<Type>[];

describe('FALLBACK of a model call', () => {
  it('goes to a model with a longer window where the conversation was too long', async () => {
    const tooLong = failing('CONTEXT_TOO_LONG');
    await using stage = await models(
      [[tooLong, tooLong], [], [{ text: 'read it all' }]],
      {},
      {
        windows: [8_000, 8_000, 32_000],
      },
    );
    await expect(stage.run()).resolves.toMatchObject({ text: 'read it all' });
    expect(stage.models.map(({ requests }) => requests.length)).toEqual([2, 0, 1]);
  });

  it('ends where no model has a longer window', async () => {
    const tooLong = failing('CONTEXT_TOO_LONG');
    await using stage = await models([[tooLong, tooLong], []], {}, { windows: [8_000, 4_000] });
    await expect(stage.run()).rejects.toMatchObject({ code: 'CONTEXT_TOO_LONG' });
  });

  it('goes to another agent after the models, which goes on with the conversation', async () => {
    const gone = failing('MODEL_NOT_FOUND');
    const a = scriptedModel([call('look'), gone], { name: 'a' });
    const b = scriptedModel([{ text: 'from the deputy' }], { name: 'b' });
    const look = defineTool({
      name: 'look',
      description: 'Looks.',
      inputSchema: z.object({}),
      accessLevel: 'public',
      effect: 'pure',
      execute: async () => 'seen',
    });
    await using orchestrator = await createTestOrchestrator({ models: [a, b], tools: [look] });
    const events: OrchestratorEvent[] = [];
    orchestrator.listen('test', (event) => events.push(event));
    const deputyId = await orchestrator.createAgent({ name: 'deputy', instructions: 'Help out.', model: 'b:model' });
    const agentId = await orchestrator.createAgent({
      name: 'worker',
      instructions: 'Work.',
      model: 'a:model',
      tools: ['look'],
      fallbackAgents: ['deputy'],
    });
    const taskId = await orchestrator.createTask({ description: 'Do it', agentId });
    const result = await orchestrator.executeTask(taskId);
    expect(result).toMatchObject({ text: 'from the deputy' });
    expect(result.isPartial).not.toBe(true);
    expect(b.requests[0]).toMatchObject({ instructions: 'Help out.' });
    expect(lastResults(b)).toEqual(['seen']);
    expect(of(events, 'handoff-start')[0]?.data).toMatchObject({ mode: 'fallback', to: deputyId, toName: 'deputy' });
    expect(of(events, 'recovery-decide').at(-1)?.data).toMatchObject({
      action: 'fallback',
      target: `agent:${deputyId}`,
    });
  });

  it('never goes round in a circle of agents', async () => {
    await using orchestrator = await createTestOrchestrator({
      models: [scriptedModel(() => failing('MODEL_NOT_FOUND'))],
    });
    const first = await orchestrator.createAgent({ name: 'one', instructions: '1' });
    await orchestrator.createAgent({ name: 'two', instructions: '2', fallbackAgents: ['one'] });
    await orchestrator.updateAgent(first, { fallbackAgents: ['two', 'one'] });
    const taskId = await orchestrator.createTask({ description: 'x', agentId: first });
    await expect(orchestrator.executeTask(taskId)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  });

  it('names an agent that does not exist when the agent is made', async () => {
    await using orchestrator = await createTestOrchestrator({ models: [scriptedModel([])] });
    await expect(
      orchestrator.createAgent({ name: 'x', instructions: 'x', fallbackAgents: ['nobody'] }),
    ).rejects.toMatchObject({ code: 'AGENT_UNKNOWN' });
  });

  it('ends in the declared result, marked as partial, whatever its shape', async () => {
    const outputSchema = z.object({ total: z.number() });
    const gone = failing('MODEL_NOT_FOUND');
    await using stage = await models([[gone], [gone]], { outputSchema, fallbackResult: { total: -1 } });
    await expect(stage.run()).resolves.toMatchObject({
      output: { total: -1 },
      isPartial: true,
      notes: [expect.stringContaining('MODEL_NOT_FOUND')],
    });
  });

  it('goes to the next model where one cannot keep to the output schema, and stays there', async () => {
    const outputSchema = z.object({ total: z.number() });
    const wrong = { text: 'three' };
    await using stage = await models([[wrong, wrong, wrong], [{ text: '{"total":3}' }]], { outputSchema });
    await expect(stage.run()).resolves.toMatchObject({ output: { total: 3 } });
    expect(stage.models.map(({ requests }) => requests.length)).toEqual([3, 1]);
  });
});

describe('RESET of a model call', () => {
  it('gives a tool call that was cut more room, and says so', async () => {
    const cut: ModelStep = { ...call('add', '{"a": 1'), finish: 'length', usage: { outputTokens: 500 } };
    await using stage = await scene([cut, call('add', { a: 1, b: 2 }), { text: '3' }], {
      settings: { maxOutputTokens: 400 },
    });
    await stage.run();
    expect(stage.model.requests.map(({ settings }) => settings.maxOutputTokens)).toEqual([400, 1_000, 1_000]);
    expect(JSON.stringify(stage.model.requests[1]?.items.at(-1))).toContain('with less at once');
    expect(of(stage.events, 'tool-call-start')).toHaveLength(1);
  });

  it('never asks for more than the model can write', async () => {
    const cut: ModelStep = { ...call('add', '{"a": 1'), finish: 'length', usage: { outputTokens: 16_000 } };
    await using stage = await scene([cut, { text: 'done' }]);
    await stage.run();
    expect(stage.model.requests[1]?.settings.maxOutputTokens).toBe(16_384);
  });

  it('compacts to the window that a server has shown by leaving out a part without a word', async () => {
    const steps: ModelStep[] = [{ text: 'half an answer', usage: { inputTokens: 2_000 } }, { text: 'whole answer' }];
    await using stage = await scene(steps);
    await expect(stage.run(LONG)).resolves.toMatchObject({ text: 'whole answer', isPartial: true });
    expect(of(stage.events, 'error-raise')[0]?.data.error).toMatchObject({
      code: 'CONTEXT_CUT_SILENTLY',
      details: { inputTokens: 2_000 },
    });
  });

  it('keeps the answer to a part of the conversation, flagged, where compacting did not help', async () => {
    const usage = { inputTokens: 2_000 };
    await using stage = await scene([
      { text: 'first', usage },
      { text: 'second', usage },
    ]);
    await expect(stage.run(LONG)).resolves.toMatchObject({
      text: 'second',
      isPartial: true,
      notes: expect.arrayContaining([expect.stringContaining('only a part')]),
    });
  });

  it('believes a count where it cannot tell: short conversations, images, estimates', async () => {
    const image = { type: 'image', url: 'data:image/png;base64,AA==' } as const;
    const input = [{ type: 'message', role: 'user', content: [{ type: 'text', text: LONG }, image] }] as const;
    for (const [given, usage] of [
      [{ description: 'short' }, { inputTokens: 1 }],
      [{ input }, { inputTokens: 100 }],
      [{ description: LONG }, { inputTokens: 100, isEstimated: true }],
    ] as const) {
      await using stage = await scene([{ text: 'fine', usage }]);
      const { orchestrator, agentId } = stage;
      const taskId = await orchestrator.createTask({ ...given, agentId });
      expect((await orchestrator.executeTask(taskId)).isPartial).not.toBe(true);
    }
  });

  it('lets the provider open new connections', async () => {
    let resets = 0;
    const model: ModelProvider = Object.assign(scriptedModel([failing('PLUGIN_FAILED'), { text: 'better' }]), {
      reset: async () => void (resets += 1),
    });
    await using orchestrator = await createTestOrchestrator({ models: [model] });
    const agentId = await orchestrator.createAgent({ name: 'worker', instructions: 'Work.' });
    const taskId = await orchestrator.createTask({ description: 'x', agentId });
    await expect(orchestrator.executeTask(taskId)).resolves.toMatchObject({ text: 'better' });
    expect(resets).toBe(1);
  });
});

describe('a tool call', () => {
  const broken = (code: string, more: object = {}) =>
    defineTool({
      name: 'work',
      description: 'Works.',
      inputSchema: z.object({}),
      accessLevel: 'public',
      effect: 'pure',
      ...more,
      execute: async () => {
        throw new OrchestratorError(code, 'it broke');
      },
    });

  it('gives the declared result, with a note, where neither it nor another tool can answer', async () => {
    const tools = [broken('TOOL_FAILED', { fallbackResult: { rows: [] } })];
    await using stage = await scene([call('work'), { text: 'told' }], {}, { tools });
    await stage.run();
    expect(lastResults(stage.model)[0]).toMatch(/TOOL_FAILED[\s\S]*declared result[\s\S]*\{"rows":\[\]\}$/);
    expect(of(stage.events, 'recovery-decide')[0]?.data).toMatchObject({ action: 'fallback' });
  });

  it.each(['DISK_FULL', 'DISK_FAILED'])('that fails with %s stops the orchestrator in order', async (code) => {
    await using stage = await scene([call('work')], {}, { tools: [broken(code)] });
    const result = stage.run();
    await expect(result).rejects.toMatchObject({ code, severity: 'CRITICAL' });
    await expect(stage.orchestrator.fatal).resolves.toMatchObject({ code });
    expect(of(stage.events, 'recovery-decide').at(-1)?.data).toMatchObject({
      action: 'terminate',
      scope: 'orchestrator',
    });
    expect((await stage.orchestrator.health()).status).toBe('down');
    await expect(stage.orchestrator.createTask({ description: 'x', agentId: stage.agentId })).rejects.toMatchObject({
      code: 'ORCHESTRATOR_CLOSED',
    });
  });

  it.each([
    ['retry', {}, /removed the cause\. key set\. Make this call again/],
    ['skip', {}, /go on without this call/],
    ['result', { result: { rows: 1 } }, /^\{"rows":1\}$/],
  ] as const)('whose key is rejected is put before a person, who says %s', async (action, more, told) => {
    const tools = [broken('CREDENTIAL_REJECTED')];
    await using stage = await scene([call('work'), { text: 'done' }], {}, { tools, canAskPeople: true });
    const result = stage.run();
    const asked = await answerNext(stage.orchestrator, { action, by: 'ada', note: 'key set.', ...more });
    expect(asked).toMatchObject({ error: { code: 'CREDENTIAL_REJECTED' }, step: 'call of "work"' });
    await expect(result).resolves.toMatchObject({ text: 'done' });
    expect(lastResults(stage.model)[0]).toMatch(told);
  });

  it('whose key is rejected ends the task where nobody can answer, or a person says so', async () => {
    const tools = [broken('CREDENTIAL_REJECTED')];
    await using alone = await scene([call('work')], {}, { tools });
    await expect(alone.run()).rejects.toMatchObject({ code: 'CREDENTIAL_REJECTED' });
    await using stage = await scene([call('work')], {}, { tools, canAskPeople: true });
    const result = stage.run();
    const [asked] = await Promise.all([
      answerNext(stage.orchestrator, { action: 'fail', by: 'ada' }),
      expect(result).rejects.toMatchObject({ code: 'CREDENTIAL_REJECTED' }),
    ]);
    expect(asked.status).toBe('open');
  });
});

describe('plans of the run itself', () => {
  const endless = (): ModelStep => call('add', { a: Math.random(), b: 1 });

  it('hold for the turn limit too', async () => {
    const options = { canAskPeople: true };
    const recovery = { TURN_LIMIT: [{ strategy: 'TERMINATE' }] };
    await using stage = await scene(endless, { limits: { turns: 3 }, recovery }, options);
    await expect(stage.run()).rejects.toMatchObject({ code: 'TURN_LIMIT' });
    expect(stage.model.requests).toHaveLength(3);
    expect(await stage.orchestrator.listEscalations('all')).toEqual([]);
  });

  it('put an agent that used its turns before a person', async () => {
    await using stage = await scene(endless, { limits: { turns: 2 } }, { canAskPeople: true });
    const result = stage.run();
    await answerNext(stage.orchestrator, { action: 'result', by: 'ada', result: 'enough' });
    await expect(result).resolves.toMatchObject({ text: 'enough', isPartial: true });
    expect(of(stage.events, 'recovery-decide').map(({ data }) => data.action)).toEqual(['reset', 'escalate']);
  });

  it('can put an answer that does not fit before a person', async () => {
    const agent = {
      outputSchema: z.object({ total: z.number() }),
      recovery: { OUTPUT_INVALID: [{ strategy: 'ESCALATE' }] },
    };
    await using stage = await scene([{ text: 'no idea' }], agent, { canAskPeople: true });
    const result = stage.run();
    await answerNext(stage.orchestrator, { action: 'result', by: 'ada', result: { total: 7 } });
    await expect(result).resolves.toMatchObject({ output: { total: 7 } });
  });
});

it('applies rows that a plugin adds to what a provider throws, with their plan', async () => {
  let calls = 0;
  const model: ModelProvider = Object.assign(scriptedModel([]), {
    respond: async () => {
      calls += 1;
      throw Object.assign(new Error('teapot'), { status: 418 });
    },
  });
  const plugin = {
    specificationVersion: 'v1',
    name: 'teapots',
    version: '1.0.0',
    contributes: {
      errorRules: [
        {
          name: 'teapot',
          matches: ({ status }: { status?: number }) => status === 418,
          code: 'TEAPOT',
          category: 'NETWORK_ERROR',
          isRetryable: true,
          plan: [{ strategy: 'RETRY', options: { attempts: 3, baseMs: 0 } }],
        },
      ],
    },
  } as const;
  await using orchestrator = await createTestOrchestrator({ models: [model], plugins: [plugin], config: quick });
  const agentId = await orchestrator.createAgent({ name: 'worker', instructions: 'Work.' });
  const taskId = await orchestrator.createTask({ description: 'x', agentId });
  await expect(orchestrator.executeTask(taskId)).rejects.toMatchObject({ code: 'TEAPOT', category: 'NETWORK_ERROR' });
  expect(calls).toBe(3);
});

it('tells readers of a stream to forget the text of a failed attempt, also when another model goes on', async () => {
  await using stage = await models([
    [failing('MODEL_NOT_FOUND')],
    [failing('PROVIDER_ERROR', { isReplaySafe: true }), { text: 'yes' }],
  ]);
  const agentId = (await stage.orchestrator.listAgents())[0]?.id ?? '';
  const taskId = await stage.orchestrator.createTask({ description: 'x', agentId, isStreamed: true });
  await stage.orchestrator.executeTask(taskId);
  expect(of(stage.events, 'model-call-restart').map(({ data }) => [data.model, data.attempt, data.reason])).toEqual([
    ['b:model', 2, 'MODEL_NOT_FOUND'],
    ['b:model', 3, 'PROVIDER_ERROR'],
  ]);
});

describe('statistics and events', () => {
  it('tell a failure once, in whatever part of the run it came up', async () => {
    const guardrail = { name: 'no', check: () => ({ ok: false, reason: 'no' }) as const };
    await using stage = await scene([], { inputGuardrails: [guardrail] });
    await expect(stage.run()).rejects.toMatchObject({ code: 'GUARDRAIL_TRIPPED' });
    await using other = await scene([failing('REQUEST_INVALID')]);
    await expect(other.run()).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    for (const [each, code] of [
      [stage, 'GUARDRAIL_TRIPPED'],
      [other, 'REQUEST_INVALID'],
    ] as const) {
      expect(of(each.events, 'error-raise').map(({ data }) => data.error.code)).toEqual([code]);
      expect(each.orchestrator.errors.getErrorStatistics()).toMatchObject({ total: 1, byCode: { [code]: 1 } });
      expect(each.orchestrator.statistics().agents[0]?.errors).toEqual({ [code]: 1 });
    }
  });

  it('alert people once where two tasks fail critically within a minute', async () => {
    await using stage = await scene(() => failing('CREDENTIAL_REJECTED'), {}, { canAskPeople: true });
    const results = [stage.run(), stage.run(), stage.run()].map((result) => result.catch(() => undefined));
    for (let open = 0; open < 3; open += 1) await answerNext(stage.orchestrator, { action: 'fail', by: 'ada' });
    await Promise.all(results);
    const alerts = of(stage.events, 'escalation-request').map(({ data }) => data.isAlert ?? true);
    expect(alerts.filter(Boolean)).toHaveLength(1);
    expect(alerts).toHaveLength(3);
  });
});

describe('a dead letter', () => {
  it('holds every failure and the conversation so far', async () => {
    const down = failing('PROVIDER_ERROR', { isReplaySafe: true });
    await using stage = await scene(
      [call('add', { a: 1, b: 2 }), down, failing('REQUEST_INVALID')],
      {},
      { config: quick },
    );
    await expect(stage.run('add one and two')).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    const [letter] = await stage.orchestrator.listDeadLetters();
    expect(letter?.errors.map(({ code }) => code)).toEqual(['PROVIDER_ERROR', 'REQUEST_INVALID', 'REQUEST_INVALID']);
    const items = await stage.orchestrator.deadLetterTranscript(letter?.id ?? '');
    expect(items.map(({ type }) => type)).toEqual(['message', 'tool-call', 'tool-result']);
  });

  it('is replayed once, however many do so at the same time, and not after it was dropped', async () => {
    await using stage = await scene([failing('REQUEST_INVALID'), { text: 'better' }]);
    await expect(stage.run()).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    const id = (await stage.orchestrator.listDeadLetters())[0]?.id ?? '';
    const replays = await Promise.allSettled([1, 2, 3].map(() => stage.orchestrator.replayDeadLetter(id)));
    const made = replays.flatMap((replay) => (replay.status === 'fulfilled' ? [replay.value] : []));
    expect(made).toHaveLength(1);
    await stage.orchestrator.executeTask(made[0] ?? '');
    await expect(stage.orchestrator.dropDeadLetter(id)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    expect((await stage.orchestrator.listDeadLetters('replayed'))[0]).toMatchObject({ replayedAs: made[0] });
  });
});
