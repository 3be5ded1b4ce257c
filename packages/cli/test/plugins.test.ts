import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectDocument } from './helpers/documents.js';
import { folderWith } from './helpers/folder.js';
import { writePlugin, type PluginShape } from './helpers/plugin-folder.js';
import { mao } from './helpers/run-mao.js';

interface Listed {
  readonly plugins: readonly {
    readonly name: string;
    readonly from: string;
    readonly status: string;
    readonly error: { code: string; message: string } | null;
  }[];
}

describe('mao plugins list', () => {
  it('tells what each plugin adds and may do', async () => {
    const cwd = folderWith({ 'mao.config.yaml': 'plugins: { ./greet: {} }\n' });
    writePlugin(cwd, 'greet');
    const ran = await mao(['plugins', '--json'], { cwd });
    expect(ran.code).toBe(0);
    expectDocument('plugins-list', ran.json());
    expect(ran.json()['plugins']).toContainEqual(
      expect.objectContaining({
        name: 'mao-plugin-greet',
        version: '1.2.3',
        from: 'folder',
        status: 'ready',
        contributes: { tools: ['greet_person'] },
      }),
    );
    const { stdout } = await mao(['plugins'], { cwd });
    expect(stdout).toMatch(/^mao-plugin-greet {2}1\.2\.3 {2}ready {2}from the folder$/m);
    expect(stdout).toMatch(/^ {2}permissions +net$/m);
    expect((await mao(['tools', 'greet_person'], { cwd })).stdout).toContain('from mao-plugin-greet');
  });

  it('names each refused plugin with the reason, the others stay listed', async () => {
    const cwd = folderWith({
      'mao.config.yaml':
        'plugins: { ./twice: {}, ./missing: {}, "@master-orchestrator/tools-web": { timeoutMss: 1 } }\n',
    });
    writePlugin(cwd, 'twice', {
      manifest: { name: 'mao-plugin-twice' },
      plugin: { name: "'mao-plugin-twice'" },
      tool: { name: "'calculate_metrics'" },
    });
    const ran = await mao(['plugins', 'list', '--json'], { cwd });
    expect(ran.code).toBe(3);
    expectDocument('plugins-list', ran.json());
    const { plugins } = ran.json() as unknown as Listed;
    const refused = new Map(
      plugins.filter(({ status }) => status === 'refused').map(({ name, error }) => [name, error]),
    );
    expect([...refused.keys()].toSorted()).toEqual(['./missing', '@master-orchestrator/tools-web', 'mao-plugin-twice']);
    expect(refused.get('mao-plugin-twice')).toMatchObject({
      code: 'PLUGIN_CONTRIBUTION_DUPLICATE',
      message: expect.stringContaining('calculate_metrics'),
    });
    expect(refused.get('@master-orchestrator/tools-web')?.message).toContain('timeoutMss');
    expect(plugins.filter(({ status }) => status === 'ready').length).toBeGreaterThan(5);
  });

  it('leaves out what the configuration turns off', async () => {
    const cwd = folderWith({ 'mao.config.yaml': 'plugins: { "@master-orchestrator/tools-web": false }\n' });
    const { plugins } = (await mao(['plugins', '--json'], { cwd })).json() as unknown as Listed;
    expect(plugins.map(({ name }) => name)).not.toContain('@master-orchestrator/tools-web');
  });
});

const GREET_OPTIONS =
  "z.strictObject({ style: z.enum(['plain', 'warm']).default('plain').describe('How it greets.'), times: z.int().min(1).optional().describe('How often.') })";

