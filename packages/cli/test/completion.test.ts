import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/cli/commands.js';
import { COMPLETION_SCRIPTS, type Shell } from '../src/completion/scripts.js';
import { expectDocument } from './helpers/documents.js';
import { cleanEnvironment } from './helpers/environment.js';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';

const shells = Object.keys(COMPLETION_SCRIPTS) as Shell[];

async function complete(cwd: string, ...words: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await mao(['__complete', ...words], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.split('\n').filter((line) => line !== '');
}

describe('mao completion', () => {
  it.each(shells)('prints a script for %s', async (shell) => {
    const cwd = folderWith();
    const { code, stdout } = await mao(['completion', shell], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('mao __complete');
    expectDocument('completion', (await mao(['completion', shell, '--json'], { cwd })).json());
  });

  const readers = { bash: ['-n'], zsh: ['-n'], fish: ['--no-execute'] } as const;
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const isThere = spawnSync(shell, ['--version']).status === 0;
    it.skipIf(!isThere)(`is a script that ${shell} reads${isThere ? '' : `: ${shell} is not installed here`}`, () => {
      const file = join(folderWith(), `mao.${shell}`);
      writeFileSync(file, COMPLETION_SCRIPTS[shell]);
      const read = spawnSync(shell, [...readers[shell], file], { encoding: 'utf8' });
      expect(read).toMatchObject({ status: 0, stderr: '' });
    });
  }

  it('completes in bash itself', () => {
    const cwd = folderWith();
    const main = join(import.meta.dirname, '../dist/main.js');
    const script = `${COMPLETION_SCRIPTS.bash}
mao() { '${process.execPath}' '${main}' "$@"; }
COMP_WORDS=(mao tasks sh); COMP_CWORD=2; _mao_complete; echo "\${COMPREPLY[@]}"
COMP_WORDS=(mao ""); COMP_CWORD=1; _mao_complete; echo "\${COMPREPLY[@]}"`;
    const { stdout } = spawnSync('bash', ['-c', script], { cwd, encoding: 'utf8', env: cleanEnvironment() });
    const [first, second = ''] = stdout.split('\n');
    expect(first).toBe('show');
    expect(second.split(' ')).toContain('doctor');
  });
});

describe('what may come next', () => {
  it('is a command, and inside a group one of its own', async () => {
    const cwd = folderWith();
    const first = await complete(cwd, '');
    expect(first).toEqual([...new Set(COMMANDS.map(({ path }) => path[0])), 'help']);
    expect(await complete(cwd, 'ta')).toEqual(['tasks']);
    expect(await complete(cwd, 'tasks', '')).toEqual(['list', 'show', 'cancel', 'retry']);
    expect(await complete(cwd, 'tasks', ':empty')).toEqual(['list', 'show', 'cancel', 'retry']);
    expect(await complete(cwd, 'nonsense', '')).toEqual([]);
  });

  it('is a flag, and behind a flag its values', async () => {
    const cwd = folderWith();
    expect(await complete(cwd, 'run', '--bud')).toEqual(['--budget-usd', '--budget-tokens']);
    expect(await complete(cwd, 'run', '--')).toEqual(expect.arrayContaining(['--agent', '--json', '--help']));
    expect(await complete(cwd, 'config', 'show', '--profile', 'pro')).toEqual(['production']);
    expect(await complete(cwd, 'completion', '')).toEqual(['bash', 'zsh', 'fish', 'pwsh']);
    expect(await complete(cwd, 'run', '--file', '')).toEqual([':files']);
    expect(await complete(cwd, 'run', '--budget-usd', '')).toEqual([]);
  });

  it('is a name of the project: agents, templates, teams, tools, plugins', async () => {
    const cwd = folderWith({ 'agents/ann/agent.yaml': 'instructions: You do what you are asked.\n' });
    expect(await complete(cwd, 'run', '--agent', '')).toEqual(['ann']);
    expect(await complete(cwd, 'run', '--template', 'data-')).toEqual(['data-analyst', 'data-engineer']);
    expect(await complete(cwd, 'run', '--team', '')).toEqual(['data-analysis', 'development']);
    expect(await complete(cwd, 'tools', 'calc')).toEqual(['calculate_metrics']);
    expect(await complete(cwd, 'plugins', 'check', '@master-orchestrator/tools-w')).toEqual([
      '@master-orchestrator/tools-web',
    ]);
  });

  it('is the id of a task, also behind flags', async () => {
    const cwd = folderWith();
    expect(await complete(cwd, 'tasks', 'show', '')).toEqual(['last']);
    const ran = await mao(['run', '--json', 'What is the mean of [3, 5]?'], { cwd });
    const id = ran.json()['taskId'] as string;
    expect(await complete(cwd, 'tasks', 'show', '--full', '')).toEqual(['last', id]);
    expect(await complete(cwd, 'run', '--resume', 'task_')).toEqual([id]);
    expect(await complete(cwd, 'approvals', 'answer', '')).toEqual(['last']);
  });

  it('is nothing, quietly, where the configuration is broken', async () => {
    expect(await complete(folderWith({ 'mao.config.yaml': 'x: [' }), 'tasks', 'show', '')).toEqual([]);
  });
});
