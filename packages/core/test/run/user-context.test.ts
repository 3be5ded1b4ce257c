import {
  defineTool,
  OrchestratorError,
  type Json,
  type ModelRequest,
  type ToolContext,
} from '@master-orchestrator/contracts';
import type { ModelStep } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { TestOrchestratorOptions } from '../../src/testing.js';
import { call, lastResults, scene, type Scene } from './helpers.js';

const NEEDLE = 'ada-lovelace-1815';
const USER = { userId: NEEDLE, tenant: { id: 't1', roles: ['admin'] } };
const userSchema = z.object({ userId: z.string(), locale: z.string().default('en') });

const hasResult = ({ items }: ModelRequest): boolean => items.some(({ type }) => type === 'tool-result');

/** A tool that keeps what it was given, and says nothing of it. */
function watcher(seen: unknown[], name = 'watch') {
  return defineTool({
    name,
    description: 'Looks at its user context.',
    inputSchema: z.object({}),
    accessLevel: 'public',
    effect: 'idempotent',
    execute: async (_input, { userContext }) => {
      seen.push(userContext);
      return 'seen';
    },
  });
}

/** A scene whose agents call the named tool once and answer, but for those with steps of their own. */
function stageOf(
  tools: TestOrchestratorOptions['tools'],
  steps: Readonly<Record<string, (request: ModelRequest) => ModelStep>> = {},
  options: TestOrchestratorOptions = {},
): Promise<Scene> {
  return scene(
    (request) => {
      const step = steps[request.instructions ?? ''];
      if (step !== undefined) return step(request);
      return hasResult(request) ? { text: 'done' } : call(request.tools?.[0]?.name ?? 'watch');
    },
    {},
    { ...options, tools: tools ?? [] },
  );
}

