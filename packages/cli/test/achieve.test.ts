import { describe, expect, it } from 'vitest';
import { expectDocument } from './helpers/documents.js';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';
import { startMaoOnTerminal } from './helpers/spawn-mao.js';

const GOAL = 'Analyze the dataset [2, 4, 6] and write a report about it';

describe('mao achieve', () => {
  it('plans, delegates and answers; tells of each task of the plan', async () => {
    const { code, stdout, stderr } = await mao(['achieve', '--memory', GOAL], { cwd: folderWith() });
    expect(code).toBe(0);
    expect(stdout).toContain('mean 4');
    expect(stderr).toMatch(/^plan {2}t1 {2}completed {2}Analyze the dataset/m);
    expect(stderr).toMatch(/^plan {2}t2 {2}completed {2}Write a report/m);
    expect(stderr).toMatch(/^Report: .+\.md$/m);
    expect(stderr).toMatch(/^goal_\S+ completed: 2 of 2 tasks, [\d.]+ m?s, \d+ \+ \d+ tokens/m);
  });

  it('gives one document, after the events where they are asked for', async () => {
    const ran = await mao(['achieve', '--memory', '--json', '--events', GOAL], { cwd: folderWith() });
    const documents = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expectDocument('achieve', documents.pop());
    for (const event of documents) expectDocument('event', event);
    expect(documents.length).toBeGreaterThan(10);
    expect(ran.stderr).toBe('');
  });

  it('works with a team, with a bound of tasks and of money', async () => {
    const argv = ['achieve', '--memory', '--team', 'data-analysis', '--max-tasks', '4', '--budget-usd', '1', GOAL];
    expect((await mao(argv, { cwd: folderWith() })).code).toBe(0);
    const poor = await mao(['achieve', '--memory', '--budget-tokens', '5', GOAL], { cwd: folderWith() });
    expect(poor.code).toBe(1);
    expect(poor.stderr).toContain('BUDGET_LIMIT');
  });

  it('shows the plan and runs nothing of it without a yes', async () => {
    const started = startMaoOnTerminal(['achieve', '--memory', '--ask', GOAL], { cwd: folderWith() });
    await started.until(/Run it\?/);
    expect(started.stdout).toContain('The plan has 2 tasks:');
    started.child.stdin.write('n');
    const { code, stdout } = await started.ended;
    expect(code).toBe(1);
    expect(stdout).not.toContain('data-analyst starts');
  });
});
