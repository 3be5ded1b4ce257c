import { defineTeamTemplate, defineTemplate, type PluginV1 } from '@master-orchestrator/contracts';
import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { scriptedModel } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AgentFactory } from '../src/index.js';

const writer = defineTemplate({
  name: 'writer',
  description: 'Writes texts.',
  parameters: z.object({ style: z.enum(['plain', 'grand']).default('plain'), tools: z.array(z.string()).optional() }),
  build: ({ style }) => ({
    name: `${style}-writer`,
    description: 'Writes.',
    instructions: `Write in ${style} style.`,
    settings: { temperature: 0.5 },
  }),
});
const poet = defineTemplate({
  name: 'poet',
  description: 'Writes verse.',
  extends: 'writer',
  parameters: z.object({ style: z.enum(['plain', 'grand']).default('grand') }),
  build: () => ({ name: 'poet', instructions: 'Write verse.', settings: { topP: 0.9 } }),
});
const circle = (name: string, other: string) =>
  defineTemplate({
    name,
    description: 'x',
    extends: other,
    parameters: z.object({}),
    build: () => ({ name, instructions: 'x' }),
  });
const pair = defineTeamTemplate({
  name: 'pair',
  description: 'A lead and a helper.',
  parameters: z.object({ helper: z.string().default('writer') }),
  build: ({ helper }) => ({
    name: 'pair',
    members: { lead: { definition: { name: 'lead', instructions: 'Lead.' } }, helper: { template: helper } },
    lead: 'lead',
  }),
});
const plugin: PluginV1 = {
  specificationVersion: 'v1',
  name: 'mao-plugin-words',
  version: '1.0.0',
  contributes: { templates: [writer, poet, circle('a', 'b'), circle('b', 'a')], teamTemplates: [pair] },
};

async function factory() {
  const model = scriptedModel((request) => ({ text: request.instructions ?? '' }));
  const orchestrator = await createTestOrchestrator({ models: [model], plugins: [plugin] });
  return {
    model,
    orchestrator,
    factory: new AgentFactory(orchestrator),
    [Symbol.asyncDispose]: () => orchestrator.shutdown({ drainMs: 0 }),
  };
}

describe('agents from templates', () => {
  it('get checked and completed parameters', async () => {
    await using stage = await factory();
    const id = await stage.factory.createAgent('writer', { style: 'grand' });
    expect(await stage.orchestrator.getAgent(id)).toMatchObject({ name: 'grand-writer', description: 'Writes.' });
  });

  it('can extend another template: lists and settings are joined, the rest replaced', async () => {
    await using stage = await factory();
    const id = await stage.factory.createAgent('poet');
    const taskId = await stage.orchestrator.createTask({ description: 'x', agentId: id });
    expect((await stage.orchestrator.executeTask(taskId)).text).toBe('Write verse.');
    expect(stage.model.requests[0]?.settings).toMatchObject({ temperature: 0.5, topP: 0.9 });
  });

  it.each([
    ['an unknown name', 'wrtier', {}, 'TEMPLATE_UNKNOWN', /Did you mean "writer"/],
    ['parameters that do not fit', 'writer', { style: 'odd' }, 'TEMPLATE_PARAMETERS_INVALID', /style/],
    ['a circle', 'a', {}, 'PLUGIN_INVALID', /a -> b -> a/],
  ])('are refused for %s', async (_what, name, parameters, code, message) => {
    await using stage = await factory();
    await expect(stage.factory.createAgent(name, parameters)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('are listed with their plugin and the schema of their parameters', async () => {
    await using stage = await factory();
    const views = stage.factory.listTemplates();
    expect(views.find(({ name }) => name === 'writer')).toMatchObject({
      kind: 'agent',
      version: '1.0.0',
      plugin: 'mao-plugin-words',
      parameters: { type: 'object' },
    });
    expect(views.find(({ name }) => name === 'pair')).toMatchObject({ kind: 'team' });
  });
});

describe('teams', () => {
  it('give the ids of their members by name; the lead may delegate to the others', async () => {
    await using stage = await factory();
    const team = await stage.factory.createTeam('pair');
    expect(team['helper']).toBe(team.members['helper']);
    expect(team.leadId).toBe(team['lead']);
    expect(await stage.orchestrator.getAgent(team.leadId)).toMatchObject({ delegates: [team['helper']], team: 'pair' });
  });

  it('take tasks by their name', async () => {
    await using stage = await factory();
    await stage.factory.createTeam('pair');
    const second = await stage.factory.createTeam('pair');
    const taskId = await stage.orchestrator.createTask({ description: 'x', team: second.teamName });
    expect(await stage.orchestrator.getTask(taskId)).toMatchObject({ agentId: second.leadId });
  });

  it('leave no member behind when one cannot be made', async () => {
    await using stage = await factory();
    await expect(stage.factory.createTeam('pair', { helper: 'nobody' })).rejects.toMatchObject({
      code: 'TEMPLATE_UNKNOWN',
    });
    expect(await stage.orchestrator.listAgents()).toEqual([]);
    await expect(stage.factory.createTeam('trio')).rejects.toMatchObject({ code: 'TEAM_TEMPLATE_UNKNOWN' });
  });
});
