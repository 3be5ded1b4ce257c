import { defineTemplate, defineTool, type PluginV1 } from '@master-orchestrator/contracts';
import { OrchestratorError, type RecoveryStrategy } from '@master-orchestrator/errors';
import { scriptedModel } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestOrchestrator } from '../src/testing.js';

const plugin = (change: Partial<PluginV1> & Record<string, unknown> = {}): PluginV1 => ({
  specificationVersion: 'v1',
  name: 'mao-plugin-sample',
  version: '1.0.0',
  contributes: {},
  ...change,
});
const echo = defineTool({
  name: 'echo',
  description: 'Gives back what it gets.',
  inputSchema: z.object({ text: z.string() }),
  accessLevel: 'public',
  effect: 'pure',
  execute: async ({ text }) => ({ text }),
});

describe('what a plugin adds', () => {
  it('is at work: a tool, a template and a recovery strategy of one plugin', async () => {
    const greeter = defineTemplate({
      name: 'greeter',
      description: 'Greets.',
      parameters: z.object({ name: z.string() }),
      build: ({ name }) => ({ name: 'greeter', instructions: `Greet ${name}.`, tools: ['echo'] }),
    });
    const once: RecoveryStrategy = {
      name: 'ONCE_MORE',
      decide: ({ attempt }) => (attempt < 2 ? { action: 'retry', delayMs: 0 } : undefined),
    };
    const error = new OrchestratorError('REQUEST_INVALID', 'The provider answered 400.');
    const model = scriptedModel([{ error }, { text: 'hello' }]);
    await using orchestrator = await createTestOrchestrator({
      models: [model],
      plugins: [plugin({ contributes: { tools: [echo], templates: [greeter], recoveryStrategies: [once] } })],
      config: { recovery: { plans: { REQUEST_INVALID: [{ strategy: 'ONCE_MORE' }] } } },
    });
    const [{ value: template } = { value: undefined }] = orchestrator.plugins.contributions('templates');
    const agentId = await orchestrator.createAgent(template?.build({ name: 'Ada' } as never) as never);
    const result = await orchestrator.executeTask(await orchestrator.createTask({ description: 'x', agentId }));
    expect(result.text).toBe('hello');
    expect(model.requests[0]).toMatchObject({ instructions: 'Greet Ada.' });
    expect(orchestrator.plugins.list().at(-1)).toMatchObject({
      name: 'mao-plugin-sample',
      status: 'ready',
      contributes: { tools: ['echo'], templates: ['greeter'], recoveryStrategies: ['ONCE_MORE'] },
    });
  });
});

describe('a plugin that is not in order is refused before anything is set up', () => {
  const cases: readonly [string, readonly unknown[], string, RegExp][] = [
    ['a function instead of an object', [() => plugin()], 'PLUGIN_INVALID', /Call the factory/],
    ['nothing', [undefined], 'PLUGIN_INVALID', /number 3/],
    ['a missing version', [{ ...plugin(), version: undefined }], 'PLUGIN_INVALID', /version/],
    ['an unknown contribution', [plugin({ contributes: { toools: [] } as never })], 'PLUGIN_INVALID', /toools/],
    ['a later contract', [{ ...plugin(), specificationVersion: 'v2' }], 'PLUGIN_VERSION_UNSUPPORTED', /"v2"/],
    ['the same plugin twice', [plugin(), plugin()], 'PLUGIN_DUPLICATE', /twice/],
    [
      'a missing dependency',
      [plugin({ dependsOn: ['mao-plugin-base'] })],
      'PLUGIN_DEPENDENCY_MISSING',
      /mao-plugin-base/,
    ],
    [
      'a tool another plugin has',
      [plugin({ contributes: { tools: [echo] } }), plugin({ name: 'b', contributes: { tools: [echo] } })],
      'PLUGIN_CONTRIBUTION_DUPLICATE',
      /"echo"/,
    ],
    ['a broken tool', [plugin({ contributes: { tools: [{ name: 'x' } as never] } })], 'PLUGIN_INVALID', /description/],
    ['an unknown permission', [plugin({ permissions: ['root' as never] })], 'PLUGIN_INVALID', /permissions/],
  ];

  it.each(cases)('%s', async (_what, plugins, code, message) => {
    let isSetUp = false;
    const first = plugin({ name: 'first', setup: async () => void (isSetUp = true) });
    const made = createTestOrchestrator({ plugins: [first, ...(plugins as PluginV1[])] });
    await expect(made).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(isSetUp).toBe(false);
  });
});

it('disposes in reverse order what was set up when a later setup fails', async () => {
  const steps: string[] = [];
  const part = (name: string, fails = false): PluginV1 =>
    plugin({
      name,
      setup: async () => {
        steps.push(`setup ${name}`);
        if (fails) throw new Error('no');
      },
      dispose: async () => void steps.push(`dispose ${name}`),
    });
  const made = createTestOrchestrator({ plugins: [part('a'), part('b'), part('c', true)] });
  await expect(made).rejects.toMatchObject({ code: 'PLUGIN_FAILED', details: { plugin: 'c', hook: 'setup' } });
  expect(steps).toEqual(['setup a', 'setup b', 'setup c', 'dispose c', 'dispose b', 'dispose a']);
});

it('turns a listener or sink that throws into an event, and goes on', async () => {
  const sink = { name: 'alarm', handle: () => Promise.reject(new Error('no network')) };
  await using orchestrator = await createTestOrchestrator({
    models: [scriptedModel([{ text: 'ok' }])],
    plugins: [plugin({ contributes: { eventSinks: [sink] } })],
  });
  const failed = new Set<string>();
  orchestrator.listen('bad', () => {
    throw new Error('oops');
  });
  orchestrator.listen('good', (event) => event.type === 'listener-fail' && failed.add(event.data.listener));
  const agentId = await orchestrator.createAgent({ name: 'a', instructions: 'x' });
  const result = await orchestrator.executeTask(await orchestrator.createTask({ description: 'x', agentId }));
  expect(result.text).toBe('ok');
  await new Promise((resolve) => setImmediate(resolve));
  expect(failed).toEqual(new Set(['bad', 'mao-plugin-sample/alarm']));
});

it('refuses to start in production with the offline model alone, unless told otherwise', async () => {
  const offline = scriptedModel([], { name: 'offline', origin: 'offline' });
  await expect(createTestOrchestrator({ models: [offline], config: { profile: 'production' } })).rejects.toMatchObject({
    code: 'STARTUP_FAILED',
  });
  const allowed = await createTestOrchestrator({
    models: [offline],
    config: { profile: 'production', models: { allowOfflineInProduction: true } },
  });
  await allowed.shutdown();
});
