import { defineTeamTemplate, defineTemplate, type AnyTemplate, type PluginV1 } from '@master-orchestrator/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeTemplatePlugin, templatePluginChecks } from '../src/index.js';
import { failing, found } from './failing-checks.js';

const schema = z.object({ language: z.string().min(1), strict: z.boolean().default(true) });

const reviewer = defineTemplate({
  name: 'code-reviewer',
  description: 'Reviews changes and names what is wrong.',
  parameters: schema,
  example: { parameters: { language: 'TypeScript', strict: true }, task: 'Review this change.' },
  build: ({ language, strict }) => ({
    name: 'reviewer',
    instructions: `Review changes in ${JSON.stringify(language)}. ${strict ? 'Be strict.' : 'Be lenient.'}`,
    tools: ['read_file'],
    limits: { turns: 10 },
  }),
});

const team = defineTeamTemplate({
  name: 'review-team',
  description: 'Two reviewers, one of them strict.',
  parameters: z.object({ language: z.string().min(1).default('Go') }),
  build: ({ language }) => ({
    name: 'reviewers',
    members: {
      strict: { template: 'code-reviewer', parameters: { language } },
      other: { definition: { name: 'other', instructions: 'Look at the tests of the change.' } },
    },
    lead: 'strict',
  }),
});

type Parameters = z.output<typeof schema>;

const plugin: PluginV1 = {
  specificationVersion: 'v1',
  name: '@acme/templates-review',
  version: '1.0.0',
  contributes: { templates: [reviewer], teamTemplates: [team] },
};

const like = (changes: object): AnyTemplate => Object.assign({}, reviewer as AnyTemplate, changes);
const built = (changes: object): AnyTemplate =>
  like({ build: (parameters: never) => Object.assign({}, reviewer.build(parameters), changes) });
const failingOf = (template: AnyTemplate, options = {}): Promise<readonly string[]> =>
  failing(templatePluginChecks({ ...plugin, contributes: { templates: [template] } }, { runs: 20, ...options }));

const onlyStrict = ({ strict }: Parameters): unknown => {
  if (!strict) throw new RangeError('only strict');
  return reviewer.build({ language: 'x', strict });
};
const careless = (parameters: Parameters): unknown => {
  parameters.language = 'changed';
  return reviewer.build(parameters);
};

await describeTemplatePlugin(plugin, { tools: ['read_file'] });

describe('templatePluginChecks', () => {
  let count = 0;
  it.each<[string, AnyTemplate]>([
    ['template-shape', like({ description: 'Short.' })],
    ['template-shape', like({ version: 'one' })],
    [
      'template-parameters',
      like({ parameters: z.union([reviewer.parameters, z.object({ language: z.literal('x') })]) }),
    ],
    ['template-example', like({ example: undefined })],
    ['template-example', like({ example: { parameters: { language: 'Go', strict: true }, task: '' } })],
    ['template-builds', built({ limits: { turns: 0 } })],
    ['template-builds', built({ name: '' })],
    ['template-builds', built({ outputSchema: { type: 'object' } })],
    [
      'template-pure',
      built({
        get name() {
          return `reviewer ${count++}`;
        },
      }),
    ],
    ['template-instructions', built({ instructions: 'Review changes in {{language}} with great care.' })],
    [
      'template-instructions',
      like({
        parameters: z.object({ language: z.string().min(1).optional() }),
        example: { parameters: {}, task: 'Review.' },
        build: ({ language }: { language?: string }) => ({ name: 'r', instructions: `Review changes in ${language}.` }),
      }),
    ],
    ['template-instructions', built({ instructions: 'Review.' })],
    ['template-tools', built({ tools: ['read file'] })],
    ['template-tools', built({ tools: ['read_file', 'read_file'] })],
  ])('finds what breaks %s, and nothing else', async (rule, template) => {
    expect(await failingOf(template)).toEqual([rule]);
  });

  it('finds a tool that nobody has', async () => {
    expect(await failingOf(reviewer as AnyTemplate, { tools: ['write_file'] })).toEqual(['template-tools']);
  });

  it('finds a build that throws for some parameters', async () => {
    const checks = templatePluginChecks({ ...plugin, contributes: { templates: [like({ build: onlyStrict })] } });
    expect(await found(checks, 'template-builds')).toContain('RangeError: only strict');
  });

  it('finds a build that changes its parameters', async () => {
    expect(await failingOf(like({ build: careless }))).toEqual(['template-pure']);
  });

  it('lays a template over the one it extends', async () => {
    const child = like({ name: 'strict-reviewer', extends: 'code-reviewer', build: () => ({ name: 'strict' }) });
    const options = { runs: 20, templates: [reviewer as AnyTemplate] };
    expect(await failing(templatePluginChecks({ ...plugin, contributes: { templates: [child] } }, options))).toEqual(
      [],
    );
    expect(await failingOf(child)).toContain('template-builds');
  });

  it('finds names that come twice, and a plugin without templates', async () => {
    const twice = { ...plugin, contributes: { templates: [reviewer as AnyTemplate, reviewer as AnyTemplate] } };
    expect(await failing(templatePluginChecks(twice, { runs: 5 }))).toEqual(['templates-some']);
    expect(await failing(templatePluginChecks({ ...plugin, contributes: {} }))).toEqual(['templates-some']);
  });

  it.each<[string, object]>([
    ['team-shape', { description: '' }],
    ['team-shape', { parameters: z.union([team.parameters, team.parameters]) }],
    ['team-members', { build: () => ({ name: 't', members: { a: { template: 'nobody' } } }) }],
    ['team-members', { build: () => ({ name: 't', members: { a: { template: 'code-reviewer' } } }) }],
    ['team-members', { build: () => ({ name: 't', members: {} }) }],
    ['team-members', { build: () => ({ ...team.build({ language: 'x' }), lead: 'nobody' }) }],
    ['team-pure', { build: () => ({ ...team.build({ language: 'x' }), name: `t${count++}` }) }],
  ])('finds what breaks %s of a team, and nothing else', async (rule, changes) => {
    const teamTemplates = [Object.assign({}, team, changes)];
    const checks = templatePluginChecks(
      { ...plugin, contributes: { ...plugin.contributes, teamTemplates } },
      { runs: 10 },
    );
    expect(await failing(checks)).toEqual([rule]);
  });
});
