import { loadConfig } from '@master-orchestrator/config';
import { describe, expect, it } from 'vitest';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';
import { runMao, startMao } from './helpers/spawn-mao.js';

const SECRETS = [
  'sk-proj-abcdefghijklmnopqrstuvwx9876',
  'Bearer abcdefghijklmnop1234567890',
  'ghp_abcdefghijklmnopqrstuvwxyz0123456789',
];

interface Line {
  readonly level: string;
  readonly time: string;
  readonly event?: string;
  readonly taskId?: string;
  readonly runId?: string;
  readonly agentId?: string;
  readonly msg: string;
}

/** Queues a task and lets a worker do it; gives what the worker logged. */
async function logsOf(
  settings: string,
  task: string,
  ...argv: string[]
): Promise<{ stderr: string; stdout: string; taskId: string }> {
  const cwd = folderWith({ 'mao.config.yaml': settings });
  const queued = await mao(['run', '--detach', '--json', ...argv, task], { cwd });
  const { stdout, stderr } = await runMao(['worker', '--idle-exit', '0.3'], { cwd });
  return { stdout, stderr, taskId: queued.json()['taskId'] as string };
}

describe('logs', () => {
  it('are JSON lines with level, time, event and the ids of task, run and agent', async () => {
    const { stderr, stdout, taskId } = await logsOf(
      'logging: { format: json, level: debug }\n',
      'What is the mean of 3, 4 and 8?',
    );
    const lines = stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Line);
    const ofTask = lines.filter((line) => line.taskId === taskId);
    expect(ofTask.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['task-start', 'model-call-end', 'tool-call-end', 'task-end']),
    );
    for (const { level, time, runId, agentId, msg } of ofTask) {
      expect(['debug', 'info']).toContain(level);
      expect(new Date(time).toISOString()).toBe(time);
      expect(runId).toMatch(/^run_/);
      expect(agentId).toBe('agent_assistant');
      expect(msg).not.toBe('');
    }
    expect(stdout).not.toContain('"level"');
  });

  it('are lines for people in the development profile, JSON in production', async () => {
    const development = await loadConfig({ cwd: folderWith(), env: {}, flags: {} });
    const production = await loadConfig({ cwd: folderWith(), env: {}, flags: { profile: 'production' } });
    expect([development.config.logging.format, production.config.logging.format]).toEqual(['pretty', 'json']);
    const { stderr } = await logsOf('', 'What is the mean of 3, 4 and 8?');
    expect(stderr).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: task completed \{.+\}$/m);
  });

  it('hold neither what people and models say nor secrets', async () => {
    const task = `What is the mean of 3, 4 and 8? ${SECRETS.join(' ')}`;
    const { stderr } = await logsOf('logging: { format: json, level: debug }\n', task);
    for (const secret of SECRETS) expect(stderr).not.toContain(secret);
    expect(stderr).not.toContain('What is the mean');
    expect(stderr).not.toContain('Figures');
  });

  it('mask a secret in the message of a failure', async () => {
    const { stderr } = await logsOf('logging: { format: json }\n', 'hi', '--budget-tokens', '1');
    expect(stderr).toMatch(/"level":"error".+"event":"task-end".+"status":"failed"/);
    expect(stderr).toContain('BUDGET_LIMIT');
    expect(stderr).not.toContain('"err":{}');
  });

  it('keep quiet below the configured level', async () => {
    const { stderr } = await logsOf('logging: { format: json, level: error }\n', 'What is the mean of 3, 4 and 8?');
    expect(stderr).not.toContain('"level":"info"');
  });

  it('come with --debug from a command that a person waits for, and stay away without', async () => {
    const cwd = folderWith();
    const quiet = await runMao(['run', '--memory', 'hi'], { cwd });
    expect(quiet.stderr).not.toMatch(/INFO|DEBUG/);
    const loud = await runMao(['run', '--memory', '--debug', 'hi'], { cwd });
    expect(loud.stderr).toMatch(/DEBUG|INFO/);
  });

  it('tell of each request of the server', async () => {
    const cwd = folderWith({ 'mao.config.yaml': 'logging: { format: json }\n' });
    const server = startMao(['serve', '--port', '0'], { cwd });
    const [, url = ''] = await server.until(/API {6}(http:\S+)/);
    await fetch(`${url}/api/v1/agents?token=${SECRETS[0] ?? ''}`, { headers: { authorization: SECRETS[1] ?? '' } });
    const [, line = ''] = await server.until(/^(\{.*"route":"\/api\/v1\/agents".*\})$/m);
    expect(JSON.parse(line)).toMatchObject({
      level: 'info',
      method: 'GET',
      status: expect.any(Number),
      requestId: expect.any(String),
    });
    server.child.kill('SIGTERM');
    const { stderr } = await server.ended;
    for (const secret of SECRETS) expect(stderr).not.toContain(secret);
  });
});
