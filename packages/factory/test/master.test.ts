import { defineTemplate, type ModelRequest, type PluginV1 } from '@master-orchestrator/contracts';
import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { OrchestratorError } from '@master-orchestrator/errors';
import { scriptedModel, type ModelStep } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AgentFactory, type Plan, type PlanTask } from '../src/index.js';
import { problemsOfPlan } from '../src/master/plan.js';

const translator = defineTemplate({
  name: 'translator',
  description: 'Translates.',
  parameters: z.object({ language: z.string().min(2) }),
  build: ({ language }) => ({ name: `translator-${language}`, instructions: `Translate to ${language}.` }),
});
const plugin: PluginV1 = {
  specificationVersion: 'v1',
  name: 'mao-plugin-languages',
  version: '1.0.0',
  contributes: { templates: [translator] },
};

function task(id: string, change: Partial<PlanTask> = {}): PlanTask {
  return { id, description: `do ${id}`, agent: 'worker', template: null, parameters: null, dependsOn: [], ...change };
}

/** A world where the planner gives these plans in order and everybody else echoes. */
async function world(
  plans: readonly (readonly PlanTask[])[],
  work: (request: ModelRequest) => ModelStep = (request) => ({ text: `done: ${String(inputOf(request))}` }),
) {
  let planned = 0;
  const model = scriptedModel((request) => {
    if (request.instructions?.includes('split a goal'))
      return { text: JSON.stringify({ tasks: plans[Math.min(planned++, plans.length - 1)] }) };
    if (request.instructions?.includes('write the answer')) return { text: `ANSWER\n${String(inputOf(request))}` };
    return work(request);
  });
  const orchestrator = await createTestOrchestrator({ models: [model], plugins: [plugin] });
  const worker = await orchestrator.createAgent({ name: 'worker', description: 'Works.', instructions: 'Work.' });
  const helper = await orchestrator.createAgent({ name: 'helper', description: 'Helps.', instructions: 'Help.' });
  const factory = new AgentFactory(orchestrator);
  return {
    model,
    orchestrator,
    factory,
    team: [worker, helper],
    [Symbol.asyncDispose]: () => orchestrator.shutdown({ drainMs: 0 }),
  };
}

function inputOf(request: ModelRequest): unknown {
  const [first] = request.items;
  return first?.type === 'message' ? first.content : '';
}

