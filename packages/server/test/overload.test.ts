import { sqliteEnginePlugin } from '@master-orchestrator/engine-sqlite';
import { scriptedModel } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import { newFile } from './support/start-on-file.js';
import { ADMIN_KEY, startServer, type CallAnswer, type TestServer } from './support/start-server.js';

const AGENTS = 2;
const QUEUED = 6;
/** Requests a minute of one caller. */
const RATE = 12;

interface Overloaded extends AsyncDisposable {
  readonly test: TestServer;
  /** A key of a caller of its own. */ readonly key: () => Promise<string>;
  readonly letGo: () => void;
}

/** A server whose queue takes six tasks, two of them at work, and whose model answers once it is let go. */
async function overloaded(engine: 'memory' | 'sqlite'): Promise<Overloaded> {
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const model = scriptedModel(async () => {
    await held;
    return { text: 'Done.' };
  });
  const config = {
    maxConcurrentAgents: AGENTS,
    engine: { maxQueued: QUEUED, ...(engine === 'sqlite' ? { address: `sqlite:${newFile()}` } : {}) },
    server: { auth: { enabled: true, adminKey: ADMIN_KEY }, rateLimitPerMinute: RATE },
  };
  const plugins = engine === 'sqlite' ? [sqliteEnginePlugin()] : [];
  const test = await startServer({ config, healthMs: 0, orchestrator: { models: [model], plugins, config } });
  await test.orchestrator.createAgent({ name: 'Echo', instructions: 'Repeat.' }, { id: 'echo' });
  const key = async (): Promise<string> => {
    const { text } = await test.call('POST', '/api/v1/keys', { key: ADMIN_KEY, body: { name: 'k', scope: 'operate' } });
    return (JSON.parse(text) as { key: string }).key;
  };
  const close = async (): Promise<void> => {
    letGo();
    await test[Symbol.asyncDispose]();
  };
  return { test, key, letGo, [Symbol.asyncDispose]: close };
}

const messages = [{ role: 'user', content: 'Hello' }];
const WORK = [
  ['/v1/chat/completions', { model: 'echo', messages }],
  ['/api/v1/runs', { description: 'Hello', agentId: 'echo' }],
  ['/v1/responses', { model: 'echo', input: 'Hello' }],
] as const;

async function expectWell(test: TestServer): Promise<void> {
  for (const path of ['/livez', '/readyz', '/health']) {
    expect([path, (await test.call('GET', path, { key: ADMIN_KEY })).status]).toEqual([path, 200]);
  }
}

it.each(['memory', 'sqlite'] as const)(
  'serves what it accepted at three times its capacity and keeps nothing of what it refused (%s)',
  { timeout: 60_000 },
  async (engine) => {
    await using stage = await overloaded(engine);
    const { test, key } = stage;
    const [patient, greedy] = [await key(), await key()];
    const refused: CallAnswer[] = [];
    const send = (index: number, caller: string): Promise<CallAnswer> => {
      const [path, body] = WORK[index % WORK.length] ?? WORK[0];
      const answer = test.call('POST', path, { key: caller, body });
      void answer.then((one) => one.status < 400 || refused.push(one));
      return answer;
    };
    const first = Array.from({ length: QUEUED }, (_, index) => send(index, patient));
    while (test.orchestrator.statistics().tasks.queued + test.orchestrator.statistics().tasks.running < QUEUED)
      await expectWell(test);
    const more = Array.from({ length: 3 * QUEUED }, (_, index) => send(index, greedy));
    await Promise.all(more);
    await expectWell(test);
    const health = await test.call('GET', '/health', { key: ADMIN_KEY });
    expect(health.text).toContain('full: new tasks are refused');
    expect(refused).toHaveLength(3 * QUEUED);
    expect(refused.filter(({ status }) => status === 429)).toHaveLength(3 * QUEUED - RATE);
    for (const { status, headers } of refused) {
      expect([429, 503]).toContain(status);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(await test.orchestrator.listTasks()).toHaveLength(QUEUED);
    stage.letGo();
    for (const { status, text } of await Promise.all(first)) {
      expect([200, 202]).toContain(status);
      if (status === 200) expect(text).toContain('Done.');
    }
    await Promise.all((await test.orchestrator.listTasks()).map(({ id }) => test.orchestrator.executeTask(id)));
    expect(test.orchestrator.statistics().tasks).toMatchObject({ queued: 0, running: 0, completed: QUEUED });
    const normal = await test.call('POST', '/v1/chat/completions', {
      key: ADMIN_KEY,
      body: { model: 'echo', messages },
    });
    expect([normal.status, normal.text]).toEqual([200, expect.stringContaining('Done.')]);
    expect((await test.call('GET', '/health', { key: ADMIN_KEY })).text).not.toContain('refused');
  },
);

it('leaves no task of requests that come at once and are too many together', async () => {
  await using stage = await overloaded('memory');
  const { test, key } = stage;
  const caller = await key();
  const refused: CallAnswer[] = [];
  const answers = Array.from({ length: RATE }, async (_, index) => {
    const [path, body] = WORK[index % WORK.length] ?? WORK[0];
    const answer = await test.call('POST', path, { key: caller, body });
    if (answer.status >= 400) refused.push(answer);
    return answer.status;
  });
  while (refused.length < RATE - QUEUED) await test.call('GET', '/livez');
  expect(refused.map(({ status }) => status)).toEqual(Array.from({ length: RATE - QUEUED }, () => 503));
  expect(await test.orchestrator.listTasks({ status: 'pending' })).toEqual([]);
  stage.letGo();
  const statuses = await Promise.all(answers);
  expect(statuses.filter((status) => status < 300)).toHaveLength(QUEUED);
});
