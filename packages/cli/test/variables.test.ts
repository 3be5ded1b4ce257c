import { startOpenAIServer, type RecordedRequest, type ScriptedAnswer } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { folderWith } from './helpers/folder.js';
import { mao } from './helpers/run-mao.js';
import { startMao } from './helpers/spawn-mao.js';

const KEY = 'sk-proj-abcdefghijklmnopqrstuvwx9876';
const SOON = { 'mao.config.yaml': 'recovery: { backoff: { baseMs: 1, longestMs: 1 } }\n' };

interface Asked {
  readonly stderr: string;
  readonly requests: readonly RecordedRequest[];
}

/** Asks an agent whose model is on loopback; gives what the model was asked. */
async function ask(env: Readonly<Record<string, string>>, answer: ScriptedAnswer): Promise<Asked> {
  await using server = await startOpenAIServer({ script: () => answer });
  const variables = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.url, ...env };
  const { stderr } = await mao(['run', '--memory', 'hi'], { cwd: folderWith(SOON), env: variables });
  return { stderr, requests: server.requests.filter(({ api }) => api !== 'models') };
}

const modelOf = ({ requests }: Asked): unknown => (requests[0]?.body as { model?: unknown } | undefined)?.model;
const BROKEN: ScriptedAnswer = { status: 500, error: 'Something broke' };

describe('mao run', () => {
  it('sends OPENAI_API_KEY, and asks gpt-4o unless DEFAULT_MODEL names another', async () => {
    const usual = await ask({}, { text: 'Hello.' });
    expect(usual.requests.map(({ headers }) => headers['authorization'])).toEqual([`Bearer ${KEY}`]);
    expect(modelOf(usual)).toBe('gpt-4o');
    expect(modelOf(await ask({ DEFAULT_MODEL: 'gpt-4o-mini' }, { text: 'Hello.' }))).toBe('gpt-4o-mini');
  });

  it.each([
    [{}, 5, 'BREAKER_OPEN'],
    [{ CIRCUIT_FAILURE_THRESHOLD: '2', RETRY_MAX_ATTEMPTS: '3' }, 2, 'BREAKER_OPEN'],
    [{ ENABLE_CIRCUIT_BREAKERS: 'false' }, 6, undefined],
    [{ RETRY_MAX_ATTEMPTS: '3' }, 3, undefined],
    [{ RETRY_MAX_ATTEMPTS: '8', ENABLE_CIRCUIT_BREAKERS: 'false' }, 8, undefined],
  ])('with %j asks a broken model %i times', async (env, times, end) => {
    const { requests, stderr } = await ask(env, BROKEN);
    expect(requests).toHaveLength(times);
    expect(stderr.includes('BREAKER_OPEN')).toBe(end === 'BREAKER_OPEN');
  });
});

describe('mao serve', () => {
  const adminKey = 'admin-0123456789abcdef-for-tests';

  async function statuses(env: Readonly<Record<string, string>>, times: number): Promise<Record<string, unknown>> {
    const server = startMao(['serve', '--port', '0', '--json'], { cwd: folderWith(), env });
    await server.until(/"status":"ready".*\n/);
    const { url } = JSON.parse(server.stdout) as { url: string };
    const open = (await fetch(`${url}/api/v1/tools`)).status;
    const headers = { authorization: `Bearer ${adminKey}` };
    const metrics = (await fetch(`${url}/metrics`, { headers })).status;
    let served = 0;
    while (served < times && (await fetch(`${url}/api/v1/tools`, { headers })).status === 200) served += 1;
    server.child.kill('SIGTERM');
    await server.ended;
    return { open, metrics, served };
  }

  it('asks for no key, serves metrics and a hundred requests a minute', async () => {
    expect(await statuses({}, 200)).toEqual({ open: 200, metrics: 200, served: 99 });
  });

  it('obeys ENABLE_AUTH, RATE_LIMIT_PER_MINUTE and ENABLE_METRICS', async () => {
    const env = { ENABLE_AUTH: 'true', MAO_ADMIN_KEY: adminKey, RATE_LIMIT_PER_MINUTE: '7', ENABLE_METRICS: 'false' };
    expect(await statuses(env, 20)).toEqual({ open: 401, metrics: 404, served: 7 });
  });

  it('obeys PROMETHEUS_ENABLED', async () => {
    expect(await statuses({ PROMETHEUS_ENABLED: 'false' }, 1)).toMatchObject({ metrics: 404 });
  });
});
