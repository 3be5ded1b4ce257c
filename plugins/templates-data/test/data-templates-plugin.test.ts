import type { AgentDefinition, AnyTemplate } from '@master-orchestrator/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { dataTemplatesPlugin } from '../src/index.js';

const { templates = [], teamTemplates = [] } = dataTemplatesPlugin().contributes;

function build(name: string, parameters: object = {}): AgentDefinition<unknown> {
  const template = templates.find((one) => one.name === name) as AnyTemplate;
  return template.build(template.parameters.parse(parameters) as never);
}

it('contributes the four templates of the data team', () => {
  expect(templates.map(({ name }) => name)).toEqual([
    'data-analyst',
    'data-engineer',
    'visualisation-specialist',
    'report-writer',
  ]);
  expect(teamTemplates.map(({ name }) => name)).toEqual(['data-analysis']);
});

describe.each(templates)('template $name', (template) => {
  it('builds an agent from its example', () => {
    const definition = build(template.name, template.example?.parameters as object);
    expect(definition.name).toBe(template.name);
    expect(template.example?.task.length).toBeGreaterThan(20);
  });

  it('says role, method, answer and limits in its instructions', () => {
    const { instructions } = build(template.name);
    for (const heading of ['# Role', '# Method', '# Answer', '# Limits']) expect(instructions).toContain(heading);
  });

  it('bounds turns and running time', () => {
    const { limits } = build(template.name);
    expect(limits?.turns).toBeGreaterThan(0);
    expect(limits?.taskTimeoutMs).toBeGreaterThan(0);
  });

  it('names no model, so that the configured one is used', () => {
    expect(build(template.name)).not.toHaveProperty('model');
  });

  it('takes a name, models, tools, language and focus', () => {
    const definition = build(template.name, {
      name: 'Ada',
      model: ['openai:a', 'openai:b'],
      tools: ['own_tool', 'own_tool'],
      answerLanguage: 'German',
      focus: 'the north region',
    });
    expect(definition).toMatchObject({ name: 'Ada', model: ['openai:a', 'openai:b'], tools: ['own_tool'] });
    expect(definition.instructions).toContain('in German');
    expect(definition.instructions).toContain('the north region');
  });

  it('builds equal definitions from equal parameters', () => {
    expect(build(template.name, { focus: 'x' })).toEqual(build(template.name, { focus: 'x' }));
  });

  it.each([{ tool: ['typo'] }, { tools: 'calculate_metrics' }, { name: '' }, { model: [] }])(
    'refuses the parameters %j',
    (parameters) => {
      expect(template.parameters.safeParse(parameters).success).toBe(false);
    },
  );

  it('answers with text or with an object that JSON Schema can describe', () => {
    const { outputSchema } = build(template.name);
    const type = outputSchema === undefined ? 'text' : z.toJSONSchema(outputSchema).type;
    expect(['text', 'object']).toContain(type);
  });
});

it('gives structured answers for prepared data and for charts', () => {
  const structured = templates.filter(({ name }) => build(name).outputSchema !== undefined).map(({ name }) => name);
  expect(structured).toEqual(['data-engineer', 'visualisation-specialist']);
});

describe('team data-analysis', () => {
  const team = teamTemplates[0];
  const members = (parameters: object): Record<string, { parameters?: { tools?: string[] } }> =>
    team?.build(team.parameters.parse(parameters) as never).members as never;

  it('is led by the analyst and has four members', () => {
    expect(team?.build({} as never).lead).toBe('dataAnalyst');
    expect(Object.keys(members({}))).toEqual([
      'dataAnalyst',
      'dataEngineer',
      'visualisationSpecialist',
      'reportWriter',
    ]);
  });

  it('names only templates of this package', () => {
    const known = templates.map(({ name }) => name);
    for (const member of Object.values(members({})))
      expect(known).toContain((member as { template?: string }).template);
  });

  it('leaves the tools to the templates where none are given', () => {
    for (const member of Object.values(members({}))) expect(member.parameters).not.toHaveProperty('tools');
  });

  it('gives the analyst every tool and the others those of their trade', () => {
    const given = members({ tools: ['calculate_metrics', 'generate_report', 'csv_parse', 'read_file'] });
    expect(Object.fromEntries(Object.entries(given).map(([key, { parameters }]) => [key, parameters?.tools]))).toEqual({
      dataAnalyst: ['calculate_metrics', 'generate_report', 'csv_parse', 'read_file'],
      dataEngineer: ['csv_parse', 'read_file'],
      visualisationSpecialist: ['calculate_metrics', 'generate_report'],
      reportWriter: ['generate_report'],
    });
  });

  it('hands model, language and focus to every member', () => {
    for (const { parameters } of Object.values(
      members({ model: 'offline:rules', answerLanguage: 'French', focus: 'costs' }),
    )) {
      expect(parameters).toMatchObject({ model: 'offline:rules', answerLanguage: 'French', focus: 'costs' });
    }
  });

  it('refuses unknown parameters', () => {
    expect(team?.parameters.safeParse({ toolz: [] }).success).toBe(false);
  });
});