describe('options of a plugin', () => {
  const config = (settings: string): Record<string, string> => ({
    'mao.config.yaml': `plugins:\n  ./greet: ${settings}\n`,
  });

  it('are checked before its factory is called', async () => {
    const cwd = folderWith(config('{ stile: warm, times: 0 }'));
    const thrown = { plugin: { version: "(() => { throw new Error('called'); })()" } };
    writePlugin(cwd, 'greet', { options: GREET_OPTIONS, ...thrown });
    const ran = await mao(['config', 'check', '--json'], { cwd });
    expect(ran.code).toBe(3);
    expectDocument('config-check', ran.json());
    const { problems } = ran.json() as unknown as { problems: { path: string; hint: string; line: number }[] };
    expect(problems.map(({ path, line }) => [path, line])).toEqual([
      ['plugins["./greet"].times', 2],
      ['plugins["./greet"].stile', 2],
    ]);
    expect(problems[1]?.hint).toBe('Did you mean "style"?');
    const { stderr } = await mao(['run', 'hello'], { cwd });
    expect(stderr).toContain('CONFIG_INVALID');
    expect(stderr).not.toContain('called');
  });

  it('are shown with defaults and values, and as JSON Schema', async () => {
    const cwd = folderWith(config('{ style: warm }'));
    writePlugin(cwd, 'greet', { options: GREET_OPTIONS });
    const ran = await mao(['plugins', 'show', 'mao-plugin-greet'], { cwd });
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/^ {2}style +one of plain, warm +plain +warm +How it greets\.$/m);
    const shown = await mao(['plugins', 'show', './greet', '--json'], { cwd });
    expectDocument('plugins-show', shown.json());
    expect(shown.json()).toMatchObject({
      name: 'mao-plugin-greet',
      status: 'ready',
      settings: { style: 'warm' },
      options: { properties: { style: { default: 'plain', enum: ['plain', 'warm'] } } },
    });
    expect((await mao(['plugins', 'list'], { cwd })).stdout).toMatch(/^ {2}options +style, times$/m);
  });

  it('of a plugin that comes with mao are shown before it is on', async () => {
    const shown = await mao(['plugins', 'show', '@master-orchestrator/tools-files', '--json'], { cwd: folderWith() });
    expect(shown.json()).toMatchObject({ status: 'available', options: { required: ['roots'] } });
  });

  it('are refused where the manifest names no schema', async () => {
    const cwd = folderWith(config('{}'));
    writePlugin(cwd, 'greet', { options: '7' });
    const { stderr } = await mao(['run', 'hello'], { cwd });
    expect(stderr).toContain('names the options schema "greetOptions"');
  });
});

describe('plugins among the dependencies', () => {
  /** A project that depends on some packages, each with a file that tells when its code is loaded. */
  function projectWith(config: string, packages: Readonly<Record<string, PluginShape['manifest']>>): string {
    const names = Object.keys(packages);
    const [first = '', ...others] = names;
    const manifest = {
      dependencies: { [first]: '*', 'not-installed': '*' },
      devDependencies: Object.fromEntries(others.map((name) => [name, '*'])),
    };
    const cwd = folderWith({ 'mao.config.yaml': config, 'package.json': JSON.stringify(manifest) });
    for (const [name, shape] of Object.entries(packages)) {
      writePlugin(cwd, `node_modules/${name}`, {
        manifest: { name, ...shape },
        source: `import { writeFileSync } from 'node:fs';
writeFileSync(${JSON.stringify(join(cwd, 'loaded-'))} + ${JSON.stringify(name.replaceAll('/', '-'))}, '');
export const greetPlugin = () => ({ specificationVersion: 'v1', name: '${name}', version: '1.2.3', contributes: {} });`,
      });
    }
    return cwd;
  }

  const asking = (...permissions: string[]): PluginShape['manifest'] => ({
    mao: { plugin: './index.js#greetPlugin', contract: 'v1', permissions },
  });
  const statuses = (ran: { json(): Record<string, unknown> }): Record<string, string> => {
    const { plugins } = ran.json() as unknown as Listed;
    return Object.fromEntries(
      plugins.filter(({ name }) => !name.startsWith('@master')).map(({ name, status }) => [name, status]),
    );
  };
  const codeLoaded = (cwd: string): string[] => readdirSync(cwd).filter((file) => file.startsWith('loaded-'));

  it('are listed as available, and no code of them is loaded', async () => {
    const cwd = projectWith('plugins: { mao-plugin-off: false }\n', {
      'mao-plugin-a': asking('net'),
      '@acme/mao-plugin-b': {},
      'mao-plugin-off': {},
      'no-keyword': { keywords: [] },
      'no-field': { mao: undefined },
      'mao-plugin-future': { mao: { plugin: './index.js#greetPlugin', contract: 'v9' } },
    });
    const ran = await mao(['plugins', 'list', '--json'], { cwd });
    expectDocument('plugins-list', ran.json());
    expect(statuses(ran)).toEqual({
      '@acme/mao-plugin-b': 'available',
      'mao-plugin-a': 'available',
      'mao-plugin-future': 'available',
    });
    expect(ran.code).toBe(0);
    expect(ran.json()['plugins']).toContainEqual(
      expect.objectContaining({ name: 'mao-plugin-a', version: '1.2.3', contract: 'v1', permissions: ['net'] }),
    );
    const { stderr } = await mao(['plugins'], { cwd });
    expect(stderr).toContain('mao plugins add @acme/mao-plugin-b');
    expect((await mao(['doctor', '--offline'], { cwd })).stdout).toContain('installed, and not on: @acme/mao-plugin-b');
    expect((await mao(['plugins', 'show', 'mao-plugin-a'], { cwd })).stdout).toContain(
      'mao-plugin-a  1.2.3  available',
    );
    expect(codeLoaded(cwd)).toEqual([]);
  });

  it('are turned on by one setting, but for one that asks for more than is allowed', async () => {
    const cwd = projectWith('discovery:\n  plugins: true\n  permissions: [net]\n', {
      'mao-plugin-a': asking('net'),
      'mao-plugin-b': asking('net', 'fs:write'),
    });
    const ran = await mao(['plugins', 'list', '--json'], { cwd });
    expect(ran.code).toBe(3);
    expect(statuses(ran)).toEqual({ 'mao-plugin-a': 'ready', 'mao-plugin-b': 'refused' });
    expect(codeLoaded(cwd)).toEqual(['loaded-mao-plugin-a']);
    const { stdout } = await mao(['config', 'check'], { cwd });
    expect(stdout).toMatch(
      /mao\.config\.yaml:3:\d+: discovery\.permissions does not hold fs:write, which the installed plugin "mao-plugin-b" asks for/,
    );
  });

  it('are turned on by name', async () => {
    const cwd = projectWith('# mine\n', { 'mao-plugin-a': {} });
    expect((await mao(['plugins', 'add', 'mao-plugin-a'], { cwd })).code).toBe(0);
    expect(statuses(await mao(['plugins', '--json'], { cwd }))).toEqual({ 'mao-plugin-a': 'ready' });
  });
});

