import { startOpenAIServer } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { expectDocument } from './helpers/documents.js';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';
import { runMao } from './helpers/spawn-mao.js';

const KEY = 'sk-proj-abcdefghijklmnopqrstuvwx9876';
const WITH_MODEL = { 'mao.config.yaml': 'models: { default: gpt-4o }\n' };

describe('a missing key', () => {
  it.each([
    [['run', 'hi'], 'mao run "…" --offline'],
    [['achieve', 'hi'], 'mao achieve "…" --offline'],
    [['serve', '--port', '0'], 'mao serve --offline'],
    [['worker'], 'mao worker --offline'],
  ])('stops %j before the first call with one block that says everything', async (argv, instead) => {
    const cwd = folderWith(WITH_MODEL);
    const { code, stdout, stderr } = await mao(argv, { cwd });
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr.match(/CREDENTIAL_MISSING/g)).toHaveLength(1);
    expect(stderr).toContain('OPENAI_API_KEY');
    expect(stderr).toContain('OPENAI_BASE_URL');
    expect(stderr).toContain('(gpt-4o)');
    expect(stderr).toContain(`${cwd}/.env`);
    expect(stderr.split(instead)).toHaveLength(2);
    expect(stderr).toContain('error-codes.md#credential_missing');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('names each agent that needs it', async () => {
    const text = 'instructions: You answer questions about numbers, briefly.\nmodel: ';
    const cwd = folderWith({
      'agents/assistant/agent.yaml': `${text}gpt-5\ndelegates: [b]\n`,
      'agents/b/agent.yaml': `${text}[o3, o4]\n`,
    });
    const ran = await mao(['run', '--json', 'hi'], { cwd });
    expect(ran.code).toBe(4);
    expectDocument('error', ran.json());
    expect(ran.json()).toMatchObject({ error: { details: { agents: ['b (o3, o4)', 'assistant (gpt-5)'] } } });
  });

  it('is no obstacle with --offline', async () => {
    expect(await mao(['run', '--memory', '--offline', 'hi'], { cwd: folderWith(WITH_MODEL) })).toMatchObject({
      code: 0,
    });
  });
});

describe('a wrong key', () => {
  it('is told in one line with provider, address, status and four characters, and not tried again', async () => {
    await using server = await startOpenAIServer({ apiKey: 'another' });
    const env = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.url };
    const { code, stdout, stderr } = await mao(['run', '--memory', 'hi'], { cwd: folderWith(WITH_MODEL), env });
    expect(code).toBe(4);
    const lines = stderr.split('\n').filter((line) => line.startsWith('CREDENTIAL_REJECTED'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('provider "openai"');
    expect(lines[0]).toContain(server.url);
    expect(lines[0]).toContain('401');
    expect(lines[0]).toContain('"9876"');
    expect(stdout + stderr).not.toContain('x9876');
    expect(server.requests.filter(({ api }) => api !== 'models')).toHaveLength(1);
  });

  it('stays secret in the JSON document, and in the logs and stack of --debug', async () => {
    await using server = await startOpenAIServer({ apiKey: 'another' });
    const env = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.url };
    const ran = await runMao(['run', '--memory', '--json', '--debug', 'hi'], { cwd: folderWith(WITH_MODEL), env });
    expect(ran.code).toBe(4);
    expectDocument('error', JSON.parse(ran.stdout));
    expect(ran.stderr).toContain('task failed');
    expect(ran.stdout + ran.stderr).not.toContain('x9876');
  });
});

describe('a model service that cannot answer', () => {
  it('is told with address, cause, every attempt and what to do, exit code 5', async () => {
    const gone = await startOpenAIServer();
    await gone.close();
    const env = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: gone.url };
    const cwd = folderWith({
      'mao.config.yaml': 'models: { default: gpt-4o }\nrecovery: { backoff: { baseMs: 1 } }\n',
    });
    const { code, stderr } = await mao(['run', '--memory', 'hi'], { cwd, env });
    expect(code).toBe(5);
    expect(stderr).toMatch(/retry {2}CONNECTION_FAILED after [\d.]+ ms {2}attempt 1 of \d+$/m);
    expect(stderr).toContain('turn 1  attempt 2  CONNECTION_FAILED');
    const [failure = ''] = stderr.split('\n').filter((line) => line.startsWith('CONNECTION_FAILED'));
    expect(failure).toContain(gone.url);
    expect(failure).toContain('ECONNREFUSED');
    expect(stderr).toContain('  Check that the server runs');
    expect(stderr).toMatch(/^ {2}6 attempts: CONNECTION_FAILED \(5 times\), BREAKER_OPEN$/m);
  });

  it('is told with the wait it asks for when it is busy', async () => {
    const busy = { status: 429, error: 'Rate limit reached', headers: { 'retry-after-ms': '20' } };
    await using server = await startOpenAIServer({ script: () => busy });
    const env = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.url, RETRY_MAX_ATTEMPTS: '2' };
    const { code, stderr } = await runMao(['run', '--memory', '--debug', 'hi'], { cwd: folderWith(WITH_MODEL), env });
    expect(code).toBe(5);
    expect(stderr).toMatch(/retry {2}RATE_LIMITED after [\d.]+ (?:ms|s) {2}attempt 1 of 2$/m);
    expect(stderr).toContain('recovery: retry, attempt 1 of 2 failed');
    expect(stderr).toMatch(/^ {2}2 attempts: RATE_LIMITED \(2 times\)$/m);
    expect(stderr).toContain('status 429');
  });

  it('is told as such when it has no such model', async () => {
    await using server = await startOpenAIServer({ models: ['gpt-loopback'] });
    const env = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.url };
    const { code, stderr } = await mao(['run', '--memory', 'hi'], { cwd: folderWith(WITH_MODEL), env });
    expect(code).toBe(5);
    expect(stderr).toContain('MODEL_NOT_FOUND');
  });
});

describe('every error', () => {
  it('is printed once with code, advice and docs; its stack comes with --debug alone', async () => {
    const cwd = folderWith();
    const plain = await mao(['tasks', 'show', 'nope'], { cwd });
    expect(plain.stderr.match(/TASK_UNKNOWN/g)).toHaveLength(1);
    expect(plain.stderr).toContain('error-codes.md#task_unknown');
    expect(plain.stderr).not.toMatch(/^\s+at /m);
    const debugged = await mao(['tasks', 'show', 'nope', '--debug'], { cwd });
    expect(debugged.stderr).toMatch(/^\s+at /m);
    const json = await mao(['tasks', 'show', 'nope', '--debug', '--json'], { cwd });
    expectDocument('error', json.json());
    expect(json.stderr).toMatch(/^\s+at /m);
  });

  it('keeps its cause in JSON, with message and code', async () => {
    const cwd = folderWith({
      'plugin/package.json': JSON.stringify({
        name: 'p',
        version: '1.0.0',
        mao: { plugin: './index.js#make', contract: 'v1' },
      }),
      'plugin/index.js': 'export const make = () => { throw new TypeError("no luck"); };',
      'mao.config.yaml': 'plugins: { ./plugin: {} }\n',
    });
    const ran = await mao(['run', '--json', 'hi'], { cwd });
    expect(ran.code).toBe(3);
    expect(ran.json()).toMatchObject({
      error: { code: 'PLUGIN_FAILED', cause: { name: 'TypeError', message: 'no luck' } },
    });
  });
});
