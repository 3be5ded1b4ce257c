import { defineTeamTemplate, defineTemplate, type PluginV1 } from '@master-orchestrator/contracts';
import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { scriptedModel } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { AgentFactory } from '../src/index.js';

const plugin = (description: string): PluginV1 => ({
  specificationVersion: 'v1',
  name: 'mao-plugin-late',
  version: '1.0.0',
  contributes: {
    templates: [
      defineTemplate({
        name: 'greeter',
        description: 'Greets.',
        parameters: z.object({}),
        build: () => ({ name: 'greeter', instructions: 'Greet.', description }),
      }),
    ],
    teamTemplates: [
      defineTeamTemplate({
        name: 'greeters',
        description: 'Greet.',
        parameters: z.object({}),
        build: () => ({ name: 'greeters', members: { first: { template: 'greeter' } } }),
      }),
    ],
  },
});

it('makes agents from the templates of plugins that came, were replaced and went after it was made', async () => {
  await using orchestrator = await createTestOrchestrator({ models: [scriptedModel([])] });
  const factory = new AgentFactory(orchestrator);
  await expect(factory.createAgent('greeter')).rejects.toMatchObject({ code: 'TEMPLATE_UNKNOWN' });
  await orchestrator.addPlugin(plugin('Greet.'));
  await factory.createAgent('greeter');
  expect((await factory.createTeam('greeters')).leadId).toMatch(/^agent_/);
  await orchestrator.replacePlugin(plugin('Greet warmly.'));
  const second = await factory.createAgent('greeter');
  expect((await orchestrator.getAgent(second)).description).toBe('Greet warmly.');
  await orchestrator.removePlugin('mao-plugin-late');
  expect(factory.listTemplates()).toEqual([]);
  await expect(factory.createTeam('greeters')).rejects.toMatchObject({ code: 'TEAM_TEMPLATE_UNKNOWN' });
});

it('says which template failed, and how, whatever it throws', async () => {
  const bad = defineTemplate({
    name: 'bad',
    description: 'Throws.',
    parameters: z.object({}),
    build: () => {
      throw new Error('no such thing');
    },
  });
  const promised = defineTemplate({
    name: 'promised',
    description: 'Promises.',
    parameters: z.object({}),
    build: (() => Promise.resolve({})) as never,
  });
  await using orchestrator = await createTestOrchestrator({
    models: [scriptedModel([])],
    plugins: [{ ...plugin('x'), contributes: { templates: [bad, promised] } }],
  });
  const factory = new AgentFactory(orchestrator);
  await expect(factory.createAgent('bad')).rejects.toMatchObject({
    code: 'PLUGIN_FAILED',
    message: expect.stringMatching(/"bad".*no such thing/),
  });
  await expect(factory.createAgent('promised')).rejects.toMatchObject({ message: expect.stringMatching(/a promise/) });
});
