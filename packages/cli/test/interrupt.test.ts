import { startOpenAIServer, type OpenAIServer, type ScriptedAnswer } from '@master-orchestrator/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';
import { startMao, startMaoOnTerminal } from './helpers/spawn-mao.js';

/** A project whose model takes its time. */
async function slowProject(
  delayMs: number,
  first: readonly ScriptedAnswer[] = [],
): Promise<{ cwd: string; env: Record<string, string>; server: OpenAIServer }> {
  const server = await startOpenAIServer({ script: (_, index) => first[index] ?? { text: 'At last.', delayMs } });
  onTestFinished(() => server.close());
  const cwd = folderWith();
  return {
    cwd,
    server,
    env: { OPENAI_API_KEY: 'sk-test-1234', OPENAI_BASE_URL: server.url, DEFAULT_MODEL: 'gpt-loopback' },
  };
}

describe('Ctrl-C', () => {
  it('cancels at once where nothing is kept, with a word and exit code 130', async () => {
    const { cwd, env } = await slowProject(50_000);
    const run = startMao(['run', '--memory', 'Take your time'], { cwd, env });
    await run.until(/assistant starts/);
    run.child.kill('SIGINT');
    const { code, stdout, stderr } = await run.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toContain('Stopping…');
    expect(stderr).toContain('Cancelled: nothing is kept.');
  });

  it('finishes the running step where tasks are kept, and prints the command that goes on', async () => {
    const { cwd, env, server } = await slowProject(1_500, [
      { toolCalls: [{ name: 'calculate_metrics', arguments: { data: [3, 4, 8] } }], delayMs: 1_500 },
    ]);
    const run = startMao(['run', 'Take your time'], { cwd, env });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    run.child.kill('SIGINT');
    await run.until(/Stopping…/);
    const { code, stdout, stderr } = await run.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toContain('turn 1');
    const [, resume = ''] = /"mao (run --resume task_\w+)" goes on with it/.exec(stderr) ?? [];
    expect(server.requests).toHaveLength(1);
    const resumed = await mao(resume.split(' '), { cwd, env });
    expect(resumed).toMatchObject({ code: 0, stdout: 'At last.\n' });
    expect(server.requests).toHaveLength(2);
  });

  it('prints the answer of a task that ends while it is being stopped, and is an interruption all the same', async () => {
    const { cwd, env, server } = await slowProject(1_500);
    const run = startMao(['run', 'Take your time'], { cwd, env });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    run.child.kill('SIGINT');
    expect(await run.ended).toMatchObject({ code: 130, stdout: 'At last.\n' });
  });

  it('says so as a document with --json', async () => {
    const { cwd, env, server } = await slowProject(50_000);
    const run = startMao(['run', '--json', '--memory', 'Take your time'], { cwd, env });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    run.child.kill('SIGINT');
    const { code, stdout } = await run.ended;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'cancelled' });
  });

  it('twice stops at once, whatever is running', async () => {
    const { cwd, env, server } = await slowProject(50_000);
    const run = startMao(['run', 'Take your time'], { cwd, env });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    run.child.kill('SIGINT');
    await run.until(/Stopping…/);
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    expect(run.stderr).toContain('Stopping at once.');
    const listed = await mao(['tasks', '--json'], { cwd });
    expect((listed.json()['tasks'] as { status: string }[])[0]?.status).not.toBe('completed');
  });

  it('reaches it as a key on a terminal', async () => {
    const { cwd, env, server } = await slowProject(50_000);
    const run = startMaoOnTerminal(['run', '--memory', 'Take your time'], { cwd, env });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    run.child.stdin.write('\u0003');
    const { code, stdout } = await run.ended;
    expect(code).toBe(130);
    expect(stdout).toContain('Cancelled: nothing is kept.');
  });

  it('cancels a goal with all its tasks', async () => {
    const { cwd, env, server } = await slowProject(50_000);
    const run = startMao(['achieve', 'Take your time'], { cwd, env });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    run.child.kill('SIGINT');
    const { code, stderr } = await run.ended;
    expect(code).toBe(130);
    expect(stderr).toContain('Cancelled: the goal and its tasks.');
    const { tasks } = (await mao(['tasks', '--all', '--json'], { cwd, env })).json() as { tasks: { status: string }[] };
    expect(new Set(tasks.map(({ status }) => status))).toEqual(new Set(['cancelled']));
  });
});

describe('a task that another process cancels', () => {
  it('ends the run that waits for it, as cancelled', async () => {
    const { cwd, env, server } = await slowProject(50_000);
    const run = startMao(['run', 'Take your time'], { cwd, env });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const cancelled = await mao(['tasks', 'cancel', 'last'], { cwd, env });
    expect(cancelled.code).toBe(0);
    const { code, stderr } = await run.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/Task task_\w+ was cancelled/);
    expect(stderr).not.toContain('failed');
  });
});