describe('mao plugins check', () => {
  it('checks all of the configuration where no package is named', async () => {
    const cwd = folderWith({ 'mao.config.yaml': 'plugins: { ./greet: {}, ./missing: {} }\n' });
    writePlugin(cwd, 'greet');
    const ran = await mao(['plugins', 'check', '--skip', 'tool-fuzz', '--json'], { cwd });
    expect(ran.code).toBe(1);
    expectDocument('plugins-check', ran.json());
    const { plugins } = ran.json() as unknown as {
      plugins: { plugin: string; ok: boolean; error?: { code: string } }[];
    };
    expect(plugins.map(({ plugin, ok }) => [plugin, ok])).toEqual([
      ['mao-plugin-greet', true],
      ['./missing', false],
    ]);
    expect(plugins[1]?.error?.code).toBe('PLUGIN_INVALID');
    expect((await mao(['plugins', 'check'], { cwd: folderWith() })).stdout).toContain('names no plugin');
    expect((await mao(['plugins', 'check', '--settings', '{}'], { cwd })).code).toBe(2);
  });

  it('checks the settings it is given', async () => {
    const cwd = folderWith();
    writePlugin(cwd, 'greet', { options: GREET_OPTIONS });
    const ran = await mao(['plugins', 'check', './greet', '--settings', '{"style":"cold"}'], { cwd });
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('plugins.mao-plugin-greet.style is "cold"');
  });

  it('is content with a sound plugin', async () => {
    const cwd = folderWith();
    writePlugin(cwd, 'greet');
    const ran = await mao(['plugins', 'check', './greet'], { cwd });
    expect(ran.stdout).toMatch(/^ok {2}mao-plugin-greet: (\d+) of \1 checks passed/m);
    expect(ran.code).toBe(0);
  });

  const broken: readonly (readonly [rule: string, shape: PluginShape])[] = [
    ['mao-plugin-greet/plugin-shape', { plugin: { version: "'one'" } }],
    ['mao-plugin-greet/plugin-contributions', { plugin: { contributes: '{ tools: [greet], toolz: [] }' } }],
    [
      'mao-plugin-greet/plugin-permissions',
      {
        manifest: { mao: { plugin: './index.js#greetPlugin', contract: 'v1', permissions: ['network'] } },
        plugin: { permissions: "['network']" },
      },
    ],
    ['mao-plugin-greet/plugin-lifecycle', { plugin: { dispose: "async () => { throw new Error('not open'); }" } }],
    ['mao-plugin-greet/plugin-package', { manifest: { keywords: [] } }],
    [
      'mao-plugin-greet/plugin-peers',
      { manifest: { dependencies: { '@master-orchestrator/contracts': '^0.1.0' }, peerDependencies: {} } },
    ],
    ['mao-plugin-greet/plugin-scripts', { manifest: { scripts: { postinstall: 'node x.js' } } }],
    ['GreetPerson/tool-name', { tool: { name: "'GreetPerson'" } }],
    ['greet_person/tool-description', { tool: { description: "'Greets.'" } }],
    ['greet_person/tool-limits', { tool: { limits: '{ timeoutMs: 99_999_999 }' } }],
    ['greet_person/tool-schema', { tool: { inputSchema: 'z.object({ at: z.date() })', execute: 'async () => 1' } }],
  ];

  it.each(broken)(
    'names the broken rule %s, what was found, why it matters and how to mend it',
    async (rule, shape) => {
      const cwd = folderWith();
      writePlugin(cwd, 'greet', shape);
      const ran = await mao(['plugins', 'check', './greet', '--skip', 'tool-fuzz', '--json'], { cwd });
      expect(ran.code).toBe(1);
      expectDocument('plugins-check', ran.json());
      const checks = ran.json()['checks'] as {
        rule: string;
        subject: string;
        outcome: string;
        found?: string;
        why: string;
        fix: string;
      }[];
      const failed = checks.filter(({ outcome }) => outcome === 'fail');
      expect(failed.map((check) => `${check.subject}/${check.rule}`)).toContain(rule);
      for (const check of failed)
        expect(Math.min(check.found?.length ?? 0, check.why.length, check.fix.length)).toBeGreaterThan(5);
      const { stdout } = await mao(['plugins', 'check', './greet', '--skip', 'tool-fuzz'], { cwd });
      expect(stdout).toContain(`fail   ${rule}: `);
      expect(stdout).toMatch(/^ {7}found {2}.+\n {7}why {4}.+\n {7}mend {3}.+/m);
      expect(stdout).toMatch(/^not ok {2}/m);
    },
  );

  it.each([
    ['has no field "mao"', { manifest: { mao: undefined } }, 'PLUGIN_INVALID', 'its package.json has no "mao" field'],
    [
      'was made for another contract',
      { manifest: { mao: { plugin: './index.js#greetPlugin', contract: 'v2' } } },
      'PLUGIN_VERSION_UNSUPPORTED',
      'made for contract "v2"',
    ],
    [
      'names a factory that is not there',
      { manifest: { mao: { plugin: './index.js#gretPlugin', contract: 'v1' } } },
      'PLUGIN_INVALID',
      'does not export (it has: checked, greetPlugin)',
    ],
    [
      'throws as it is made',
      { source: "export const greetPlugin = () => { throw new TypeError('no luck'); };" },
      'PLUGIN_FAILED',
      'no luck',
    ],
    [
      'returns nothing',
      { source: 'export const greetPlugin = () => undefined;' },
      'PLUGIN_INVALID',
      'returned no plugin object',
    ],
    [
      'has another name than its package',
      { plugin: { name: "'other'" } },
      'PLUGIN_INVALID',
      'the name of the package was expected',
    ],
    [
      'asks for what it did not announce',
      { plugin: { permissions: "['net']" } },
      'PLUGIN_INVALID',
      'asks for net, which its package.json does not announce',
    ],
  ] as const)('refuses a plugin that %s', async (_what, shape, errorCode, words) => {
    const cwd = folderWith();
    writePlugin(cwd, 'greet', shape);
    const { code, stderr } = await mao(['plugins', 'check', './greet'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain(`${errorCode} (`);
    expect(stderr).toContain(words);
  });

  it('takes failures of a baseline as known, and tells when one is mended', async () => {
    const cwd = folderWith({ 'known.json': '["greet_person/tool-description"]' });
    writePlugin(cwd, 'greet', { tool: { description: "'Greets.'" } });
    const known = await mao(['plugins', 'check', './greet', '--baseline', 'known.json'], { cwd });
    expect(known.code).toBe(0);
    expect(known.stdout).toContain('known  greet_person/tool-description');
    writePlugin(cwd, 'sound');
    const mended = await mao(['plugins', 'check', './sound', '--baseline', 'known.json'], { cwd });
    expect(mended.code).toBe(1);
    expect(mended.stdout).toContain(
      'mended greet_person/tool-description: it passes now. Take it out of the baseline.',
    );
  });
});

describe('mao plugins add', () => {
  it('turns a plugin on and leaves comments and order alone', async () => {
    const before =
      '# mine\nserver:\n  port: 7001 # keep\nplugins:\n  # tools\n  "@master-orchestrator/tools-web": false\n';
    const cwd = folderWith({ 'mao.config.yaml': before });
    writePlugin(cwd, 'greet');
    const added = await mao(['plugins', 'add', './greet', '--json'], { cwd });
    expectDocument('plugins-add', added.json());
    expect(added.json()).toMatchObject({ plugin: 'mao-plugin-greet', changed: true });
    const text = readFileSync(join(cwd, 'mao.config.yaml'), 'utf8');
    expect(text.startsWith(before)).toBe(true);
    expect(text).toContain('./greet: {}');
    expect((await mao(['plugins', 'add', './greet', '--json'], { cwd })).json()).toMatchObject({ changed: false });
    const on = await mao(['plugins', 'add', '@master-orchestrator/tools-web', '--settings', '{"timeoutMs":5000}'], {
      cwd,
    });
    expect(on).toMatchObject({ code: 0 });
    expect(on.stdout).toContain('It may ask for: net');
    expect((await mao(['config', 'check'], { cwd })).code).toBe(0);
  });

  it('makes the file where there is none, and writes JSON into JSON', async () => {
    const cwd = folderWith();
    expect((await mao(['plugins', 'add', '@master-orchestrator/prices-openai'], { cwd })).code).toBe(0);
    expect(existsSync(join(cwd, 'mao.config.yaml'))).toBe(true);
    const other = folderWith({ 'mao.config.json': '{ "server": { "port": 7001 } }' });
    expect((await mao(['plugins', 'add', '@master-orchestrator/prices-openai'], { cwd: other })).code).toBe(0);
    expect(JSON.parse(readFileSync(join(other, 'mao.config.json'), 'utf8'))).toEqual({
      server: { port: 7001 },
      plugins: { '@master-orchestrator/prices-openai': {} },
    });
  });

  it('leaves the file as it was where the plugin does not take its settings', async () => {
    const cwd = folderWith({ 'mao.config.yaml': '# mine\n' });
    const { code, stderr } = await mao(
      ['plugins', 'add', '@master-orchestrator/tools-web', '--settings', '{"timeoutMss":1}'],
      { cwd },
    );
    expect(code).toBe(3);
    expect(stderr).toContain('timeoutMss');
    expect(readFileSync(join(cwd, 'mao.config.yaml'), 'utf8')).toBe('# mine\n');
  });

  it('installs the package first with --install, without its install scripts', async () => {
    const cwd = folderWith({ 'package.json': '{ "name": "app", "private": true }' });
    writePlugin(cwd, 'source', {
      manifest: { scripts: { postinstall: 'node -e "process.exit(1)"' }, peerDependencies: {} },
      source:
        "export const greetPlugin = () => ({ specificationVersion: 'v1', name: 'mao-plugin-greet', version: '1.2.3', contributes: {} });",
    });
    const env = { npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' };
    const { code, stdout, stderr } = await mao(['plugins', 'add', './source', '--install'], { cwd, env });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('mao-plugin-greet 1.2.3 is on, in mao.config.yaml');
    expect(JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'))).toHaveProperty('dependencies.mao-plugin-greet');
    expect((await mao(['plugins', '--json'], { cwd })).code).toBe(0);
  });

  it('says what is not installed, and how to install it', async () => {
    const { code, stderr } = await mao(['plugins', 'add', 'mao-plugin-nowhere'], { cwd: folderWith() });
    expect(code).toBe(3);
    expect(stderr).toContain('npm install mao-plugin-nowhere');
  });
});

describe('mao plugins wiring', () => {
  it('says of every part where it comes from', async () => {
    const ran = await mao(['plugins', 'wiring', '--json'], { cwd: folderWith() });
    expectDocument('plugins-wiring', ran.json());
    const tokens = (ran.json()['wiring'] as { token: string }[]).map(({ token }) => token);
    expect(tokens).toEqual(expect.arrayContaining(['errors.Clock', 'core.TaskEngine', 'tools.ToolRegistry']));
    const { stdout } = await mao(['plugins', 'wiring'], { cwd: folderWith() });
    expect(stdout).toMatch(/^TOKEN +FROM +REPLACED +USED$/m);
    expect(stdout).toMatch(/^errors\.Clock +core +no +yes$/m);
  });
});
