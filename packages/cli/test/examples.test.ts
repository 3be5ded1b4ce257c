import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/cli/commands.js';
import { approvalProject, writes } from './helpers/approval-project.js';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';
import { startMao } from './helpers/spawn-mao.js';

/** Commands that stay until they are stopped; their examples are started for real. */
const STAYING = new Set(['serve', 'worker']);

/** The words of a command line, quotes taken off as a shell does. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)]
    .map(([, single, double, plain]) => single ?? double ?? plain ?? '')
    .slice(1);
}

const examples = COMMANDS.flatMap(({ path, examples: lines }) => lines.map((line) => ({ name: path.join(' '), line })));

describe('the examples of the help', () => {
  it('are two for each command', () => {
    expect(examples).toHaveLength(COMMANDS.length * 2);
  });

  it.each(
    examples.filter(({ name }) => !STAYING.has(name) && !/^(tasks (show|cancel|retry)|approvals answer)$/.test(name)),
  )('$line works in a new project', async ({ line }) => {
    const cwd = folderWith();
    await mao(['init'], { cwd });
    const { code, stderr } = await mao(wordsOf(line), { cwd });
    expect(stderr).not.toMatch(/^[A-Z_]+ \(/m);
    expect(code).toBe(0);
  });

  it.each(examples.filter(({ name }) => /^tasks (show|cancel|retry)$/.test(name)))(
    '$line works behind a task',
    async ({ name, line }) => {
      const cwd = folderWith();
      if (name === 'tasks show') await mao(['run', 'What is the mean of 3, 4 and 8?'], { cwd });
      else await mao(['run', '--detach', 'What is the mean of 3, 4 and 8?'], { cwd });
      if (name === 'tasks retry') await mao(['tasks', 'cancel', 'last'], { cwd });
      expect(await mao(wordsOf(line), { cwd })).toMatchObject({ code: 0 });
    },
  );

  it.each(examples.filter(({ name }) => name === 'approvals answer'))(
    '$line works while a tool call waits',
    async ({ line }) => {
      const { cwd, env } = await approvalProject([writes('a.txt', 'a')]);
      expect((await mao(['run', 'Write'], { cwd, env })).code).toBe(7);
      expect(await mao(wordsOf(line), { cwd, env })).toMatchObject({ code: 0 });
    },
  );

  it.each(examples.filter(({ name }) => STAYING.has(name)))('$line starts and can be stopped', async ({ line }) => {
    const words = wordsOf(line);
    const free = words[0] === 'serve' && !words.includes('--port') ? ['--set', 'server.port=0'] : [];
    const started = startMao([...words, ...free], { cwd: folderWith() });
    await started.until(/Ctrl-C/);
    started.child.kill('SIGTERM');
    expect((await started.ended).code).toBe(0);
  });
});