describe('the user context of a task', () => {
  it('reaches tools and hooks as it was given, frozen to its depths', async () => {
    const seen: unknown[] = [];
    await using stage = await stageOf([watcher(seen)]);
    const agentId = await stage.orchestrator.createAgent({
      name: 'hooked',
      instructions: 'Work.',
      tools: ['watch'],
      beforeTurn: ({ userContext }) => void seen.push(userContext),
      stopWhen: [({ userContext }) => seen.push(userContext) < 0],
      inputGuardrails: [
        { name: 'in', check: (_text, state) => ({ ok: seen.push(state.userContext) > 0, reason: '' }) },
      ],
    });
    const given = structuredClone(USER);
    const run = stage.orchestrator.run('x', { agentId, userContext: given });
    given.tenant.roles.push('root'); // what the caller does afterwards changes nothing
    await run.result;
    expect(seen).toEqual([USER, USER, USER, USER, USER]);
    const [first] = seen as (typeof USER)[];
    expect(() => first?.tenant.roles.push('root')).toThrow(TypeError);
    expect(() => Object.assign(first ?? {}, { userId: 'other' })).toThrow(TypeError);
  });

  it('is nothing where none was given', async () => {
    const seen: unknown[] = [];
    await using stage = await stageOf([watcher(seen)]);
    await stage.run();
    expect(seen).toEqual([undefined]);
  });

  it('is read by the schema of the agent, defaults filled in, and refused with the path where it does not fit', async () => {
    const seen: unknown[] = [];
    await using stage = await stageOf([watcher(seen)]);
    const { orchestrator } = stage;
    const agentId = await orchestrator.createAgent({
      name: 'typed',
      instructions: 'Work.',
      tools: ['watch'],
      userContextSchema: userSchema,
      beforeTurn: ({ userContext }) => void seen.push(userContext.locale),
    });
    await orchestrator.run('x', { agentId, userContext: { userId: 'u1' } }).result;
    expect(seen).toEqual(['en', { userId: 'u1', locale: 'en' }, 'en']);
    for (const wrong of [{ userId: 7 }, undefined, 'u1']) {
      await expect(
        orchestrator.createTask({ description: 'x', agentId: String(agentId), userContext: wrong }),
      ).rejects.toMatchObject({
        code: 'USER_CONTEXT_INVALID',
        category: 'VALIDATION_ERROR',
        message: expect.stringMatching(/agent "typed" needs: userContext(\.userId)?: .*expected (string|object)/),
      });
    }
  });

  it('is refused where the schema of the agent does not take what it gives', async () => {
    await using stage = await stageOf([]);
    const agentId = await stage.orchestrator.createAgent({
      name: 'turner',
      instructions: 'Work.',
      userContextSchema: z.object({ age: z.string().transform(Number) }),
    });
    await expect(
      stage.orchestrator.createTask({ description: 'x', agentId, userContext: { age: '7' } }),
    ).rejects.toMatchObject({ code: 'USER_CONTEXT_INVALID', message: expect.stringContaining('userContext.age') });
  });

  const cyclic: Record<string, unknown> = { name: 'x' };
  cyclic['self'] = cyclic;
  class Client {
    readonly url = 'x';
  }
  it.each<[string, unknown, string]>([
    ['a client', { db: { pool: new Client() } }, 'userContext.db.pool is an instance of Client'],
    ['a date', { at: [new Date(0)] }, 'userContext.at[0] is an instance of Date'],
    ['a function', { log: () => 1 }, 'userContext.log is a function'],
    ['not a number', { n: Number.NaN }, 'userContext.n is NaN'],
    ['a bigint', 1n, 'userContext is a bigint'],
    ['a gap in a list', { list: [1, undefined] }, 'userContext.list[1] is undefined'],
    [
      'a getter',
      {
        get user() {
          throw new Error('x');
        },
      },
      'userContext.user is a getter',
    ],
    ['a circle', cyclic, 'refers to itself'],
    ['a hostile key', JSON.parse('{"a":{"__proto__":{"isAdmin":true}}}'), 'userContext.a has a key "__proto__"'],
    ['a constructor', { constructor: { prototype: 1 } }, 'userContext has a key "constructor"'],
    ['too much', { text: 'ä'.repeat(40_000) }, 'userContext is larger than 65536 bytes'],
    ['a key by its form', { token: 'sk-proj-aaaabbbbccccdddd1111' }, 'userContext.token holds a secret'],
    ['a configured secret', { deep: ['the violet-anchor-4711 key'] }, 'userContext.deep[0] holds a secret'],
    ['a secret as a key', { 'violet-anchor-4711': 1 }, 'a key of userContext holds a secret'],
  ])('is refused where it holds %s', async (_name, userContext, message) => {
    await using stage = await stageOf([], {}, { config: { server: { auth: { adminKey: 'violet-anchor-4711' } } } });
    const task = stage.orchestrator.createTask({ description: 'x', agentId: stage.agentId, userContext });
    await expect(task).rejects.toMatchObject({
      code: 'USER_CONTEXT_INVALID',
      message: expect.stringContaining(message),
    });
    await expect(task).rejects.not.toMatchObject({ message: expect.stringContaining('violet-anchor') });
    expect(await stage.orchestrator.listTasks()).toEqual([]);
  });

  it('takes all that fits into 64 KiB', async () => {
    const seen: unknown[] = [];
    await using stage = await stageOf([watcher(seen)]);
    const userContext = { text: 'x'.repeat(65_536 - '{"text":""}'.length) };
    await stage.orchestrator.run('x', { agentId: stage.agentId, userContext }).result;
    expect(seen).toEqual([userContext]);
  });

  it('goes to children, background children and agents that take over, unchanged', async () => {
    const seen: unknown[] = [];
    const once = (name: string, args: object) => (request: ModelRequest) =>
      hasResult(request) ? { text: 'done' } : call(name, args);
    await using stage = await stageOf([watcher(seen)], {
      'Lead.': once('delegate_to_child', { task: 'x' }),
      'Boss.': once('start_child', { task: 'x' }),
      'Desk.': once('transfer_to_child', { reason: 'x' }),
      'Child.': ({ items }) =>
        items.some((item) => item.type === 'tool-result' && item.name === 'watch') ? { text: 'done' } : call('watch'),
    });
    const { orchestrator } = stage;
    await orchestrator.createAgent({
      name: 'child',
      instructions: 'Child.',
      tools: ['watch'],
      userContextSchema: z.object({ userId: z.string(), plan: z.string().default('free') }),
      beforeTurn: ({ userContext }) => void seen.push(userContext.plan),
    });
    const agents = [
      { name: 'lead', instructions: 'Lead.', delegates: ['child'] },
      { name: 'boss', instructions: 'Boss.', delegates: ['child'], canStartInBackground: true },
      { name: 'desk', instructions: 'Desk.', handoffs: ['child'] },
    ];
    for (const definition of agents) {
      const agentId = await orchestrator.createAgent(definition);
      await orchestrator.run('x', { agentId, userContext: USER }).result;
      expect(seen.splice(0)).toEqual(['free', USER, 'free']);
    }
  });

  it('that does not fit a child or an agent that takes over is told to the model, which goes on', async () => {
    const told: string[] = [];
    const step = (name: string) => (request: ModelRequest) => {
      if (!hasResult(request)) return call(name, { task: 'x', reason: 'x' });
      told.push(...request.items.flatMap((item) => (item.type === 'tool-result' ? [item.output] : [])));
      return { text: 'alone then' };
    };
    await using stage = await stageOf([], {
      'Lead.': (request) => (hasResult(request) ? step('')(request) : call('delegate_to_strict', { task: 'x' })),
      'Desk.': step('transfer_to_strict'),
    });
    const { orchestrator } = stage;
    const schema = z.strictObject({ accountNumber: z.number() });
    await orchestrator.createAgent({ name: 'strict', instructions: 'S.', userContextSchema: schema });
    const lead = await orchestrator.createAgent({ name: 'lead', instructions: 'Lead.', delegates: ['strict'] });
    const desk = await orchestrator.createAgent({ name: 'desk', instructions: 'Desk.', handoffs: ['strict'] });
    for (const agentId of [lead, desk]) {
      const result = await orchestrator.run('x', { agentId, userContext: { [NEEDLE]: 1 } }).result;
      expect(result.text).toBe('alone then');
    }
    expect(told).toHaveLength(2);
    for (const text of told) {
      expect(text).toMatch(/USER_CONTEXT_INVALID.*agent "strict" needs: userContext\.accountNumber: .*expected number/);
      expect(text).not.toContain(NEEDLE);
    }
  });

  it('leaves out fallback agents that need another one', async () => {
    const seen: unknown[] = [];
    const gone = new OrchestratorError('MODEL_NOT_FOUND', 'x');
    await using stage = await stageOf([], {
      'First.': () => ({ error: gone }),
      'Third.': () => ({ text: 'from the third' }),
    });
    const { orchestrator } = stage;
    const second = z.object({ accountNumber: z.number() });
    await orchestrator.createAgent({ name: 'second', instructions: 'Second.', userContextSchema: second });
    await orchestrator.createAgent({
      name: 'third',
      instructions: 'Third.',
      userContextSchema: userSchema,
      beforeTurn: ({ userContext }) => void seen.push(userContext),
    });
    const agentId = await orchestrator.createAgent({
      name: 'first',
      instructions: 'First.',
      fallbackAgents: ['second', 'third'],
    });
    const { text } = await orchestrator.run('x', { agentId, userContext: USER }).result;
    expect(text).toBe('from the third');
    expect(seen).toEqual([{ userId: NEEDLE, locale: 'en' }]);
  });

  it('is kept by a retry and by the replay of a dead letter', async () => {
    const seen: unknown[] = [];
    let isUp = false;
    const tool = watcher(seen);
    await using stage = await scene(
      (request) => {
        if (!isUp) throw new Error('the model is broken');
        return hasResult(request) ? { text: 'done' } : call('watch');
      },
      {},
      { tools: [tool] },
    );
    const { orchestrator } = stage;
    const taskId = await orchestrator.createTask({ description: 'x', agentId: stage.agentId, userContext: USER });
    const error: unknown = await orchestrator.executeTask(taskId).catch((cause: unknown) => cause);
    isUp = true;
    await orchestrator.executeTask(await orchestrator.retryTask(taskId));
    const { deadLetterId = '' } = error as { readonly deadLetterId?: string };
    await orchestrator.executeTask(await orchestrator.replayDeadLetter(deadLetterId));
    expect(seen).toEqual([USER, USER]);
    expect(JSON.stringify(await orchestrator.listDeadLetters('all'))).not.toContain(NEEDLE);
  });

  it('is found in no event, log, model request or view', async () => {
    const logs: unknown[] = [];
    const log = (...line: unknown[]): void => void logs.push(line);
    const strict = { ...watcher([], 'strict'), userContextSchema: z.object({ [NEEDLE.slice(0, 3)]: z.string() }) };
    await using stage = await stageOf(
      [watcher([]), strict],
      {
        'All.': (request) =>
          hasResult(request)
            ? { text: 'done' }
            : {
                toolCalls: ['watch', 'strict', 'delegate_to_worker'].map((name) => ({
                  name,
                  arguments: name.startsWith('d') ? { task: 'x' } : {},
                })),
              },
      },
      { logger: { debug: log, info: log, warn: log, error: log } },
    );
    const { orchestrator, events, model } = stage;
    const agentId = await orchestrator.createAgent({
      name: 'all',
      instructions: 'All.',
      tools: ['watch', 'strict'],
      delegates: ['worker'],
    });
    const taskId = await orchestrator.createTask({ description: 'x', agentId, userContext: USER });
    await orchestrator.executeTask(taskId);
    await orchestrator.createSchedule({
      cron: '0 0 1 1 *',
      task: { description: 'x', agentId, userContext: USER },
    });
    const told = JSON.stringify([
      events,
      logs,
      model.requests,
      await orchestrator.getTask(taskId),
      await orchestrator.listTasks(),
      await orchestrator.listSchedules(),
      await orchestrator.taskSteps(taskId),
      await orchestrator.tools.decisions(),
      orchestrator.statistics(),
    ]);
    expect(told).toContain('USER_CONTEXT_INVALID');
    expect(told).not.toContain(NEEDLE);
  });

  it('is part of what a schedule makes its tasks of', async () => {
    const seen: unknown[] = [];
    await using stage = await stageOf([watcher(seen)]);
    const { orchestrator, agentId } = stage;
    await expect(
      orchestrator.createSchedule({ cron: '* * * * *', task: { description: 'x', agentId, userContext: new Map() } }),
    ).rejects.toMatchObject({ code: 'USER_CONTEXT_INVALID' });
    await orchestrator.createSchedule({ cron: '* * * * * *', task: { description: 'x', agentId, userContext: USER } });
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen.at(0)).toEqual(USER);
  });
});

