import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  namesOf,
  pluginFiles,
  PLUGIN_KINDS,
  runCreatePlugin,
  type PluginKind,
  type PluginNames,
} from '../src/index.js';

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'create-plugin-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function create(cwd: string, ...argv: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const out: string[] = [];
  const err: string[] = [];
  const io = {
    cwd,
    isInteractive: false,
    print: (line: string) => out.push(line),
    complain: (line: string) => err.push(line),
  };
  return { code: await runCreatePlugin(argv, io), out, err };
}

const root = join(import.meta.dirname, '../../..');

function versionOf(name: string): string {
  const short = name.replace('@master-orchestrator/', '');
  const group = existsSync(join(root, 'packages', short)) ? 'packages' : 'plugins';
  return JSON.parse(readFileSync(join(root, group, short, 'package.json'), 'utf8')).version as string;
}

/** What the catalog of the workspace says, without its range. */
function catalogVersion(name: string): string | undefined {
  const catalog = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8');
  return new RegExp(`^  '?${name}'?: \\^?(.+)$`, 'm').exec(catalog)?.[1]?.replaceAll("'", '');
}

describe('names', () => {
  it.each([
    ['weather', 'mao-plugin-weather', 'Weather', 'weather'],
    ['mao-plugin-sea-tides', 'mao-plugin-sea-tides', 'SeaTides', 'sea_tides'],
    ['@acme/weather', '@acme/mao-plugin-weather', 'Weather', 'weather'],
    ['@acme/mao-plugin-weather-2', '@acme/mao-plugin-weather-2', 'Weather2', 'weather_2'],
  ])('%s is the package %s', (given, packageName, pascal, snake) => {
    expect(namesOf(given)).toMatchObject({ packageName, pascal, snake });
  });

  it.each(['', 'Weather', '2fast', '-x', 'a--b', 'a b', '../x', 'mao-plugin-', '@/x', 'x'.repeat(80), 'a;b'])(
    '"%s" is none',
    (given) => expect(namesOf(given)).toBeUndefined(),
  );
});

describe.each(Object.keys(PLUGIN_KINDS) as PluginKind[])('a plugin of the kind %s', (kind) => {
  const names = namesOf('@acme/sea-tides') as PluginNames;

  it('has every file that a package needs, and no word left to be filled in', async () => {
    const files = await pluginFiles(kind, names);
    const wanted = [
      'package.json',
      'README.md',
      'LICENSE',
      '.gitignore',
      'tsconfig.json',
      'examples/use.mjs',
      '.github/workflows/ci.yml',
      'src/index.ts',
      'src/version.ts',
    ];
    expect([...files.keys()]).toEqual(expect.arrayContaining(wanted));
    for (const [path, text] of files) expect(`${path}\n${text}`.replaceAll(/\$\{\{[^}]*\}\}/g, '')).not.toContain('{{');
  });

  it('says to the host what it is, before any of its code runs', async () => {
    const manifest = JSON.parse((await pluginFiles(kind, names)).get('package.json') as string);
    expect(manifest).toMatchObject({ name: '@acme/mao-plugin-sea-tides', mao: { contract: 'v1' }, files: ['dist'] });
    expect(manifest.keywords).toContain('mao-plugin');
    expect(Object.keys(manifest.peerDependencies)).toEqual(
      expect.arrayContaining(['@master-orchestrator/contracts', '@master-orchestrator/errors']),
    );
    const [, factory] = manifest.mao.plugin.split('#');
    expect((await pluginFiles(kind, names)).get('src/index.ts')).toContain(factory);
    expect(JSON.stringify(manifest.scripts)).not.toContain('install');
    const [, schema] = (manifest.mao.options ?? '#').split('#');
    expect((await pluginFiles(kind, names)).get('src/index.ts')).toContain(schema);
  });

  it('asks for each of our packages in the version that package has, with contracts and errors as ranges', async () => {
    const manifest = JSON.parse((await pluginFiles(kind, names)).get('package.json') as string);
    const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies };
    const ours = Object.entries(all).filter(([name]) => name.startsWith('@master-orchestrator/'));
    expect(ours.length).toBeGreaterThanOrEqual(4);
    for (const [name, range] of ours) expect([name, range]).toEqual([name, `^${versionOf(name)}`]);
  });

  it('takes other packages in the versions that we use ourselves', async () => {
    const manifest = JSON.parse((await pluginFiles(kind, names)).get('package.json') as string);
    for (const [name, range] of Object.entries(manifest.devDependencies as Record<string, string>)) {
      if (name.startsWith('@master-orchestrator/') || name === '@types/node') continue;
      expect(range.replace('^', ''), name).toBe(catalogVersion(name));
    }
  });

  it('is tested on each change and published with provenance, without a token', async () => {
    const workflow = (await pluginFiles(kind, names)).get('.github/workflows/ci.yml');
    expect(workflow).toContain('npm test');
    expect(workflow).toContain('id-token: write');
    expect(workflow).toContain('npm publish --provenance');
    expect(workflow).not.toMatch(/NPM_TOKEN|NODE_AUTH_TOKEN/);
  });
});

it('writes the files, and says what to type next', async () => {
  const folder = newFolder();
  const { code, out } = await create(folder, 'tides', '--kind', 'tools', '--name', 'sea-tides');
  expect(code).toBe(0);
  expect(readdirSync(join(folder, 'tides', 'src')).toSorted()).toEqual([
    'index.ts',
    'sea-tides-tools-plugin.ts',
    'version.ts',
  ]);
  expect(out.slice(-3)).toEqual(['  cd tides', '  npm install', '  npm test']);
});

it('takes the name from the folder, and the folder from the name', async () => {
  const folder = newFolder();
  expect((await create(folder, 'tides', '--kind', 'template')).out[0]).toContain('mao-plugin-tides in tides');
  expect((await create(folder, '--kind', 'template', '--name', '@acme/waves')).out[0]).toContain(
    '@acme/mao-plugin-waves in mao-plugin-waves',
  );
});

it('writes nothing where a file would be replaced, unless told to', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'README.md'), 'mine');
  const refused = await create(folder, '.', '--kind', 'tools', '--name', 'tides');
  expect(refused.code).toBe(2);
  expect(refused.err).toEqual([expect.stringContaining('README.md')]);
  expect(readdirSync(folder)).toEqual(['README.md']);
  expect((await create(folder, '.', '--kind', 'tools', '--name', 'tides', '--overwrite')).code).toBe(0);
  expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain('mao-plugin-tides');
});

it.each([
  [[], '--kind'],
  [['--kind', 'sculpture'], 'Known: tools, template, recovery, model, engine'],
  [['--kind', 'tools'], '--name'],
  [['--kind', 'tools', '--name', 'No Name'], 'no name for a plugin'],
  [['--bogus'], '--help'],
  [['a', 'b', '--kind', 'tools'], 'One folder'],
])('ends with 2 and one line for %j', async (argv, words) => {
  const { code, out, err } = await create(newFolder(), ...argv);
  expect(code).toBe(2);
  expect(out).toEqual([]);
  expect(err).toHaveLength(1);
  expect(err[0]).toContain(words);
});

it('shows how it is used', async () => {
  const { code, out } = await create(newFolder(), '--help');
  expect(code).toBe(0);
  expect(out.join('\n')).toContain('npm create @master-orchestrator/plugin@latest');
});
