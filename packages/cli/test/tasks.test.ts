import { startOpenAIServer } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { expectDocument } from './helpers/documents.js';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';

const TEAM = {
  'agents/assistant/agent.yaml': 'instructions: You hand numbers to the analyst.\ndelegates: [analyst]\n',
  'agents/analyst/agent.yaml': 'instructions: You calculate what you are asked.\ntools: [calculate_metrics]\n',
};

async function ids(cwd: string, ...argv: string[]): Promise<string[]> {
  const ran = await mao(['tasks', 'list', '--json', ...argv], { cwd });
  expectDocument('tasks-list', ran.json());
  return (ran.json()['tasks'] as { id: string }[]).map(({ id }) => id);
}

describe('mao tasks list', () => {
  it('lists the newest first, by status, agent and number', async () => {
    const cwd = folderWith();
    for (const n of [1, 2, 3]) await mao(['run', `What is the mean of [${n}, 5]?`], { cwd });
    await mao(['run', '--budget-tokens', '10', 'too dear'], { cwd });
    const all = await ids(cwd);
    expect(all).toHaveLength(4);
    expect(await ids(cwd, '--status', 'failed')).toEqual(all.slice(0, 1));
    expect(await ids(cwd, '--limit', '2')).toEqual(all.slice(0, 2));
    expect(await ids(cwd, '--agent', 'nobody')).toEqual([]);
    const { stdout } = await mao(['tasks'], { cwd });
    expect(stdout).toMatch(/^ID +STATUS +AGENT +CREATED +TOOK +TOKENS +COST +TASK$/m);
    expect(stdout).toContain('BUDGET_LIMIT: too dear');
  });

  it('makes no store by looking', async () => {
    const cwd = folderWith();
    expect(await mao(['tasks'], { cwd })).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'No tasks. "mao run" makes one.\n',
    });
    expect(await ids(cwd)).toEqual([]);
  });
});

describe('mao tasks show', () => {
  it('shows the steps as a tree with times, tokens, cost and results', async () => {
    const cwd = folderWith();
    await mao(['run', 'What is the mean of [3, 4, 8]?'], { cwd });
    const { code, stdout } = await mao(['tasks', 'show', 'last'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^task_\w+ {2}completed$/m);
    expect(stdout).toMatch(
      /^├─ model {2}offline:rules {2}[\d.]+ m?s {2}\d+ \+ \d+ tokens \(estimated\) {2}\$0\.0000$/m,
    );
    expect(stdout).toMatch(/^├─ tool {3}calculate_metrics {2}[\d.]+ m?s$/m);
    expect(stdout).toContain('│  in   {"data":[3,4,8]}');
    expect(stdout).toMatch(/^└─ model/m);
  });

  it('has the tasks that agents gave to other agents below their step, and whole texts with --full', async () => {
    await using server = await startOpenAIServer({
      script: [
        { toolCalls: [{ name: 'delegate_to_analyst', arguments: { task: 'mean of [3, 4, 8]' } }] },
        { toolCalls: [{ name: 'calculate_metrics', arguments: { data: [3, 4, 8] } }] },
        { text: 'The mean is 5.' },
        { text: 'It is 5, says the analyst.' },
      ],
    });
    const cwd = folderWith(TEAM);
    const env = { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: server.url, DEFAULT_MODEL: 'gpt-loopback' };
    const ran = await mao(['run', 'What is the mean?'], { cwd, env });
    expect(ran).toMatchObject({ code: 0, stdout: 'It is 5, says the analyst.\n' });
    expect(ran.stderr).toContain('assistant  hands work to analyst');
    expect(ran.stderr).toContain('  analyst  tool   calculate_metrics');
    const { stdout } = await mao(['tasks', 'show', 'last'], { cwd });
    expect(stdout).toMatch(/^├─ agent {2}analyst/m);
    expect(stdout).toMatch(/^│ {2}├─ tool {3}calculate_metrics/m);
    const full = await mao(['tasks', 'show', 'last', '--full', '--json'], { cwd });
    expectDocument('tasks-show', full.json());
    expect(full.json()).toMatchObject({ children: [{ agent: 'analyst', text: 'The mean is 5.' }] });
    const short = await mao(['tasks', 'show', 'last', '--json'], { cwd });
    expectDocument('tasks-show', short.json());
    const [task] = await ids(cwd);
    expect(await ids(cwd, '--all')).toHaveLength(2);
    expect((await mao(['tasks', 'show', (task ?? '').slice(0, 12), '--json'], { cwd })).json()).toMatchObject({
      id: task,
    });
  });

  it('tells what was tried of a task that failed', async () => {
    const cwd = folderWith();
    await mao(['run', '--budget-tokens', '10', 'too dear'], { cwd });
    const { stdout } = await mao(['tasks', 'show', 'last'], { cwd });
    expect(stdout).toContain('failed');
    expect(stdout).toContain('error     BUDGET_LIMIT');
  });
});

describe('mao tasks cancel', () => {
  it('cancels what is queued, once', async () => {
    const cwd = folderWith();
    await mao(['run', '--detach', 'What is the mean of [3, 4]?'], { cwd });
    const cancelled = await mao(['tasks', 'cancel', 'last', '--reason', 'not needed', '--json'], { cwd });
    expectDocument('tasks-cancel', cancelled.json());
    expect(cancelled).toMatchObject({ code: 0 });
    expect(cancelled.json()).toMatchObject({ status: 'cancelled', changed: true });
    const again = await mao(['tasks', 'cancel', 'last', '--json'], { cwd });
    expectDocument('tasks-cancel', again.json());
    expect(again).toMatchObject({ code: 1 });
    expect(again.json()).toMatchObject({ status: 'cancelled', changed: false });
  });
});

describe('mao tasks retry', () => {
  it('queues a failed task anew, or runs it here', async () => {
    const cwd = folderWith();
    await mao(['run', '--budget-tokens', '10', 'What is the mean of [3, 4]?'], { cwd });
    const [failed = ''] = await ids(cwd);
    const queued = await mao(['tasks', 'retry', failed, '--json'], { cwd });
    expectDocument('tasks-retry', queued.json());
    expect(queued.json()).toMatchObject({ retryOf: failed, status: 'queued' });
    const ran = await mao(['tasks', 'retry', failed, '--run', '--offline', '--json'], { cwd });
    expect(ran.code).toBe(1);
    expect(ran.json()).toMatchObject({ error: { code: 'BUDGET_LIMIT' } });
    expect((await mao(['tasks', 'show', 'last'], { cwd })).stdout).toContain(`repeats   ${failed}`);
  });

  it('refuses a task that is completed', async () => {
    const cwd = folderWith();
    await mao(['run', 'What is the mean of [3, 4]?'], { cwd });
    const { code, stderr } = await mao(['tasks', 'retry', 'last'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('only a failed, cancelled or skipped task can be retried');
  });

  it('runs a cancelled task to its end', async () => {
    const cwd = folderWith();
    await mao(['run', '--detach', 'What is the mean of [3, 4, 8]?'], { cwd });
    await mao(['tasks', 'cancel', 'last'], { cwd });
    const ran = await mao(['tasks', 'retry', 'last', '--run', '--json'], { cwd });
    expect(ran.code).toBe(0);
    expectDocument('tasks-retry', ran.json());
    expect(ran.json()['text']).toContain('mean 5');
  });
});
