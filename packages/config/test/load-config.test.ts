import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../src/index.js';
import { alone, issuesOf, temporaryFolder } from './helpers.js';

describe('layers', () => {
  it('go from defaults over profile, user file, project file, .env, environment and code to flags', async () => {
    const folder = await temporaryFolder({
      '.config/mao/config.yaml':
        'agents: { turns: 2, parallelToolCalls: 2, delegationDepth: 2, taskTimeoutMs: 2 }\nmaxConcurrentAgents: 2\ntools: { concurrent: 2 }',
      'mao.config.yaml':
        'agents: { turns: 3, parallelToolCalls: 3, delegationDepth: 3, taskTimeoutMs: 3 }\nmaxConcurrentAgents: 3\nlogging: { level: debug }',
      '.env':
        'MAX_CONCURRENT_AGENTS=4\nMAO_AGENTS__TURNS=4\nMAO_AGENTS__PARALLEL_TOOL_CALLS=4\nMAO_AGENTS__DELEGATION_DEPTH=4',
    });
    const { config } = await loadConfig(
      alone(folder, {
        defaults: { engine: { address: 'sqlite:./a.db' }, server: { port: 1 }, tools: { concurrent: 1 } },
        env: {
          HOME: folder.path,
          MAO_PROFILE: 'testing',
          MAO_AGENTS__TURNS: '5',
          MAO_AGENTS__PARALLEL_TOOL_CALLS: '5',
          MAX_CONCURRENT_AGENTS: '5',
        },
        code: { agents: { turns: 6 }, maxConcurrentAgents: 6 },
        flags: { maxConcurrentAgents: '7' },
      }),
    );
    expect(config.maxConcurrentAgents).toBe(7);
    expect(config.agents).toMatchObject({ turns: 6, parallelToolCalls: 5, delegationDepth: 4, taskTimeoutMs: 3 });
    expect(config.tools.concurrent).toBe(2);
    expect(config.server.port).toBe(0); // of the testing profile, above the application's default
    expect(config.engine.address).toBe('sqlite:./a.db');
    expect(config.logging.level).toBe('debug');
    expect(config.breakers.openMs).toBe(60_000);
  });

  it('merge objects key by key and replace lists whole', async () => {
    const folder = await temporaryFolder({
      'mao.config.yaml': 'server: { allowedHosts: [a, b] }\nplugins: { x: { deep: { one: 1 }, list: [1, 2] } }',
    });
    const { config } = await loadConfig(
      alone(folder, { code: { server: { allowedHosts: ['c'] }, plugins: { x: { deep: { two: 2 }, list: [3] } } } }),
    );
    expect(config.server.allowedHosts).toEqual(['c']);
    expect(config.plugins['x']).toEqual({ deep: { one: 1, two: 2 }, list: [3] });
  });

  it('let an empty key in a file fall through to what is below', async () => {
    const folder = await temporaryFolder({ 'mao.config.yaml': 'agents:\nmodels:\n  openai:\nplugins:\n  x:\n' });
    const { config } = await loadConfig(alone(folder));
    expect(config.agents.turns).toBe(20);
    expect(config.plugins).toEqual({ x: {} });
  });

  it('leave the environment of the process alone', async () => {
    const folder = await temporaryFolder({ '.env': 'MAO_AGENTS__TURNS=9\nSOMETHING_ELSE=1' });
    await loadConfig(alone(folder));
    expect(process.env['MAO_AGENTS__TURNS']).toBeUndefined();
    expect(process.env['SOMETHING_ELSE']).toBeUndefined();
  });
});

describe('the search for a file', () => {
  it('goes upward from the starting folder and says what was found', async () => {
    const folder = await temporaryFolder({ 'mao.config.json': '{"agents":{"turns":8}}', 'a/b/c.txt': '' });
    const { config, files } = await loadConfig(alone(folder, { cwd: join(folder.path, 'a/b') }));
    expect(config.agents.turns).toBe(8);
    expect(files).toMatchObject({ project: join(folder.path, 'mao.config.json'), directory: folder.path });
    expect(files.searched).toEqual([join(folder.path, 'a/b'), join(folder.path, 'a'), folder.path]);
  });

  it('is happy with no file at all', async () => {
    const folder = await temporaryFolder();
    const { files } = await loadConfig(alone(folder));
    expect(files.project).toBeUndefined();
  });

  it('fails with the folders it looked in, where a file is required', async () => {
    const folder = await temporaryFolder();
    await expect(loadConfig(alone(folder, { isFileRequired: true }))).rejects.toMatchObject({
      code: 'CONFIG_NOT_FOUND',
      message: expect.stringContaining(folder.path) as string,
    });
  });

  it('fails with the path of a named file that is not there', async () => {
    const folder = await temporaryFolder();
    const missing = join(folder.path, 'other.yaml');
    await expect(loadConfig(alone(folder, { file: 'other.yaml' }))).rejects.toMatchObject({
      code: 'CONFIG_NOT_FOUND',
      message: expect.stringContaining(missing) as string,
    });
  });

  it('takes the file that MAO_CONFIG names', async () => {
    const folder = await temporaryFolder({
      'other.yaml': 'agents: { turns: 8 }',
      'mao.config.yaml': 'agents: { turns: 9 }',
    });
    const { config } = await loadConfig(alone(folder, { env: { HOME: folder.path, MAO_CONFIG: 'other.yaml' } }));
    expect(config.agents.turns).toBe(8);
  });

  it('refuses two files in one folder', async () => {
    const folder = await temporaryFolder({ 'mao.config.yaml': '', 'mao.config.json': '{}' });
    const issues = await issuesOf(alone(folder));
    expect(issues).toMatchObject([{ source: { file: join(folder.path, 'mao.config.json') } }]);
  });

  it('can be told to read no file of the project, the user or .env', async () => {
    const folder = await temporaryFolder({
      'mao.config.yaml': 'x: 1',
      '.env': 'MAO_NO=1',
      '.config/mao/config.yaml': 'y: 1',
    });
    await expect(loadConfig(alone(folder, { file: false, userFile: false, envFile: false }))).resolves.toBeDefined();
  });
});

