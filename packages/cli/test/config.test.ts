import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectDocument } from './helpers/documents.js';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';

const BROKEN = `profile: developmnt
maxConcurentAgents: 4
server:
  port: 99999
budgets:
  costUsd: lots
`;

interface Setting {
  readonly path: string;
  readonly value: unknown;
  readonly origin: string;
}

async function settings(
  argv: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Map<string, Setting>> {
  const ran = await mao(['config', 'show', '--json', ...argv], { cwd, env });
  expect(ran.code).toBe(0);
  expectDocument('config-show', ran.json());
  return new Map((ran.json()['settings'] as Setting[]).map((setting) => [setting.path, setting]));
}

describe('a broken configuration', () => {
  it.each([['run', 'hi'], ['serve'], ['tasks'], ['plugins'], ['config', 'show'], ['config', 'check']])(
    'is told whole by mao %s %s: file, line, column, path, value, what is expected, near miss',
    async (...argv) => {
      const cwd = folderWith({ 'mao.config.yaml': BROKEN });
      const { code, stdout, stderr } = await mao(argv, { cwd });
      expect(code).toBe(3);
      const told = stdout + stderr;
      const file = join(cwd, 'mao.config.yaml');
      expect(told).toContain(
        `${file}:1:10: profile is "developmnt", which is not allowed. Make it one of development,`,
      );
      expect(told).toContain(`${file}:2:1: maxConcurentAgents is not a setting. Did you mean "maxConcurrentAgents"?`);
      expect(told).toContain(
        `${file}:4:9: server.port is 99999, which is not allowed. Make it a whole number from 0 to 65535.`,
      );
      expect(told).toContain(`${file}:6:12: budgets.costUsd is "lots"`);
    },
  );

  it('is a list of problems with --json', async () => {
    const ran = await mao(['config', 'check', '--json'], { cwd: folderWith({ 'mao.config.yaml': BROKEN }) });
    expect(ran.code).toBe(3);
    expectDocument('config-check', ran.json());
    expect(ran.json()['problems']).toHaveLength(4);
    expect(ran.json()['problems']).toContainEqual(expect.objectContaining({ path: 'server.port', line: 4, column: 9 }));
  });

  it('says where a file that was named was looked for', async () => {
    const cwd = folderWith();
    const { code, stderr } = await mao(['config', 'check', '--config', 'nope.yaml'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain(join(cwd, 'nope.yaml'));
  });
});

describe('mao config check', () => {
  it('tells problems of plugins, of agents and of settings that clash, all at once', async () => {
    const cwd = folderWith({
      'mao.config.yaml': `server: { host: 0.0.0.0 }
plugins:
  '@master-orchestrator/tools-wbe': {}
  '@master-orchestrator/tools-web': { timeoutMss: 4 }
`,
      'agents/a/agent.yaml': 'nam: x\ninstructions: You do what you are asked.\n',
    });
    const { code, stdout } = await mao(['config', 'check'], { cwd });
    expect(code).toBe(3);
    expect(stdout).toContain('plugins["@master-orchestrator/tools-web"]');
    expect(stdout).toMatch(/mao\.config\.yaml:4:\d+: .*\.timeoutMss is not a setting\. Did you mean "timeoutMs"\?/);
    expect(stdout).toContain('Did you mean "@master-orchestrator/tools-web"?');
    expect(stdout).toContain('server.host is "0.0.0.0"');
    expect(stdout).toContain('agent.yaml:1:1: nam is not a field. Did you mean "name"?');
  });

  it('goes on to plugins and agents where settings are wrong, and tells nothing that is only missing for it', async () => {
    const cwd = folderWith({
      'mao.config.yaml': `${BROKEN}models: { openai: { apiKey: 7 } }
plugins:
  '@master-orchestrator/tools-web': { timeoutMss: 4 }
  '@master-orchestrator/tools-wbe': {}
`,
      'agents/a/agent.yaml': 'nam: x\ninstructions: You do what you are asked.\n',
    });
    const ran = await mao(['config', 'check', '--json'], { cwd });
    expect(ran.code).toBe(3);
    const problems = ran.json()['problems'] as { readonly path: string; readonly line: number | null }[];
    expect(problems.map(({ path }) => path).toSorted()).toEqual([
      'budgets.costUsd',
      'maxConcurentAgents',
      'models.openai.apiKey',
      'nam',
      'plugins["@master-orchestrator/tools-wbe"]',
      'plugins["@master-orchestrator/tools-web"].timeoutMss',
      'profile',
      'server.port',
    ]);
  });

  it('goes on where a whole file cannot be read', async () => {
    const cwd = folderWith({
      'mao.config.yaml': 'server: { port: 1\n',
      'agents/a/agent.yaml': 'nam: x\ninstructions: You do what you are asked.\n',
    });
    const { code, stdout } = await mao(['config', 'check'], { cwd });
    expect(code).toBe(3);
    expect(stdout).toContain('mao.config.yaml:');
    expect(stdout).toContain('agent.yaml:1:1: nam is not a field.');
  });

  it('is content with no file at all', async () => {
    const { code, stdout } = await mao(['config', 'check'], { cwd: folderWith() });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'ok  no configuration file; the defaults are in force\n' });
  });
});

describe('mao config show', () => {
  it('finds the file upward and says of each value where it came from', async () => {
    const cwd = folderWith({ 'mao.config.yaml': 'server:\n  port: 7001\n', '.env': 'MAX_CONCURRENT_AGENTS=3\n' });
    const inner = join(cwd, 'a/b');
    mkdirSync(inner, { recursive: true });
    const shown = await settings(['--set', 'logging.level=warn'], inner, { DEFAULT_MODEL: 'gpt-x' });
    expect(shown.get('server.port')).toMatchObject({ value: 7001, origin: `${join(cwd, 'mao.config.yaml')}:2:9` });
    expect(shown.get('maxConcurrentAgents')).toMatchObject({ value: 3, origin: expect.stringContaining('.env') });
    expect(shown.get('models.default')).toMatchObject({
      value: 'gpt-x',
      origin: expect.stringContaining('DEFAULT_MODEL'),
    });
    expect(shown.get('logging.level')).toMatchObject({ value: 'warn', origin: expect.stringContaining('flag') });
    expect(shown.get('server.host')).toMatchObject({ value: '127.0.0.1', origin: 'default' });
  });

  it('lets defaults yield to the profile, the user file, the project file, .env, the environment and flags, in this order', async () => {
    const cwd = folderWith({
      'home/mao/config.yaml': 'logging: { level: error }\nbudgets: { tokens: 11 }\n',
      'project/mao.config.yaml': 'logging: { level: warn }\n',
    });
    const env = { XDG_CONFIG_HOME: join(cwd, 'home') };
    const project = join(cwd, 'project');
    const shown = await settings(['--profile', 'production'], project, env);
    expect(shown.get('logging.format')).toMatchObject({ value: 'json', origin: expect.stringContaining('production') });
    expect(shown.get('budgets.tokens')).toMatchObject({ value: 11, origin: expect.stringContaining('config.yaml') });
    expect(shown.get('logging.level')?.value).toBe('warn');
    const nearer = await settings(['--set', 'logging.level=debug'], project, { ...env, LOG_LEVEL: 'trace' });
    expect(nearer.get('logging.level')?.value).toBe('debug');
  });

  it('masks secrets', async () => {
    const env = { OPENAI_API_KEY: 'sk-proj-abcdefghijklmnopqrstuvwx9876' };
    const { stdout } = await mao(['config', 'show', '--json'], { cwd: folderWith(), env });
    expect(stdout).not.toContain('x9876');
    expect(stdout).toContain('9876');
  });

  it('prints no secret, wherever it was written, with any flag, nor in any problem', async () => {
    const secrets = ['variable', 'dotenv', 'file', 'literal', 'plugin', 'address', 'parameter', 'flag'].map(
      (place) => `${place}-0f1e2d3c4b5a69788796a5b4`,
    );
    const [variable, dotenv, file, literal, plugin, address, parameter, flag] = secrets as [string, ...string[]];
    const sections = [
      `models: { openai: { apiKey: 'env:MY_KEY', baseUrl: 'https://me:${address}@h.example/v1?api_key=${parameter}' } }`,
      `plugins: { '@acme/a': { token: { $secret: 'file:./key' }, other: { $secret: 'env:FROM_DOTENV' }, password: '${plugin}' } }`,
    ];
    const cwd = folderWith({
      'mao.config.yaml': [...sections, `server: { auth: { adminKey: '${literal}' } }`].join('\n'),
      '.env': `FROM_DOTENV=${dotenv}\n`,
      key: `${file}\n`,
    });
    const env = { MY_KEY: variable };
    const shown: string[] = [];
    for (const argv of [[], ['--sources'], ['--json'], ['--changed', '--sources'], ['plugins'], ['--debug']]) {
      const ran = await mao(['config', 'show', ...argv], { cwd, env });
      expect(ran.code).toBe(0);
      shown.push(ran.stdout, ran.stderr);
    }
    const broken = [
      ...sections,
      `server: { port: x, auth: { adminKeyy: '${literal}', adminKey: ['${literal}'] } }`,
      `apiKey: '${literal}'`,
    ];
    const bad = folderWith({
      'mao.config.yaml': broken.join('\n'),
      '.env': `FROM_DOTENV=${dotenv}\n`,
      key: `${file}\n`,
    });
    for (const command of [
      ['config', 'check'],
      ['config', 'show'],
      ['config', 'check', '--json'],
      ['serve', '--debug'],
      ['doctor'],
    ]) {
      const ran = await mao([...command, '--set', `server.auth.adminKey=${flag}`], { cwd: bad, env });
      expect(ran.code).toBeGreaterThan(0);
      shown.push(ran.stdout, ran.stderr);
    }
    const told = shown.join('\n');
    expect(told).toContain('****');
    for (const secret of secrets) expect(told, secret).not.toContain(secret.slice(0, -4));
  });

  it('shows one part, and with --changed what is not a default', async () => {
    const cwd = folderWith({ 'mao.config.yaml': 'server:\n  port: 7001\n' });
    expect([...(await settings(['server.auth'], cwd)).keys()].every((path) => path.startsWith('server.auth.'))).toBe(
      true,
    );
    const changed = await settings(['--changed'], cwd);
    expect([...changed.keys()]).toContain('server.port');
    expect([...changed.keys()]).not.toContain('server.host');
    const table = await mao(['config', 'show', '--changed', '--sources'], { cwd });
    expect(table.stdout).toMatch(/^SETTING +VALUE +FROM$/m);
    expect(table.stdout).toMatch(/^server\.port +7001 +.+mao\.config\.yaml:2:9$/m);
  });

  it('ships the schema that the parser is made of', () => {
    const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../config/schema.json'), 'utf8')) as {
      properties: object;
    };
    expect(Object.keys(schema.properties)).toContain('maxConcurrentAgents');
  });
});