describe('the schema of a tool', () => {
  it('types and completes what the tool sees, and is asked once for a run', async () => {
    const seen: unknown[] = [];
    let asked = 0;
    const typed = defineTool({
      name: 'typed',
      description: 'x',
      inputSchema: z.object({ n: z.number() }),
      userContextSchema: userSchema.refine(() => (asked += 1) > 0),
      accessLevel: 'public',
      execute: async (_input, { userContext }: ToolContext<{ userId: string; locale: string }>) => {
        seen.push(userContext);
        return 'ok';
      },
    });
    await using stage = await stageOf([typed], {
      'Work.': (request) =>
        hasResult(request)
          ? { text: 'done' }
          : { toolCalls: [1, 2, 3].map((n) => ({ name: 'typed', arguments: { n } })) },
    });
    await stage.orchestrator.run('x', { agentId: stage.agentId, userContext: USER }).result;
    expect(seen).toEqual(Array.from({ length: 3 }, () => ({ userId: NEEDLE, locale: 'en' })));
    expect(asked).toBe(1);
    expect(seen.every(Object.isFrozen)).toBe(true);
  });

  it('keeps the tool from running where the context does not fit, and tells model and caller why', async () => {
    const seen: unknown[] = [];
    const picky = { ...watcher(seen, 'picky'), userContextSchema: z.object({ account: z.number() }) };
    await using stage = await stageOf([picky]);
    const result = await stage.orchestrator.run('x', { agentId: stage.agentId, userContext: USER }).result;
    expect(result.text).toBe('done');
    const [told] = lastResults(stage.model);
    expect(told).toMatch(/USER_CONTEXT_INVALID.*tool "picky" needs: userContext\.account: .*expected number/);
    await expect(
      stage.orchestrator.tools.executeTool('picky', stage.agentId, {}, { userContext: { account: '1' } }),
    ).rejects.toMatchObject({ code: 'USER_CONTEXT_INVALID' });
    expect(seen).toEqual([]);
    await stage.orchestrator.tools.executeTool('picky', stage.agentId, {}, { userContext: { account: 1 } });
    expect(seen).toEqual([{ account: 1 }]);
  });

  it('does not matter for the cache: what one user was answered is not for another', async () => {
    const cached = defineTool({
      name: 'cached',
      description: 'x',
      inputSchema: z.object({}),
      accessLevel: 'public',
      effect: 'pure',
      cache: { ttlMs: 60_000 },
      execute: async (_input, { userContext }) => (userContext as { readonly id: string }).id,
    });
    await using stage = await stageOf([cached]);
    const answers: Json[] = [];
    for (const id of ['one', 'two', 'one']) {
      await stage.orchestrator.run('x', { agentId: stage.agentId, userContext: { id } }).result;
      answers.push(...lastResults(stage.model));
    }
    expect(answers).toEqual(['one', 'two', 'one']);
    const calls = stage.events.flatMap((event) => (event.type === 'tool-call-end' ? [event.data.isFromCache] : []));
    expect(calls).toEqual([undefined, undefined, true]);
  });
});
