import {
  defineTemplate,
  defineTool,
  type OrchestratorEvent,
  type PluginV1,
  type ToolContext,
} from '@master-orchestrator/contracts';
import { scriptedModel, virtualClock } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { MasterOrchestrator } from '../src/orchestrator.js';
import { createTestOrchestrator } from '../src/testing.js';

const NAME = 'mao-plugin-changing';

/** A plugin whose tool `answer` gives its version; `before` is awaited in the tool. */
function versioned(
  version: string,
  more: Partial<PluginV1> = {},
  before?: (context: ToolContext) => Promise<void>,
): PluginV1 {
  const answer = defineTool({
    name: 'answer',
    description: 'Tells the version that answers.',
    inputSchema: z.object({}),
    accessLevel: 'public',
    effect: 'unsafe',
    execute: async (_input, context) => {
      await before?.(context);
      return { version };
    },
  });
  return { specificationVersion: 'v1', name: NAME, version, contributes: { tools: [answer] }, ...more };
}

function gate(): { readonly reached: Promise<void>; readonly pass: () => void; readonly wait: () => Promise<void> } {
  let reach = (): void => {};
  let pass = (): void => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const passed = new Promise<void>((resolve) => {
    pass = resolve;
  });
  return { reached, pass, wait: () => (reach(), passed) };
}

const call = { toolCalls: [{ name: 'answer', arguments: {} }] };

function recordOf(orchestrator: MasterOrchestrator): OrchestratorEvent[] {
  const events: OrchestratorEvent[] = [];
  orchestrator.listen('record', (event) => void (event.type.startsWith('plugin-') && events.push(event)));
  return events;
}

