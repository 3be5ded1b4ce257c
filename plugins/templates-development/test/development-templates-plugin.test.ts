import type { AgentDefinition, AnyTemplate } from '@master-orchestrator/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { codeReviewSchema, developmentTemplatesPlugin, projectPlanSchema, securityReviewSchema } from '../src/index.js';

const { templates = [], teamTemplates = [] } = developmentTemplatesPlugin().contributes;

function build(name: string, parameters: object = {}): AgentDefinition<unknown> {
  const template = templates.find((one) => one.name === name) as AnyTemplate;
  return template.build(template.parameters.parse(parameters) as never);
}

it('contributes the six templates of the development team', () => {
  expect(templates.map(({ name }) => name)).toEqual([
    'code-reviewer',
    'system-architect',
    'testing-specialist',
    'documentation-writer',
    'project-manager',
    'security-analyst',
  ]);
  expect(teamTemplates.map(({ name }) => name)).toEqual(['development']);
});

describe.each(templates)('template $name', (template) => {
  it('says role, method, answer and limits in its instructions', () => {
    const { instructions } = build(template.name);
    for (const heading of ['# Role', '# Method', '# Answer', '# Limits']) expect(instructions).toContain(heading);
  });

  it('bounds turns and running time, and names no model', () => {
    const definition = build(template.name);
    expect(definition.limits?.turns).toBeGreaterThan(0);
    expect(definition.limits?.taskTimeoutMs).toBeGreaterThan(0);
    expect(definition).not.toHaveProperty('model');
  });

  it('takes a name, models, tools, languages, the language of the answer and a focus', () => {
    const definition = build(template.name, {
      name: 'Ada',
      model: 'openai:a',
      tools: ['own_tool'],
      languages: ['rust', 'Brainfuck'],
      answerLanguage: 'German',
      focus: 'the login',
    });
    expect(definition).toMatchObject({ name: 'Ada', model: 'openai:a', tools: ['own_tool'] });
    for (const words of ['rust, Brainfuck', '`unwrap`', 'in German', 'the login']) {
      expect(definition.instructions).toContain(words);
    }
  });

  it('says nothing of languages where none are given', () => {
    expect(build(template.name).instructions).not.toContain('# Languages');
    expect(build(template.name, { languages: [] }).instructions).not.toContain('# Languages');
  });

  it('refuses unknown parameters', () => {
    expect(template.parameters.safeParse({ languagez: [] }).success).toBe(false);
  });

  it('has an output schema of objects whose fields are all required, as strict providers want it', () => {
    const { outputSchema } = build(template.name);
    const schema = outputSchema === undefined ? {} : z.toJSONSchema(outputSchema);
    expect(optionalFields(schema)).toEqual([]);
  });
});

/** Names of fields that a schema, or one inside it, leaves optional. */
function optionalFields(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties, required } = schema as { properties?: object; required?: string[] };
  const own =
    properties === undefined ? [] : Object.keys(properties).filter((name) => !(required ?? []).includes(name));
  return [...own, ...Object.values(schema).flatMap(optionalFields)];
}

describe('what the agents answer', () => {
  it('is a list of findings with file, line and severity for a review', () => {
    const finding = { file: 'a.ts', line: 3, severity: 'high', title: 't', explanation: null, suggestion: null };
    const review = { summary: 's', verdict: 'request-changes', findings: [finding], filesReviewed: ['a.ts'] };
    expect(codeReviewSchema.safeParse(review).success).toBe(true);
    expect(codeReviewSchema.safeParse({ ...review, findings: [{ ...finding, line: 0 }] }).success).toBe(false);
    expect(codeReviewSchema.safeParse({ ...review, findings: [{ ...finding, severity: 'bad' }] }).success).toBe(false);
  });

  it('is a list of weaknesses and of what was not checked for a security review', () => {
    expect(
      securityReviewSchema.safeParse({ summary: 's', findings: [], checked: [], notChecked: ['dependencies'] }).success,
    ).toBe(true);
  });

  it('is a plan for a project manager, and words for one who leads a team', () => {
    expect(build('project-manager').outputSchema).toBe(projectPlanSchema);
    expect(build('project-manager', { leads: true })).not.toHaveProperty('outputSchema');
  });

  it('is text for a documentation writer', () => {
    expect(build('documentation-writer')).not.toHaveProperty('outputSchema');
  });
});

describe('languages', () => {
  it.each([
    ['typescript', '`any`'],
    ['TS', '`any`'],
    ['Python', 'mutable default arguments'],
    ['golang', 'goroutines'],
    ['c#', '`async void`'],
  ])('tells a reviewer of %s what goes wrong most', (language, words) => {
    expect(build('code-reviewer', { languages: [language] }).instructions).toContain(words);
  });
});

describe('team development', () => {
  const team = teamTemplates[0];
  const members = (parameters: object): Record<string, { template: string; parameters: { tools?: string[] } }> =>
    team?.build(team.parameters.parse(parameters) as never).members as never;
  const toolsOf = (tools: string[]): object =>
    Object.fromEntries(Object.entries(members({ tools })).map(([key, { parameters }]) => [key, parameters.tools]));

  it('is led by the project manager and has six members', () => {
    expect(team?.build({} as never).lead).toBe('projectManager');
    expect(Object.keys(members({}))).toEqual([
      'codeReviewer',
      'architect',
      'testingSpecialist',
      'documentation',
      'projectManager',
      'securityAnalyst',
    ]);
    expect(members({}).projectManager?.parameters).toMatchObject({ leads: true });
  });

  it('hands languages, model and focus to every member', () => {
    for (const { parameters } of Object.values(
      members({ languages: ['go'], model: 'offline:rules', focus: 'speed' }),
    )) {
      expect(parameters).toMatchObject({ languages: ['go'], model: 'offline:rules', focus: 'speed' });
    }
  });

  it('gives each member the tools of its trade', () => {
    expect(toolsOf(['read_file', 'validate_code', 'generate_report', 'http_request'])).toEqual({
      codeReviewer: ['read_file', 'validate_code'],
      architect: ['read_file'],
      testingSpecialist: ['read_file', 'validate_code'],
      documentation: ['read_file', 'generate_report'],
      projectManager: ['generate_report'],
      securityAnalyst: ['read_file', 'validate_code', 'http_request'],
    });
  });

  it('gives a tool of nobody to the lead', () => {
    expect(toolsOf(['make_coffee'])).toMatchObject({ projectManager: ['make_coffee'], codeReviewer: [] });
  });

  it('leaves the tools to the templates where none are given', () => {
    for (const { parameters } of Object.values(members({}))) expect(parameters).not.toHaveProperty('tools');
  });
});
