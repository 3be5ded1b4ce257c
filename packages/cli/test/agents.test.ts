import { describe, expect, it } from 'vitest';
import { expectDocument } from './helpers/documents.js';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';

const SOUND = `description: Calculates.
instructions: You calculate what you are asked, with calculate_metrics, and answer briefly.
tools: [calculate_metrics]
budget: { costUsd: 1, allowUnpriced: true }
example: { task: 'What is the mean of [3, 4, 8]?' }
`;

interface Finding {
  readonly subject: string;
  readonly rule: string;
  readonly outcome: string;
  readonly found: string;
}

async function check(
  files: Readonly<Record<string, string>>,
  ...names: string[]
): Promise<{ code: number; findings: Finding[] }> {
  const ran = await mao(['agents', 'check', '--json', ...names], { cwd: folderWith(files) });
  expectDocument('agents-check', ran.json());
  return { code: ran.code, findings: ran.json()['findings'] as Finding[] };
}

describe('mao agents check', () => {
  it('validates schema, instructions, tools, budget and an example run', async () => {
    const { code, findings } = await check({ 'agents/a/agent.yaml': SOUND });
    expect(code).toBe(0);
    expect(findings.map(({ rule, outcome }) => `${rule} ${outcome}`)).toEqual([
      'file pass',
      'instructions pass',
      'budget pass',
      'creation pass',
      'tools pass',
      'run pass',
    ]);
  });

  it.each([
    [
      'a misspelt field',
      'instructons: x\n',
      'file',
      /agent\.yaml:1:1: instructons is not a field\. Did you mean "instructions"\?/,
    ],
    ['broken YAML', 'instructions: [\n', 'file', /agent\.yaml:2:1: cannot be read/],
    ['a wrong type', `${SOUND}limits: { turns: many }\n`, 'file', /agent\.yaml:6:11: limits\.turns/],
    ['no instructions', 'tools: []\n', 'file', /says nothing about what the agent is to do/],
    [
      'a field that has no effect',
      'template: data-analyst\nmodel: gpt-5\n',
      'file',
      /agent\.yaml:2:1: model has no effect/,
    ],
    ['a placeholder', SOUND.replace('You calculate', 'TBD you calculate'), 'instructions', /placeholder/],
    ['an unknown tool', SOUND.replace('[calculate_metrics]', '[calculate_metric]'), 'tools', /calculate_metric/],
    ['an unknown template', 'template: data-analist\n', 'creation', /data-analist/],
    [
      'parameters the template does not take',
      'template: data-analyst\nparameters: { focus: 7 }\n',
      'creation',
      /focus/,
    ],
    ['an unknown delegate', `${SOUND}delegates: [nobody]\n`, 'creation', /nobody/],
    ['itself as a delegate', `${SOUND}delegates: [a]\n`, 'creation', /circle: a -> a/],
    ['an output schema that is none', `${SOUND}output: { type: nonsense }\n`, 'file', /JSON Schema/],
  ])('finds %s, and where it is', async (_what, file, rule, found) => {
    const { code, findings } = await check({ 'agents/a/agent.yaml': file });
    expect(code).toBe(1);
    const failed = findings.filter(({ outcome }) => outcome === 'fail');
    expect(failed.map((finding) => finding.rule)).toContain(rule);
    expect(failed.map((finding) => finding.found).join('\n')).toMatch(found);
  });

  it('finds an example run in which a tool fails', async () => {
    const text = SOUND.replace("'What is the mean of [3, 4, 8]?'", "'Fetch http://127.0.0.1:9/x'").replace(
      '[calculate_metrics]',
      '[http_request]',
    );
    const { code, findings } = await check({ 'agents/a/agent.yaml': text });
    expect(code).toBe(1);
    expect(findings.at(-1)).toMatchObject({ rule: 'run', outcome: 'fail' });
  });

  it('warns of what is thin, and passes', async () => {
    const { code, findings } = await check({ 'agents/a/agent.yaml': 'instructions: Calculate.\n' });
    expect(code).toBe(0);
    expect(findings.filter(({ outcome }) => outcome === 'warn').map(({ rule }) => rule)).toEqual([
      'instructions',
      'budget',
    ]);
    expect(findings.at(-1)).toMatchObject({ rule: 'run', outcome: 'skip' });
  });

  it('checks what is named: an agent, a template of a plugin, a folder; without runs with --no-run', async () => {
    const files = { 'agents/a/agent.yaml': SOUND, 'agents/b/agent.yaml': SOUND, 'elsewhere/c/agent.yaml': SOUND };
    expect(new Set((await check(files, 'a')).findings.map(({ subject }) => subject))).toEqual(new Set(['a']));
    expect((await check(files, 'data-analyst')).findings.at(-1)).toMatchObject({
      subject: 'data-analyst',
      rule: 'run',
      outcome: 'pass',
    });
    expect((await check(files, './elsewhere/c', '--no-run')).findings.map(({ rule }) => rule)).not.toContain('run');
    const unknown = await mao(['agents', 'check', 'nobody'], { cwd: folderWith(files) });
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('nobody');
  });
});

describe('mao agents list', () => {
  it('lists agents of the project and of earlier runs, and warns of broken files', async () => {
    const cwd = folderWith({ 'agents/a/agent.yaml': SOUND, 'agents/b/agent.yaml': 'nam: x\n' });
    const ran = await mao(['agents', '--json'], { cwd });
    expectDocument('agents-list', ran.json());
    expect(ran.json()['agents']).toMatchObject([
      { name: 'a', from: 'project' },
      { name: 'b', problems: expect.arrayContaining([expect.stringContaining('nam is not a field')]) },
    ]);
    const { stdout, stderr } = await mao(['agents'], { cwd });
    expect(stdout).toMatch(/^a +project/m);
    expect(stderr).toContain('nam is not a field');
  });

  it('has those that a run made from a template', async () => {
    const cwd = folderWith();
    expect((await mao(['agents'], { cwd })).stderr).toContain('No agents yet.');
    await mao(['run', '--template', 'data-analyst', 'What is the mean of [3, 5]?'], { cwd });
    const ran = await mao(['agents', '--json'], { cwd });
    expectDocument('agents-list', ran.json());
    expect(ran.json()['agents']).toMatchObject([{ name: 'data-analyst', from: 'store', template: 'data-analyst' }]);
  });
});

describe('mao templates and mao tools', () => {
  it('list what there is, and show one with its parameters', async () => {
    const cwd = folderWith();
    for (const argv of [['templates'], ['templates', 'data-analyst']])
      expectDocument('templates', (await mao([...argv, '--json'], { cwd })).json());
    for (const argv of [['tools'], ['tools', 'http_request']])
      expectDocument('tools', (await mao([...argv, '--json'], { cwd })).json());
    const template = await mao(['templates', 'data-analysis'], { cwd });
    expect(template.stdout).toContain('mao run --team data-analysis --param');
    const tool = await mao(['tools', 'calculate_metrics'], { cwd });
    expect(tool.stdout).toMatch(/^ {2}data +list of .+ needed/m);
    expect(
      Math.max(
        ...tool.stdout
          .split('\n')
          .filter((line) => line.startsWith('  '))
          .map(({ length }) => length),
      ),
    ).toBeLessThan(200);
  });
});