describe('a bad file', () => {
  it('is told with line and column of every problem, unknown keys with the nearest known one', async () => {
    const folder = await temporaryFolder({
      'mao.config.yaml': [
        'agents:',
        '  trns: 4',
        '  turns: -1',
        'models:',
        '  openai:',
        '    api: soap',
        'server: { cors: { origins: [1] } }',
        'plugins:',
        '  weather: 3',
        'logging: loud',
      ].join('\n'),
    });
    const issues = await issuesOf(alone(folder));
    const told = issues.map(({ path, nearest, source }) => [path, nearest, source?.line, source?.column]);
    expect(told).toEqual([
      ['agents.trns', 'turns', 2, 3],
      ['agents.turns', undefined, 3, 10],
      ['models.openai.api', undefined, 6, 10],
      ['server.cors.origins[0]', undefined, 7, 29],
      ['plugins.weather', undefined, 9, 12],
      ['logging', undefined, 10, 10],
    ]);
  });

  it('is told beside the problems of the other sources', async () => {
    const folder = await temporaryFolder({
      'mao.config.yaml': 'agents: { turns: x }',
      '.env': 'MAO_SERVER__PRT=1',
    });
    const issues = await issuesOf(
      alone(folder, {
        env: { HOME: folder.path, LOG_LEVEL: 'loud' },
        code: { nope: 1 } as never,
        flags: { 'server.prt': 1 },
      }),
    );
    expect(issues.map(({ source }) => source?.kind)).toEqual(['project-file', 'dotenv', 'environment', 'code', 'flag']);
  });

  it.each([
    ['mao.config.yaml', 'a: [1,\nb: 2', 2],
    ['mao.config.yaml', 'agents: { turns: 1 }\nagents: { turns: 2 }', 2],
    ['mao.config.yaml', 'agents:\n\tturns: 3', 2],
    ['mao.config.json', '{\n "agents": {,}\n}', 2],
    ['mao.config.json', '{\n // note\n}', 2],
    ['mao.config.json', '{ "profile": "testing",\n "profile": "staging" }', 2],
    ['mao.config.json', 'profile: testing', 1],
    ['mao.config.yaml', 'profile: !!js/function "x"', 1],
  ])('with a fault of syntax in %s (%j) names line %i', async (file, text, line) => {
    const folder = await temporaryFolder({ [file]: text });
    const issues = await issuesOf(alone(folder));
    expect(issues[0]).toMatchObject({ path: '', source: { file: join(folder.path, file), line } });
  });

  it('that is no object is refused', async () => {
    const folder = await temporaryFolder({ 'mao.config.yaml': '- 1\n- 2' });
    expect(await issuesOf(alone(folder))).toMatchObject([{ path: '', expected: 'an object', source: { line: 1 } }]);
  });

  it('cannot blow up by aliases or size', async () => {
    const layers = Array.from(
      { length: 20 },
      (_, i) => `l${i + 1}: &l${i + 1} [*l${i}, *l${i}, *l${i}, *l${i}, *l${i}]`,
    );
    const bomb = await temporaryFolder({
      'mao.config.yaml': `plugins:\n  l0: &l0 [1]\n  ${layers.join('\n  ')}`,
    });
    expect((await issuesOf(alone(bomb)))[0]?.problem).toMatch(/alias/i);
    const large = await temporaryFolder({ 'mao.config.yaml': `# ${'x'.repeat(1_048_576)}` });
    expect((await issuesOf(alone(large)))[0]?.problem).toMatch(/too large/);
  });

  it('accepts a tab-indented JSON file with a $schema', async () => {
    const folder = await temporaryFolder({
      'mao.config.json': '{\n\t"$schema": "./node_modules/x.json",\n\t"agents": {\n\t\t"turns": 4\n\t}\n}',
    });
    expect((await loadConfig(alone(folder))).config.agents.turns).toBe(4);
  });

  it('may be empty', async () => {
    const folder = await temporaryFolder({ 'mao.config.yaml': '# nothing yet\n' });
    expect((await loadConfig(alone(folder))).config.agents.turns).toBe(20);
  });
});

describe('flags', () => {
  it('that name no setting are refused with the nearest one', async () => {
    const folder = await temporaryFolder();
    const issues = await issuesOf(alone(folder, { flags: { 'server.prot': '1', '__proto__.polluted': '1' } }));
    expect(issues.map(({ path, nearest }) => [path, nearest])).toEqual([
      ['server.prot', 'server.port'],
      ['__proto__.polluted', undefined],
    ]);
    expect({}).not.toHaveProperty('polluted');
  });
});