describe('a goal', () => {
  it('is split, done by several agents, some made for it, and answered from the results', async () => {
    await using stage = await world([
      [
        task('t1'),
        task('t2', { agent: 'helper' }),
        task('t3', { agent: null, template: 'translator', parameters: '{"language":"German"}', dependsOn: ['t1'] }),
        task('t4', {
          agent: null,
          template: 'translator',
          parameters: '{"language":"French"}',
          dependsOn: ['t1', 't2'],
        }),
      ],
    ]);
    const master = await stage.factory.createMaster({ team: stage.team });
    const result = await master.achieve('Say it in two languages');
    expect(result).toMatchObject({ status: 'completed', replans: 0 });
    expect(result.tasks.map(({ agentName }) => agentName)).toEqual([
      'worker',
      'helper',
      'translator-German',
      'translator-French',
    ]);
    expect(result.createdAgents).toHaveLength(2);
    expect(result.text).toContain('Result of t4 (translator-French)');
    expect(result.tasks[3]?.text).toContain('Result of task t2 (helper)');
    expect(result.usage.inputTokens).toBeGreaterThan(0);
    expect((await stage.orchestrator.listAgents()).some(({ name }) => name.startsWith('translator'))).toBe(false);
    const stored = await stage.orchestrator.engine.state.get('plans', result.goalId);
    expect(stored?.value).toMatchObject({ status: 'completed' });
  });

  it('runs tasks that do not need each other at the same time', async () => {
    let running = 0;
    let most = 0;
    await using stage = await world([[task('a'), task('b'), task('c', { agent: 'helper' })]], () => {
      running += 1;
      most = Math.max(most, running);
      return { text: 'ok', delayMs: 10, check: () => void setTimeout(() => (running -= 1), 10) };
    });
    await (await stage.factory.createMaster({ team: stage.team })).achieve('three things');
    expect(most).toBe(3);
  });

  it('shows its plan before it runs, and does nothing where it is refused', async () => {
    await using stage = await world([[task('t1')]]);
    const master = await stage.factory.createMaster({ team: stage.team });
    const seen: string[] = [];
    const refused = master.achieve('x', { approvePlan: (tasks) => (seen.push(...tasks.map(({ id }) => id)), false) });
    await expect(refused).rejects.toMatchObject({ code: 'PLAN_REFUSED' });
    expect(seen).toEqual(['t1']);
    expect(stage.model.requests).toHaveLength(1);
  });

  it('plans anew around a failure; what is done is not done again', async () => {
    const broken = new OrchestratorError('REQUEST_INVALID', 'The provider answered 400.');
    await using stage = await world(
      [
        [
          task('t1'),
          task('t2', { description: 'the impossible', dependsOn: ['t1'] }),
          task('t3', { dependsOn: ['t2'] }),
        ],
        [task('t4', { dependsOn: ['t1'] })],
      ],
      (request) => (String(inputOf(request)).startsWith('the impossible') ? { error: broken } : { text: 'fine' }),
    );
    const result = await (await stage.factory.createMaster({ team: stage.team })).achieve('x');
    expect(result).toMatchObject({ status: 'completed', replans: 1 });
    expect(result.tasks.map(({ id, status }) => `${id} ${status}`)).toEqual([
      't1 completed',
      't2 failed',
      't3 skipped',
      't4 completed',
    ]);
  });

  it('is answered with what there is where no new plan helps; siblings of the failure end', async () => {
    const broken = new OrchestratorError('REQUEST_INVALID', 'The provider answered 400.');
    await using stage = await world([[task('bad', { description: 'impossible' }), task('good')], []], (request) =>
      String(inputOf(request)).startsWith('impossible') ? { error: broken } : { text: 'fine', delayMs: 5 },
    );
    const result = await (await stage.factory.createMaster({ team: stage.team, maxCorrections: 0 })).achieve('x');
    expect(result.status).toBe('partial');
    expect(result.tasks.map(({ id, status }) => `${id} ${status}`)).toEqual(['bad failed', 'good completed']);
    expect(result.text).toContain('No result of bad');
  });

  it('stops all its tasks when it is cancelled', async () => {
    await using stage = await world([[task('a'), task('b')]], () => ({ text: '', hang: true }));
    const master = await stage.factory.createMaster({ team: stage.team });
    const controller = new AbortController();
    const achieved = master.achieve('x', { signal: controller.signal });
    achieved.catch(() => undefined);
    while (stage.model.running < 2) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await expect(achieved).rejects.toMatchObject({ code: 'CANCELLED' });
    while (stage.model.running > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it('never goes over its budget, planning and answer included', async () => {
    await using stage = await world([[task('a'), task('b'), task('c'), task('d')]]);
    const master = await stage.factory.createMaster({ team: stage.team, maxReplans: 0 });
    await expect(master.achieve('x', { budget: { requests: 3 } })).rejects.toMatchObject({ code: 'BUDGET_LIMIT' });
    expect(stage.model.requests.length).toBeLessThanOrEqual(3);
  });
});

describe('plans that cannot be used', () => {
  const bounds = {
    agents: new Set(['worker', 'helper']),
    checkTemplate: (template: string, parameters: unknown) =>
      template !== 'translator'
        ? `There is no template "${template}".`
        : 'language' in (parameters as object)
          ? undefined
          : 'language: missing',
    maxTasks: 5,
    maxNewAgents: 2,
  };
  const made = { agent: null, template: 'translator', parameters: '{"language":"de"}' };
  const wrong: readonly [string, readonly PlanTask[], RegExp][] = [
    ['an empty plan', [], /empty/],
    ['too many tasks', Array.from({ length: 6 }, (_, n) => task(`t${n}`)), /at most 5/],
    ['an unknown agent', [task('t1', { agent: 'nobody' })], /no agent "nobody"/],
    ['an empty agent name', [task('t1', { agent: '' })], /no agent ""/],
    ['an unknown template', [task('t1', { agent: null, template: 'poet' })], /no template "poet"/],
    ['neither agent nor template', [task('t1', { agent: null })], /neither/],
    ['both agent and template', [task('t1', { template: 'translator' })], /both/],
    ['parameters that are no JSON', [task('t1', { ...made, parameters: '{language' })], /JSON object/],
    ['parameters that are a list', [task('t1', { ...made, parameters: '[]' })], /JSON object/],
    ['missing parameters', [task('t1', { ...made, parameters: null })], /language/],
    ['too many new agents', [task('a', made), task('b', made), task('c', made)], /makes 3 agents/],
    ['two tasks of one id', [task('t1'), task('t1')], /Two tasks/],
    ['an empty id', [task('')], /empty id/],
    ['an empty description', [task('t1', { description: ' ' })], /no description/],
    ['a task that waits for itself', [task('t1', { dependsOn: ['t1'] })], /itself/],
    ['two that wait for each other', [task('a', { dependsOn: ['b'] }), task('b', { dependsOn: ['a'] })], /a -> b -> a/],
    [
      'a longer circle',
      [task('a', { dependsOn: ['c'] }), task('b', { dependsOn: ['a'] }), task('c', { dependsOn: ['b'] })],
      /wait for each other/,
    ],
    ['a dependency that is not there', [task('t1', { dependsOn: ['t9'] })], /not in the plan/],
    ['a dependency by description', [task('t1'), task('t2', { dependsOn: ['do t1'] })], /not in the plan/],
    ['the name of an agent in another case', [task('t1', { agent: 'WORKER' })], /no agent "WORKER"/],
  ];

  it.each(wrong)('%s is named', (_what, tasks, message) => {
    expect(problemsOfPlan({ tasks } as Plan, bounds).join('\n')).toMatch(message);
  });

  it.each(wrong)('%s is corrected by the planner once it is told', async (_what, tasks) => {
    await using stage = await world([tasks, [task('t1')]]);
    const master = await stage.factory.createMaster({ team: stage.team, maxTasks: 5, maxNewAgents: 2 });
    await expect(master.achieve('x')).resolves.toMatchObject({ status: 'completed' });
  });

  it('end the goal with PLAN_INVALID where the planner does not learn', async () => {
    await using stage = await world([[]]);
    const master = await stage.factory.createMaster({ team: stage.team });
    await expect(master.achieve('x')).rejects.toMatchObject({ code: 'PLAN_INVALID', category: 'VALIDATION_ERROR' });
    await expect(master.achieve('  ')).rejects.toMatchObject({ code: 'TASK_INVALID' });
  });
});

describe('the user context of a goal', () => {
  const userContext = { userId: 'ada-1815' };

  it('reaches what its tasks run, and no model', async () => {
    await using stage = await world([[task('one'), task('two')]]);
    const seen: unknown[] = [];
    for (const id of stage.team)
      await stage.orchestrator.updateAgent(id, { beforeTurn: (state) => void seen.push(state.userContext) });
    const master = await stage.factory.createMaster({ team: stage.team });
    const { status } = await master.achieve('x', { userContext });
    expect(status).toBe('completed');
    expect(seen).toEqual([userContext, userContext]);
    expect(JSON.stringify(stage.model.requests)).not.toContain(userContext.userId);
  });

  it('that an agent of the plan cannot use makes the master plan again', async () => {
    await using stage = await world([[task('one')], [task('two', { agent: 'helper' })]]);
    const [worker = ''] = stage.team;
    await stage.orchestrator.updateAgent(worker, { userContextSchema: z.object({ account: z.number() }) });
    const master = await stage.factory.createMaster({ team: stage.team });
    const result = await master.achieve('x', { userContext });
    expect(result.tasks).toMatchObject([
      { id: 'one', status: 'failed', error: { code: 'USER_CONTEXT_INVALID' } },
      { id: 'two', status: 'completed' },
    ]);
    expect(result).toMatchObject({ status: 'completed', replans: 1 });
  });

  it('that cannot be stored is refused before a model is asked', async () => {
    await using stage = await world([[task('one')]]);
    const master = await stage.factory.createMaster({ team: stage.team });
    await expect(master.achieve('x', { userContext: { db: new Map() } })).rejects.toMatchObject({
      code: 'USER_CONTEXT_INVALID',
    });
    expect(stage.model.requests).toEqual([]);
  });
});
