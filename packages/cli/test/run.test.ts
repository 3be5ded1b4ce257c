import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expectDocument } from './helpers/documents.js';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';
import { runMao, startMaoOnTerminal } from './helpers/spawn-mao.js';

const TASK = 'Analyze the dataset [1, 2, 3, 4, 5] and generate a report';
const ESCAPE = '\u001B';

describe('mao run', () => {
  it('answers on stdout alone and prints one plain line a step on stderr', async () => {
    const cwd = folderWith();
    await mao(['init'], { cwd });
    const { code, stdout, stderr } = await mao(['run', TASK], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('mean 3');
    expect(stdout + stderr).not.toContain(ESCAPE);
    const lines = stderr.split('\n').map((line) => line.replaceAll(/[\d.]+ (?:ms|s)\b/g, '<time>'));
    const steps = lines.filter((line) => line.startsWith('assistant'));
    expect(steps.map((line) => line.replaceAll(/\d+ \+ \d+ tokens/g, '<tokens>'))).toEqual([
      'assistant starts on offline:rules',
      'assistant  model  offline:rules  turn 1  <time>  <tokens> (estimated)  $0.0000',
      'assistant  tool   calculate_metrics  <time>',
      'assistant  model  offline:rules  turn 2  <time>  <tokens> (estimated)  $0.0000',
      'assistant  tool   generate_report  <time>',
      'assistant  model  offline:rules  turn 3  <time>  <tokens> (estimated)  $0.0000',
      'assistant completed after 3 turns',
    ]);
    expect(
      lines.some((line) => /^task_\w+ completed in <time>, \d+ \+ \d+ tokens \(estimated\), \$0\.0000$/.test(line)),
    ).toBe(true);
    const report = /^Report: (.+\.md)$/m.exec(stderr)?.[1] ?? '';
    expect(readFileSync(report, 'utf8')).toContain('mean');
  });

  it('prints one JSON document and nothing else with --json', async () => {
    const ran = await mao(['run', '--json', 'What is the mean of 3, 4 and 8?'], { cwd: folderWith() });
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout.trimEnd().split('\n')).toHaveLength(1);
    expectDocument('run', ran.json());
    expect(ran.json()).toMatchObject({ status: 'completed', costUsd: 0, isOffline: true });
  });

  it('prints events as lines before the document with --events', async () => {
    const ran = await mao(['run', '--json', '--events', '--memory', 'What is the mean of 3, 4 and 8?'], {
      cwd: folderWith(),
    });
    const documents = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const result = documents.pop();
    expectDocument('run', result);
    for (const event of documents) expectDocument('event', event);
    const types = documents.map(({ type }) => type);
    expect(types[0]).toBe('task-queue');
    expect(types.at(-1)).toBe('task-end');
    expect(types).toContain('tool-call-end');
    expect(documents.every(({ taskId }) => taskId === result?.['taskId'])).toBe(true);
  });

  it('reads the task from stdin for "-", and the content of files', async () => {
    const cwd = folderWith({ 'numbers.txt': '[10, 20, 30]' });
    const piped = await mao(['run', '--memory', '-'], { cwd, stdin: 'What is the mean of 3, 4 and 8?\n' });
    expect(piped.stdout).toContain('mean 5');
    const filed = await mao(['run', '--memory', '--file', 'numbers.txt', 'Analyze this dataset'], { cwd });
    expect(filed.stdout).toContain('mean 20');
  });

  it.each([
    ['empty.txt', 'is empty'],
    ['bytes.bin', 'is not a text'],
    ['.', 'is a folder'],
  ])('refuses the file %s', async (file, why) => {
    const cwd = folderWith({ 'empty.txt': '', 'bytes.bin': 'a\u0000b' });
    const { code, stderr } = await mao(['run', '--file', file, 'x'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(why);
  });

  it('leaves nothing on disk with --memory', async () => {
    const cwd = folderWith();
    await mao(['run', '--memory', 'What is the mean of 3, 4 and 8?'], { cwd });
    const listed = await mao(['tasks', 'list', '--json'], { cwd });
    expect(listed.json()).toEqual({ tasks: [] });
  });

  it('takes an agent from a template with parameters, from a team, and one of an earlier run by name', async () => {
    const cwd = folderWith();
    const made = await mao(
      ['run', '--template', 'data-analyst', '--param', 'name=ann', 'What is the mean of [3, 5]?'],
      { cwd },
    );
    expect(made.stderr).toContain('ann starts on offline:rules');
    const again = await mao(['run', '--agent', 'ann', 'What is the mean of [3, 7]?'], { cwd });
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain('mean 5');
    const team = await mao(['run', '--team', 'data-analysis', TASK], { cwd });
    expect(team).toMatchObject({ code: 0 });
  });

  it('keeps to a budget, and says which one is spent', async () => {
    const { code, stderr } = await mao(['run', '--budget-tokens', '10', 'What is the mean of 3, 4 and 8?'], {
      cwd: folderWith(),
    });
    expect(code).toBe(1);
    expect(stderr).toContain('BUDGET_LIMIT');
  });

  it('ends with the failure as a document, the id of the task in it', async () => {
    const ran = await mao(['run', '--json', '--budget-tokens', '10', 'hi'], { cwd: folderWith() });
    expectDocument('error', ran.json());
    expect(ran.json()).toMatchObject({ status: 'failed', error: { code: 'BUDGET_LIMIT' } });
    expect(ran.json()['taskId']).toMatch(/^task_/);
  });

  it('queues a task with --detach, for a worker', async () => {
    const cwd = folderWith();
    const detached = await mao(['run', '--detach', '--json', 'What is the mean of 3, 4 and 8?'], { cwd });
    expectDocument('run', detached.json());
    expect(detached.json()).toMatchObject({ status: 'queued' });
    const listed = await mao(['tasks', 'list', '--status', 'queued', '--json'], { cwd });
    expect(listed.json()).toMatchObject({ tasks: [{ id: detached.json()['taskId'] }] });
    const worker = await runMao(['worker', '--idle-exit', '0.5'], { cwd });
    expect(worker.code).toBe(0);
    expect((await mao(['tasks', 'show', 'last', '--json'], { cwd })).json()).toMatchObject({ status: 'completed' });
  });
});

describe('mao run on a terminal', () => {
  it('shows what is under way on a line that is rewritten, and leaves plain lines behind', async () => {
    const { code, stdout, stderr } = await mao(['run', '--memory', TASK], { cwd: folderWith(), isTerminal: true });
    expect(code).toBe(0);
    expect(stderr).toContain(`\r${ESCAPE}[2K`);
    expect(stderr).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/u);
    expect(stderr).toContain(`${ESCAPE}[32mcompleted`);
    expect(stdout).not.toContain(ESCAPE);
  });

  it('does so on a real one', async () => {
    const cwd = folderWith();
    const started = startMaoOnTerminal(['run', '--memory', 'What is the mean of 3, 4 and 8?'], { cwd });
    const { code, stdout } = await started.ended;
    expect(code).toBe(0);
    expect(stdout).toContain('mean 5');
    expect(stdout).toContain(`${ESCAPE}[2K`);
  });

  it('asks what is to be done where nothing was said', async () => {
    const started = startMaoOnTerminal(['run', '--memory'], { cwd: folderWith() });
    await started.until(/What is to be done\?/);
    started.child.stdin.write('What is the mean of 3, 4 and 8?\r');
    const { code, stdout } = await started.ended;
    expect(code).toBe(0);
    expect(stdout).toContain('mean 5');
  });

  it('ends in order where the terminal goes away before the answer', async () => {
    const started = startMaoOnTerminal(['run', '--memory'], { cwd: folderWith() });
    await started.until(/What is to be done\?/);
    started.child.stdin.end();
    const { code, stdout } = await started.ended;
    expect(code).toBe(2);
    expect(stdout).toContain('Say what is to be done');
    expect(stdout).not.toContain('unsettled');
  });
});
