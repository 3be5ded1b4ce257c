import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PLUGIN_KINDS } from '@master-orchestrator/create-plugin';
import { COMMANDS } from '../src/cli/commands.js';
import { PROJECT_TEMPLATES, type ProjectTemplate } from '../src/init/project-files.js';
import { expectDocument } from './helpers/documents.js';
import { cleanEnvironment } from './helpers/environment.js';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';
import { runMao } from './helpers/spawn-mao.js';

const root = join(import.meta.dirname, '..', '..', '..');
const templates = Object.keys(PROJECT_TEMPLATES) as ProjectTemplate[];

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

describe('mao init', () => {
  it('makes a project, names each file and at most three next commands', async () => {
    const cwd = folderWith();
    const { code, stdout } = await mao(['init', 'my-agents'], { cwd });
    expect(code).toBe(0);
    const files = filesIn(join(cwd, 'my-agents'));
    expect(files).toContain('agents/assistant/agent.yaml');
    for (const file of files) expect(stdout).toContain(`  ${file}\n`);
    const next = /Next:\n((?: {2}.+\n)+)/.exec(stdout)?.[1]?.trim().split('\n') ?? [];
    expect(next.length).toBeLessThanOrEqual(3);
    expect(next[0]).toBe('cd my-agents');
    expect(stdout).toContain('set OPENAI_API_KEY');
  });

  it('says the same as a document', async () => {
    const cwd = folderWith();
    const ran = await mao(['init', 'x', '--json', '--template', 'team', '--name', 'other'], { cwd });
    expectDocument('init', ran.json());
    expect(ran.json()).toMatchObject({ folder: join(cwd, 'x'), name: 'other', template: 'team' });
    expect((ran.json()['files'] as string[]).toSorted()).toEqual(filesIn(join(cwd, 'x')));
  });

  it('uses the current folder where none is named and nobody can be asked', async () => {
    const cwd = folderWith();
    expect((await mao(['init'], { cwd })).code).toBe(0);
    expect(existsSync(join(cwd, 'mao.config.yaml'))).toBe(true);
  });

  it('lists the files that clash, writes nothing, and replaces them with --overwrite', async () => {
    const cwd = folderWith({ 'p/package.json': 'mine', 'p/README.md': 'mine', 'p/other.txt': 'mine' });
    const refused = await mao(['init', 'p'], { cwd });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('already has package.json, README.md.');
    expect(refused.stderr).toContain('--overwrite');
    expect(filesIn(join(cwd, 'p'))).toEqual(['README.md', 'other.txt', 'package.json']);
    expect((await mao(['init', 'p', '--overwrite'], { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, 'p/package.json'), 'utf8')).not.toBe('mine');
    expect(readFileSync(join(cwd, 'p/other.txt'), 'utf8')).toBe('mine');
  });

  it.each([
    [['init', 'p/file'], /is there already and is no folder/],
    [['init', 'x', '--name', 'Not A Name'], /--name my-agents/],
  ])('refuses %j', async (argv, message) => {
    const { code, stderr } = await mao(argv, { cwd: folderWith({ 'p/file': 'x' }) });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('points editors to the schema of the configuration in node_modules', async () => {
    const cwd = folderWith();
    await mao(['init'], { cwd });
    const [, path = ''] = /\$schema=(\S+)/.exec(readFileSync(join(cwd, 'mao.config.yaml'), 'utf8')) ?? [];
    expect(path).toBe('./node_modules/@master-orchestrator/config/schema.json');
    expect(existsSync(join(root, 'packages/config/schema.json'))).toBe(true);
  });
});

describe.each(templates.filter((template) => template !== 'program'))('a project of the template %s', (template) => {
  it('has a valid configuration, sound agents and an answer without a key', async () => {
    const cwd = folderWith();
    expect((await mao(['init', '--template', template], { cwd })).code).toBe(0);
    expect(await mao(['config', 'check'], { cwd })).toMatchObject({ code: 0 });
    const checked = await mao(['agents', 'check', '--json'], { cwd });
    expect(checked.json()).toMatchObject({ ok: true });
    expect(checked.stdout).not.toContain('"outcome":"skip"');
    const ran = await mao(['run', '--json', 'Analyze the dataset [12, 15, 11, 30, 14] and say what stands out.'], {
      cwd,
    });
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.json()['text']).toContain('16.4');
  });
});

describe('a project of the template program', () => {
  it('compiles in strict mode, passes its own test and runs', async () => {
    const cwd = folderWith();
    expect((await mao(['init', '--template', 'program'], { cwd })).code).toBe(0);
    linkPackages(cwd);
    const run = (command: string, ...args: string[]) =>
      spawnSync(command, args, { cwd, encoding: 'utf8', env: cleanEnvironment(), timeout: 100_000 });
    const compiled = run('tsc');
    expect(compiled.stdout + compiled.stderr).toBe('');
    const tested = run(process.execPath, '--test', 'dist/test/team.test.js');
    expect(tested).toMatchObject({ status: 0 });
    expect(tested.stdout).toMatch(/pass 1\b/);
    const started = run(process.execPath, 'dist/src/main.js');
    expect(started).toMatchObject({ status: 0 });
    expect(started.stdout).toContain('Set OPENAI_API_KEY for a real one.');
    expect(started.stdout).toContain('16.4');
  }, 120_000);
});

describe('the scripts of a generated project', () => {
  it.each(['assistant', 'team'] as const)('start the built command from the template %s', async (template) => {
    const cwd = folderWith();
    await mao(['init', '--template', template], { cwd });
    const { scripts } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')) as { scripts: { start: string } };
    const [, task = ''] = /^mao run "(.*)"$/.exec(scripts.start) ?? [];
    const ended = await runMao(['run', task], { cwd });
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toContain('16.4');
    expect(ended.stderr).toContain('For a real one set OPENAI_API_KEY');
  });
});

/** What `npm install` would put there: the packages of this workspace, built. */
function linkPackages(cwd: string): void {
  const { dependencies } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  mkdirSync(join(cwd, 'node_modules/@master-orchestrator'), { recursive: true });
  symlinkSync(join(root, 'node_modules/@types'), join(cwd, 'node_modules/@types'));
  for (const name of Object.keys(dependencies))
    symlinkSync(join(root, 'packages/cli/node_modules', name), join(cwd, 'node_modules', name));
  writeFileSync(join(cwd, '.npmrc'), '');
}

describe('mao init --plugin', () => {
  it.each(Object.keys(PLUGIN_KINDS))('makes a plugin package of the kind %s', async (kind) => {
    const cwd = folderWith();
    const ran = await mao(['init', '--plugin', kind, '--name', '@acme/tides', '--json'], { cwd });
    expect(ran.code).toBe(0);
    expectDocument('init', ran.json());
    const folder = join(cwd, 'mao-plugin-tides');
    expect(ran.json()).toMatchObject({ folder, name: '@acme/mao-plugin-tides', template: `plugin:${kind}` });
    expect((ran.json()['files'] as string[]).toSorted()).toEqual(filesIn(folder));
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ name: '@acme/mao-plugin-tides', mao: { contract: 'v1' } });
    expect(manifest.keywords).toContain('mao-plugin');
  });

  it('offers the kinds that there are', () => {
    const init = COMMANDS.find(({ path }) => path[0] === 'init');
    const { choices } = init?.options?.find(({ flags }) => flags.startsWith('--plugin')) ?? {};
    expect(choices).toEqual(Object.keys(PLUGIN_KINDS));
  });

  it('takes the name from the folder, says what to type next, and replaces nothing', async () => {
    const cwd = folderWith();
    const made = await mao(['init', 'tides', '--plugin', 'tools'], { cwd });
    expect(made.stdout).toContain('Made the plugin mao-plugin-tides in tides of the kind "tools":');
    expect(made.stdout).toContain('Next:\n  cd tides\n  npm install\n  npm test\n');
    const again = await mao(['init', 'tides', '--plugin', 'tools'], { cwd });
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('Nothing was written');
  });

  it.each([
    [['--plugin', 'sculpture'], 'tools, template, recovery, model, engine'],
    [['--plugin', 'tools'], '--name weather'],
    [['--plugin', 'tools', '--name', 'No Name'], 'no name for a plugin'],
    [['--plugin', 'tools', '--template', 'team'], 'exclude each other'],
  ])('ends with 2 and writes nothing for %j', async (argv, words) => {
    const cwd = folderWith();
    const { code, stderr } = await mao(['init', ...argv], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(words);
    expect(filesIn(cwd)).toEqual([]);
  });
});

it('asks for each of our packages in the version that package has', async () => {
  const cwd = folderWith();
  await mao(['init', '--template', 'program'], { cwd });
  const { dependencies } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'));
  for (const [name, range] of Object.entries(dependencies as Record<string, string>)) {
    const short = name.replace('@master-orchestrator/', '');
    if (short === name) continue;
    const file =
      ['packages', 'plugins'].map((group) => join(root, group, short, 'package.json')).find(existsSync) ?? '';
    expect([name, range]).toEqual([name, `^${JSON.parse(readFileSync(file, 'utf8')).version}`]);
  }
});