async function settle(): Promise<void> {
  for (let round = 0; round < 5; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('adding a plugin at run time', () => {
  it('brings its tools, templates, models and checks into use, and frees all names on removal', async () => {
    await using orchestrator = await createTestOrchestrator({ models: [scriptedModel([])] });
    const events = recordOf(orchestrator);
    const greeter = defineTemplate({
      name: 'greeter',
      description: 'Greets.',
      parameters: z.object({}),
      build: () => ({ name: 'greeter', instructions: 'Greet.', model: 'late:model' }),
    });
    const seen: string[] = [];
    const plugin = (): PluginV1 => ({
      ...versioned('1.0.0'),
      contributes: {
        tools: versioned('1.0.0').contributes.tools ?? [],
        templates: [greeter],
        models: [scriptedModel([{ text: 'hello' }], { name: 'late' })],
        priceTables: [
          { name: 'p', asOf: '2026-01-01', prices: { 'late:model': { inputPerMillion: 1, outputPerMillion: 1 } } },
        ],
        eventSinks: [{ name: 'sink', handle: ({ type }) => void seen.push(type) }],
        metrics: [{ name: 'm', contentType: 'text/plain', render: () => 'late 1\n' }],
        healthChecks: [{ name: 'well', check: async () => ({ status: 'ok' }) }],
      },
    });
    for (let round = 0; round < 2; round += 1) {
      expect(await orchestrator.addPlugin(plugin())).toMatchObject({ name: NAME, status: 'ready' });
      const [template] = orchestrator.plugins.contributions('templates');
      const agentId = await orchestrator.createAgent(template?.value.build({} as never) as never);
      const result = await orchestrator.executeTask(await orchestrator.createTask({ description: 'x', agentId }));
      expect(result.text).toBe('hello');
      expect(result.costUsd).toBeGreaterThan(0);
      expect((await orchestrator.health()).parts.map(({ name }) => name)).toContain(`${NAME}/well`);
      expect(orchestrator.plugins.contributions('metrics')).toHaveLength(1);
      expect(seen).toContain('task-end');
      await orchestrator.removePlugin(NAME);
      await settle();
      expect(orchestrator.tools.getTool('answer')).toBeUndefined();
      expect(orchestrator.plugins.contributions('templates')).toEqual([]);
      expect((await orchestrator.health()).parts.map(({ name }) => name)).not.toContain('model:late');
      expect(orchestrator.plugins.contributions('metrics')).toEqual([]);
    }
    expect(events.map(({ type }) => type)).toEqual([
      'plugin-register',
      'plugin-remove',
      'plugin-register',
      'plugin-remove',
    ]);
  });

  it('shows nothing of it to runs that are under way', async () => {
    const first = gate();
    const model = scriptedModel([call, { text: 'done' }, { text: 'new' }]);
    await using orchestrator = await createTestOrchestrator({
      models: [model],
      plugins: [versioned('1.0.0', {}, first.wait)],
    });
    const agentId = await orchestrator.createAgent({ name: 'a', instructions: 'x' });
    const run = orchestrator.run('x', { agentId });
    await first.reached;
    const other = defineToolNamed('other');
    await orchestrator.addPlugin({ ...versioned('1'), name: 'second', contributes: { tools: [other] } });
    first.pass();
    await run.result;
    await orchestrator.run('y', { agentId }).result;
    expect(model.requests.map(({ tools }) => tools?.map(({ name }) => name))).toEqual([
      ['answer'],
      ['answer'],
      ['answer', 'other'],
    ]);
  });

  it.each<[string, Partial<PluginV1>, string, RegExp]>([
    [
      'what is fixed at the start',
      { contributes: { errorRules: [{ matches: () => false } as never] } },
      'STATE_CONFLICT',
      /errorRules.*restart/,
    ],
    ['a later contract', { specificationVersion: 'v2' as never }, 'PLUGIN_VERSION_UNSUPPORTED', /"v2"/],
    ['a missing dependency', { dependsOn: ['base'] }, 'PLUGIN_DEPENDENCY_MISSING', /"base"/],
    ['a dependency on itself', { dependsOn: ['joining'] }, 'PLUGIN_DEPENDENCY_MISSING', /"joining"/],
    ['a name that is taken', { name: NAME }, 'PLUGIN_DUPLICATE', /twice/],
    [
      'a tool of another plugin',
      { contributes: versioned('1').contributes },
      'PLUGIN_CONTRIBUTION_DUPLICATE',
      /"answer"/,
    ],
    ['a tool of the app', { contributes: { tools: [defineToolNamed('mine')] } }, 'TOOL_EXISTS', /"mine"/],
  ])('refuses %s before its setup runs', async (_what, change, code, message) => {
    let isSetUp = false;
    await using orchestrator = await createTestOrchestrator({
      plugins: [versioned('1.0.0')],
      tools: [defineToolNamed('mine')],
    });
    const before = orchestrator.plugins.list();
    const joining: PluginV1 = {
      specificationVersion: 'v1',
      name: 'joining',
      version: '1.0.0',
      contributes: {},
      setup: async () => void (isSetUp = true),
      ...change,
    };
    await expect(orchestrator.addPlugin(joining)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(isSetUp).toBe(false);
    expect(orchestrator.plugins.list()).toEqual(before);
  });

  it('gives up a plugin whose name for a tool the app takes while its setup runs', async () => {
    const steps: string[] = [];
    await using orchestrator = await createTestOrchestrator();
    const events = recordOf(orchestrator);
    const joining = versioned('1.0.0', {
      setup: async () => orchestrator.registerTool(defineToolNamed('answer')),
      dispose: async () => void steps.push('dispose'),
    });
    await expect(orchestrator.addPlugin(joining)).rejects.toMatchObject({ code: 'TOOL_EXISTS' });
    expect(steps).toEqual(['dispose']);
    expect(orchestrator.plugins.list().map(({ name }) => name)).not.toContain(NAME);
    expect(events).toMatchObject([{ type: 'plugin-fail', data: { plugin: NAME, error: { code: 'TOOL_EXISTS' } } }]);
  });
});

describe('removing a plugin at run time', () => {
  it('is refused while others need it, and where it brought what is fixed', async () => {
    const rule = {
      ...versioned('1'),
      name: 'rules',
      contributes: { recoveryStrategies: [{ name: 'MY', decide: () => undefined }] },
    };
    const dependent = { ...versioned('1'), name: 'dependent', dependsOn: [NAME], contributes: {} };
    await using orchestrator = await createTestOrchestrator({ plugins: [versioned('1.0.0'), dependent, rule] });
    await expect(orchestrator.removePlugin(NAME)).rejects.toMatchObject({
      code: 'STATE_CONFLICT',
      message: expect.stringContaining('"dependent"'),
    });
    await expect(orchestrator.removePlugin('rules')).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    await expect(orchestrator.replacePlugin(rule)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    await expect(orchestrator.removePlugin('nobody')).rejects.toMatchObject({ code: 'PLUGIN_UNKNOWN' });
    await expect(orchestrator.replacePlugin(versioned('2', { dependsOn: ['dependent'] }))).rejects.toMatchObject({
      code: 'STATE_CONFLICT',
    });
    await orchestrator.removePlugin('dependent');
    await orchestrator.removePlugin(NAME);
    expect(orchestrator.plugins.list().map(({ name }) => name)).toEqual(['@master-orchestrator/test-models', 'rules']);
  });

  it('ends what it listened to and tells it by its signal', async () => {
    const heard: string[] = [];
    let signal: AbortSignal | undefined;
    await using orchestrator = await createTestOrchestrator({
      plugins: [
        versioned('1.0.0', {
          setup: async (context) => {
            signal = context.signal;
            context.listen('all', ({ type }) => void heard.push(type));
          },
        }),
      ],
    });
    await orchestrator.removePlugin(NAME);
    await settle();
    heard.length = 0;
    await orchestrator.createAgent({ name: 'a', instructions: 'x', model: 'x:y' }).catch(() => undefined);
    await orchestrator.addPlugin({ ...versioned('1'), name: 'next' });
    expect(heard).toEqual([]);
    expect(signal?.aborted).toBe(true);
  });
});

describe('replacing a plugin at run time', () => {
  it('lets a run that began before end with the old tools, and disposes them after it', async () => {
    const steps: string[] = [];
    const first = gate();
    const model = scriptedModel([call, call, { text: 'old run' }, call, { text: 'new run' }]);
    await using orchestrator = await createTestOrchestrator({
      models: [model],
      plugins: [versioned('1.0.0', { dispose: async () => void steps.push('dispose 1') }, first.wait)],
    });
    const agentId = await orchestrator.createAgent({ name: 'a', instructions: 'x', tools: ['answer'] });
    const old = orchestrator.run('x', { agentId });
    await first.reached;
    await orchestrator.replacePlugin(versioned('2.0.0', { setup: async () => void steps.push('setup 2') }));
    await settle();
    expect(steps).toEqual(['setup 2']);
    first.pass();
    await old.result;
    await settle();
    expect(steps).toEqual(['setup 2', 'dispose 1']);
    await orchestrator.run('y', { agentId }).result;
    const answers = model.requests.flatMap(({ items }) =>
      items.flatMap((item) => (item.type === 'tool-result' ? [item.output] : [])),
    );
    expect(answers.map((answer) => JSON.stringify(answer).includes('1.0.0'))).toEqual([true, true, true, false]);
  });

  it('keeps the old one at work where the setup of the new one fails or hangs', async () => {
    const clock = virtualClock();
    await using orchestrator = await createTestOrchestrator({ clock, plugins: [versioned('1.0.0')] });
    const events = recordOf(orchestrator);
    const failing = versioned('2.0.0', { setup: () => Promise.reject(new Error('no database')) });
    await expect(orchestrator.replacePlugin(failing)).rejects.toMatchObject({ code: 'PLUGIN_FAILED' });
    const hanging = orchestrator.replacePlugin(versioned('3.0.0', { setup: () => new Promise(() => {}) }));
    const refused = hanging.catch((error: unknown) => error);
    await settle();
    await clock.advanceAsync(30_000);
    expect(await refused).toMatchObject({ message: expect.stringContaining('30000 ms') });
    expect((await orchestrator.tools.executeTool('answer', 'x', {})).output).toEqual({ version: '1.0.0' });
    expect(orchestrator.plugins.list().at(-1)).toMatchObject({ version: '1.0.0', status: 'ready' });
    expect(events).toMatchObject([
      { type: 'plugin-fail', data: { hook: 'setup' } },
      { type: 'plugin-fail', data: { hook: 'setup' } },
    ]);
  });

  it('drops no run under load, and no run sees two versions', async () => {
    const seen = new Map<string, Set<string>>();
    const disposed = new Set<string>();
    const misused: string[] = [];
    const version = (n: number): PluginV1 => {
      const id = `${n}.0.0`;
      const execute = async ({ runId }: ToolContext): Promise<void> => {
        seen.set(runId, (seen.get(runId) ?? new Set()).add(id));
        for (let turn = 0; turn < n % 7; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        if (disposed.has(id)) misused.push(`${id} in ${runId}`);
      };
      return versioned(id, { dispose: async () => void disposed.add(id) }, execute);
    };
    const model = scriptedModel(({ items }) =>
      items.filter((item) => item.type === 'tool-result').length < 3 ? call : { text: 'done' },
    );
    await using orchestrator = await createTestOrchestrator({
      models: [model],
      plugins: [version(1)],
      config: { agents: { repeatsBeforeLoop: 100 } },
    });
    const agentId = await orchestrator.createAgent({ name: 'a', instructions: 'x', tools: ['answer'] });
    const runs: Promise<unknown>[] = [];
    for (let n = 2; n <= 21; n += 1) {
      for (let each = 0; each < 10; each += 1) runs.push(orchestrator.run('x', { agentId }).result);
      await settle();
      await orchestrator.replacePlugin(version(n));
    }
    const settled = await Promise.allSettled(runs);
    expect(settled.filter(({ status }) => status === 'rejected')).toEqual([]);
    await settle();
    expect(misused).toEqual([]);
    expect([...seen.values()].filter(({ size }) => size !== 1)).toEqual([]);
    expect(new Set([...seen.values()].flatMap((versions) => [...versions])).size).toBeGreaterThan(3);
    expect(disposed.size).toBe(20);
    expect(orchestrator.statistics().tasks).toMatchObject({ completed: 200 });
  });
});

function defineToolNamed(name: string) {
  return defineTool({
    name,
    description: 'Does nothing.',
    inputSchema: z.object({}),
    accessLevel: 'public',
    effect: 'pure',
    execute: async () => ({}),
  });
}
