import { startOpenAIServer, type OpenAIServer } from '@master-orchestrator/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderWith } from './helpers/folder.js';
import { writePlugin } from './helpers/plugin-folder.js';
import { mao } from './helpers/run-mao.js';

/** A project with a tool that needs a user context and tells how many letters it has, and a model that calls it. */
async function project(): Promise<{ cwd: string; env: Record<string, string>; server: OpenAIServer }> {
  const script = [{ toolCalls: [{ name: 'greet_person', arguments: { name: 'x' } }] }, { text: 'done' }];
  const server = await startOpenAIServer({ script });
  onTestFinished(() => server.close());
  const cwd = folderWith({
    'mao.config.yaml': 'models: { default: gpt-loopback }\nplugins: { ./greet: {} }\n',
    'user.json': '{"userId":"ada-1815"}\n',
    'agents/assistant/agent.yaml':
      'instructions: You greet.\ntools: [greet_person]\nbudget: { costUsd: 1, allowUnpriced: true }\n',
  });
  writePlugin(cwd, 'greet', {
    tool: {
      userContextSchema: 'z.object({ userId: z.string() })',
      execute: 'async (_input, { userContext }) => ({ letters: userContext.userId.length })',
    },
  });
  return { cwd, server, env: { OPENAI_API_KEY: 'sk-test-1234', OPENAI_BASE_URL: server.url } };
}

describe('mao run --user-context', () => {
  it.each([['{"userId":"ada-1815"}'], ['@user.json']])('tells tools what %s says, and nobody else', async (given) => {
    const { cwd, env, server } = await project();
    const ran = await mao(['run', '--json', '--events', '--user-context', given, 'Greet'], { cwd, env });
    expect(ran.code).toBe(0);
    expect(server.requests.at(-1)?.rawBody).toContain('letters\\":8');
    const shown = await mao(['tasks', 'show', '--json', 'last'], { cwd, env });
    expect(shown.code).toBe(0);
    const told = [ran.stdout, ran.stderr, shown.stdout, ...server.requests.map(({ rawBody }) => rawBody)].join('\n');
    expect(told).not.toContain('ada-1815');
  });

  it.each([
    ['{userId: 1}', 'is no JSON'],
    ['', 'is no JSON'],
    ['@nowhere.json', '"nowhere.json" that --user-context names cannot be read (ENOENT)'],
  ])('refuses %j with exit code 2', async (given, message) => {
    const { cwd, env, server } = await project();
    for (const command of ['run', 'achieve']) {
      const ran = await mao([command, '--user-context', given, 'Greet'], { cwd, env });
      expect(ran).toMatchObject({ code: 2, stdout: '' });
      expect(ran.stderr).toContain(message);
    }
    expect(server.requests).toEqual([]);
  });

  it('refuses a secret with exit code 2, and does not print it', async () => {
    const { cwd, env } = await project();
    const ran = await mao(['run', '--user-context', '{"token":"sk-test-1234"}', 'Greet'], { cwd, env });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('userContext.token holds a secret');
    expect(ran.stderr).not.toContain('sk-test-1234');
  });
});
