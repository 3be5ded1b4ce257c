import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS, docsOf, GROUPS } from '../src/cli/commands.js';
import { EXIT_CODE_WORDS } from '../src/index.js';
import { commandReference } from '../src/documents/command-reference.js';
import { DOCUMENTS, documentsJsonSchema } from '../src/documents/documents.js';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';

const here = join(import.meta.dirname, '..');
const readme = readFileSync(join(here, 'README.md'), 'utf8');

describe('documentation', () => {
  it('has the reference of the commands in the README as the table of commands says', () => {
    expect(readme).toContain(`<!-- commands -->\n\n${commandReference()}\n\n<!-- commands-end -->`);
  });

  it('has a heading in the README for every docs link', () => {
    const anchors = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const spec of COMMANDS) expect(anchors).toContain(docsOf(spec).split('#')[1]);
    expect(anchors).toContain('commands');
  });

  it('publishes the schema of every JSON document, and its file is up to date', () => {
    const names = COMMANDS.map(({ path }) => path.join('-'));
    expect(Object.keys(DOCUMENTS).filter((name) => name !== 'error' && name !== 'event')).toEqual(names);
    expect(JSON.parse(readFileSync(join(here, 'schema.json'), 'utf8'))).toEqual(documentsJsonSchema());
  });
});

describe.each(COMMANDS.map((spec) => [spec.path.join(' '), spec] as const))('mao %s --help', (name, spec) => {
  it('has one line, two examples, flags, exit codes and a docs link', async () => {
    const { code, stdout, stderr } = await mao([...spec.path, '--help'], { cwd: folderWith() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: mao ${name}`);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(spec.summary);
    expect(spec.summary).not.toContain('\n');
    for (const example of spec.examples) {
      expect(stdout).toContain(`  ${example}\n`);
      expect(example.startsWith(`mao ${name}`)).toBe(true);
    }
    for (const { flags } of spec.options ?? []) expect(stdout).toContain(flags);
    for (const flags of ['--json', '--no-color', '--debug', '-C, --cwd <folder>', '--set <path=value>'])
      expect(stdout).toContain(flags);
    for (const exitCode of [0, 2, ...spec.exitCodes] as const)
      expect(stdout).toContain(`${exitCode} ${EXIT_CODE_WORDS[exitCode]}`);
    expect(stdout.trimEnd().endsWith(`Docs: ${docsOf(spec)}`)).toBe(true);
  });
});

describe('help', () => {
  it('lists every command and exit code on one page', async () => {
    const { code, stdout } = await mao(['--help'], { cwd: folderWith() });
    expect(code).toBe(0);
    for (const { path } of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${path[0] ?? ''}\\b`, 'm'));
    for (const [exitCode, words] of Object.entries(EXIT_CODE_WORDS)) expect(stdout).toContain(`${exitCode} ${words}`);
  });

  it('is what mao without a word prints', async () => {
    const cwd = folderWith();
    expect(await mao([], { cwd })).toMatchObject({ code: 0, stdout: (await mao(['--help'], { cwd })).stdout });
  });

  it.each(GROUPS.map(({ name }) => name))(
    'of the group %s names its commands and the one it stands for',
    async (name) => {
      const { code, stdout } = await mao([name, '--help'], { cwd: folderWith() });
      expect(code).toBe(0);
      const inner = COMMANDS.filter(({ path }) => path[0] === name);
      for (const { path } of inner) expect(stdout).toMatch(new RegExp(`^  ${path[1] ?? ''}\\b`, 'm'));
      const standard = inner.find(({ isDefault }) => isDefault);
      expect(stdout).toContain(`Without a command it is "mao ${standard?.path.join(' ') ?? ''}"`);
    },
  );

  it('takes flags of the command that a group stands for behind the name of the group', async () => {
    const cwd = folderWith();
    for (const [short, long] of [
      [
        ['tasks', '--all', '--limit', '3', '--json'],
        ['tasks', 'list', '--all', '--limit', '3', '--json'],
      ],
      [
        ['config', '--changed', '--sources'],
        ['config', 'show', '--changed', '--sources'],
      ],
      [
        ['--json', 'approvals', '--all'],
        ['approvals', 'list', '--all', '--json'],
      ],
    ] as const) {
      const { code, stdout } = await mao(long, { cwd });
      expect(await mao(short, { cwd })).toMatchObject({ code, stdout });
      expect(code).toBe(0);
    }
    const unknown = await mao(['tasks', '--al'], { cwd });
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('Did you mean --all? See "mao tasks list --help".');
  });

  it('prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as { version: string };
    expect(await mao(['--version'], { cwd: folderWith() })).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});
