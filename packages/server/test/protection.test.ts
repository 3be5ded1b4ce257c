import { scriptedModel, virtualClock } from '@master-orchestrator/testing';
import { expect, it } from 'vitest';
import {
  ADMIN_KEY,
  call,
  startServer,
  withAuth,
  type TestServer,
  type TestServerOptions,
} from './support/start-server.js';

const agent = { id: 'echo', name: 'Echo', instructions: 'Repeat.' };

async function withAgent(options: TestServerOptions = {}): Promise<TestServer> {
  const test = await startServer(options);
  await test.orchestrator.createAgent({ name: 'Echo', instructions: 'Repeat.' }, { id: 'echo' });
  return test;
}

it.each([
  ['the production profile without authentication', { profile: 'production' }, 'server.auth.enabled', false],
  ['an address beyond loopback without authentication', { server: { host: '0.0.0.0' } }, 'server.host', true],
  ['an IPv6 address beyond loopback', { server: { host: '::' } }, 'server.auth.enabled', true],
  ['authentication without any key', { server: { auth: { enabled: true } } }, 'MAO_ADMIN_KEY', true],
  [
    'an admin key that can be guessed',
    { server: { auth: { enabled: true, adminKey: 'short' } } },
    '16 characters',
    true,
  ],
  [
    'tokens of any issuer',
    { server: { auth: { enabled: true, jwt: { jwksUrl: 'https://issuer.example/jwks' } } } },
    'server.auth.jwt.issuer',
    true,
  ],
])('refuses to start with %s, naming what to change', async (_name, given, advice, isPlain) => {
  const config = isPlain ? given : { ...given, server: { auth: { enabled: false } } };
  await expect(startServer({ config } as TestServerOptions)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(advice) as string,
  });
});

it('starts in production and beyond loopback once keys are asked for', async () => {
  const config = { profile: 'production', server: { host: '0.0.0.0', auth: { adminKey: ADMIN_KEY } } } as const;
  await using test = await startServer({ config });
  const url = test.url.replace('0.0.0.0', '127.0.0.1');
  expect((await call(url, 'GET', '/api/v1/agents')).status).toBe(401);
  expect((await call(url, 'GET', '/api/v1/agents', { key: ADMIN_KEY })).status).toBe(200);
});

it('says which port is taken', async () => {
  await using first = await startServer();
  const port = Number(new URL(first.url).port);
  await using second = await startServer();
  await expect(second.server.listen({ port })).rejects.toMatchObject({ code: expect.any(String) as string });
  await using third = await startServer();
  await third.server.close();
});

it('takes JSON alone, of a bounded size', async () => {
  await using test = await withAgent({ config: { server: { bodyBytes: 2_048 } } });
  const post = async (body: string, type = 'application/json'): Promise<[number, string]> => {
    const answer = await call(test.url, 'POST', '/api/v1/agents', { body, headers: { 'content-type': type } });
    return [answer.status, (answer.body as { error: { code: string } }).error.code];
  };
  expect(await post(JSON.stringify({ ...agent, instructions: 'x'.repeat(4_096) }))).toEqual([413, 'REQUEST_TOO_LARGE']);
  expect(await post('name=A', 'application/x-www-form-urlencoded')).toEqual([415, 'MEDIA_TYPE_UNSUPPORTED']);
  expect(await post('{}', 'text/plain')).toEqual([415, 'MEDIA_TYPE_UNSUPPORTED']);
  expect(await post('{"name":')).toEqual([400, 'REQUEST_INVALID']);
  expect(await post('')).toEqual([400, 'REQUEST_INVALID']);
  expect(await post('{"__proto__":{"a":1},"name":"A","instructions":"B"}')).toEqual([400, 'REQUEST_INVALID']);
  expect(await post('{"name":"A"}')).toEqual([400, 'REQUEST_INVALID']);
  expect(await post('{"name":"A","instructions":"B","settings":{"temperature":9}}')).toEqual([422, 'REQUEST_INVALID']);
  expect(await post('{"name":"A","instructions":"B","modle":"x"}')).toEqual([400, 'REQUEST_INVALID']);
});

it('bounds the rate of each caller by itself', async () => {
  const config = { server: { ...withAuth.server, rateLimitPerMinute: 5 } };
  await using test = await withAgent({ config });
  const made = await test.call('POST', '/api/v1/keys', { key: ADMIN_KEY, body: { name: 'k', scope: 'read' } });
  const { key } = made.body as { key: string };
  const statuses: number[] = [];
  for (let count = 0; count < 6; count += 1) statuses.push((await test.call('GET', '/api/v1/agents', { key })).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  const refused = await test.call('GET', '/api/v1/agents', { key });
  expect(refused.body).toMatchObject({ error: { code: 'REQUEST_RATE_LIMITED', category: 'RESOURCE_ERROR' } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await test.call('GET', '/api/v1/agents', { key: ADMIN_KEY })).status).toBe(200);
  for (let count = 0; count < 10; count += 1) expect((await test.call('GET', '/livez')).status).toBe(200);
});

it('refuses every write in read-only mode, and nothing else', async () => {
  await using test = await withAgent({ readOnly: true });
  const writes = [
    ['POST', '/api/v1/agents'],
    ['PATCH', '/api/v1/agents/echo'],
    ['DELETE', '/api/v1/agents/echo'],
    ['POST', '/api/v1/tasks'],
    ['POST', '/api/v1/runs'],
    ['PUT', '/api/v1/budgets/orchestrator'],
    ['POST', '/api/v1/keys'],
    ['POST', '/v1/chat/completions'],
    ['POST', '/v1/responses'],
  ] as const;
  for (const [method, path] of writes) {
    const answer = await test.call(method, path, { body: {} });
    expect([path, answer.status]).toEqual([path, 403]);
    expect(answer.text).toContain('read-only');
  }
  expect((await test.call('GET', '/api/v1/agents/echo')).status).toBe(200);
});

it('does a request with an Idempotency-Key once, and gives its answer again', async () => {
  await using test = await withAgent();
  const post = (body: object, key: string): ReturnType<TestServer['call']> =>
    test.call('POST', '/api/v1/tasks', { body, headers: { 'idempotency-key': key } });
  const body = { description: 'once', agentId: 'echo' };
  const first = await post(body, 'one');
  const again = await post(body, 'one');
  expect([first.status, again.status]).toEqual([201, 201]);
  expect(again.text).toBe(first.text);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect((await post({ ...body, description: 'other' }, 'one')).status).toBe(400);
  expect((await post(body, 'two')).text).not.toBe(first.text);
  expect(await test.orchestrator.listTasks()).toHaveLength(2);
  expect((await post(body, 'with a blank')).status).toBe(400);
});

it('answers 409 while the first request with the key is under way, and once for many at the same time', async () => {
  await using test = await withAgent();
  const headers = { 'idempotency-key': 'many' };
  const body = { description: 'once', agentId: 'echo' };
  const all = await Promise.all(
    Array.from({ length: 20 }, () => test.call('POST', '/api/v1/tasks', { body, headers })),
  );
  expect(new Set(all.map(({ status }) => status))).toEqual(
    new Set(all.some(({ status }) => status === 409) ? [201, 409] : [201]),
  );
  expect(await test.orchestrator.listTasks()).toHaveLength(1);
});

it('forgets the answer of a key after its time', async () => {
  const clock = virtualClock(1_000_000);
  await using test = await withAgent({ clock, idempotencyMs: 60_000 });
  const post = (): ReturnType<TestServer['call']> =>
    test.call('POST', '/api/v1/tasks', {
      body: { description: 'x', agentId: 'echo' },
      headers: { 'idempotency-key': 'k' },
    });
  const first = await post();
  clock.advance(60_001);
  expect((await post()).text).not.toBe(first.text);
});

it('never stores the answer that shows a key', async () => {
  await using test = await withAgent({ config: withAuth });
  const headers = { 'idempotency-key': 'k' };
  const answer = await test.call('POST', '/api/v1/keys', {
    key: ADMIN_KEY,
    headers,
    body: { name: 'k', scope: 'read' },
  });
  expect(answer.status).toBe(400);
});

type MakeEntry = (test: TestServer, index: number) => Promise<string>;

it.each<[string, 'newest' | 'oldest', MakeEntry]>([
  [
    'tasks',
    'newest',
    ({ orchestrator }, index) => orchestrator.createTask({ description: `task ${index}`, agentId: 'echo' }),
  ],
  [
    'agents',
    'oldest',
    ({ orchestrator }, index) =>
      orchestrator.createAgent({ name: 'A', instructions: 'B.' }, { id: `a${99 - index}`, team: 'paged' }),
  ],
  [
    'grants',
    'oldest',
    ({ orchestrator }, index) => orchestrator.grantToolAccess({ category: 'analysis', to: { role: `r${index}` } }),
  ],
])(
  'gives every entry of the list of %s once, page by page, the %s first, while entries come',
  async (list, order, make) => {
    const clock = virtualClock(1_000_000);
    await using test = await withAgent({ orchestrator: { clock } });
    const known: string[] = [];
    // Two of each moment: the order of a page must not hang on the time alone.
    const create = async (): Promise<string> => {
      clock.advance(known.length % 2);
      return make(test, known.length);
    };
    for (let count = 0; count < 25; count += 1) known.push(await create());
    const seen: { readonly id: string; readonly at: number }[] = [];
    const filter = list === 'agents' ? '&team=paged' : '';
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? '' : `&cursor=${cursor}`;
      const answer = await test.call('GET', `/api/v1/${list}?limit=7${filter}${query}`);
      const page = answer.body as {
        items: { id: string; createdAt?: number; grantedAt?: number }[];
        next?: string;
      };
      expect([answer.status, page.items.length <= 7]).toEqual([200, true]);
      seen.push(...page.items.map(({ id, createdAt, grantedAt }) => ({ id, at: createdAt ?? grantedAt ?? 0 })));
      cursor = page.next;
      const late = await create();
      if (order === 'oldest' && cursor !== undefined) known.push(late);
    } while (cursor !== undefined);
    expect(seen.map(({ id }) => id).toSorted()).toEqual(known.toSorted());
    const times = seen.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((one, other) => (order === 'newest' ? other - one : one - other)));
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'cursor=nonsense', 'unknown=1']) {
      expect([query, (await test.call('GET', `/api/v1/${list}?${query}`)).status >= 400]).toEqual([query, true]);
    }
  },
);

it('gives what is left of a paged list once although entries go', async () => {
  await using test = await withAgent();
  const make = (index: number): Promise<string> =>
    test.orchestrator.createAgent({ name: 'A', instructions: 'B.' }, { id: `a${index}`, team: 'paged' });
  for (let index = 0; index < 9; index += 1) await make(index);
  const path = '/api/v1/agents?limit=4&team=paged';
  const first = (await test.call('GET', path)).body as { items: { id: string }[]; next: string };
  for (const { id } of first.items) await test.orchestrator.deleteAgent(id);
  const rest = (await test.call('GET', `${path}&cursor=${first.next}`)).body as { items: { id: string }[] };
  const others = (await test.call('GET', path)).body as { items: { id: string }[] };
  expect(rest.items).toEqual(others.items);
  expect(rest.items).toHaveLength(4);
});

it('serves what it accepted at three times its capacity, refuses the rest, answers probes, and is well again', async () => {
  const capacity = 8;
  let release: () => void = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const model = scriptedModel(async () => {
    await gate;
    return { text: 'Done.' };
  });
  await using test = await withAgent({
    maxRequests: capacity,
    orchestrator: { models: [model], config: { maxConcurrentAgents: 50 } },
  });
  const ask = (): ReturnType<TestServer['call']> =>
    test.call('POST', '/v1/chat/completions', {
      body: { model: 'echo', messages: [{ role: 'user', content: 'Hello' }] },
    });
  const asked = Array.from({ length: 3 * capacity }, ask);
  const refused: number[] = [];
  for (const answer of asked) void answer.then(({ status }) => status === 200 || refused.push(status));
  while (refused.length < 2 * capacity) {
    expect((await test.call('GET', '/livez')).status).toBe(200);
    expect((await test.call('GET', '/readyz')).status).toBe(200);
  }
  release();
  const answers = await Promise.all(asked);
  const served = answers.filter(({ status }) => status === 200);
  const turnedAway = answers.filter(({ status }) => status !== 200);
  expect(served).toHaveLength(capacity);
  for (const { text } of served) expect(text).toContain('Done.');
  for (const { status, headers, body } of turnedAway) {
    expect([429, 503]).toContain(status);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(body).toMatchObject({ error: { code: 'QUEUE_FULL', isRetryable: true } });
  }
  expect((await ask()).status).toBe(200);
});

it('refuses new tasks with 503 where the queue is full, and keeps the accepted ones', async () => {
  const config = { engine: { maxQueued: 2 } };
  let release: () => void = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const model = scriptedModel(async () => {
    await gate;
    return { text: 'Done.' };
  });
  await using test = await withAgent({ config, orchestrator: { models: [model], config } });
  const start = (): ReturnType<TestServer['call']> =>
    test.call('POST', '/api/v1/runs', { body: { description: 'x', agentId: 'echo' } });
  const started = [await start(), await start(), await start(), await start()];
  expect(started.map(({ status }) => status)).toEqual([202, 202, 503, 503]);
  expect(started[3]?.headers.get('retry-after')).not.toBeNull();
  expect((await test.call('GET', '/readyz')).status).toBe(200);
  expect((await test.call('GET', '/health')).body).toMatchObject({ status: 'degraded' });
  release();
  for (const { body } of started.slice(0, 2)) {
    const ended = await test.call('POST', `/api/v1/tasks/${(body as { id: string }).id}/execute`);
    expect(ended.body).toMatchObject({ status: 'completed' });
  }
});

it('stops gracefully: not ready at once, no new work, what is under way ends', async () => {
  let release: () => void = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const model = scriptedModel(async () => {
    await gate;
    return { text: 'Done.' };
  });
  await using test = await withAgent({ healthMs: 0, orchestrator: { models: [model] } });
  const asked = test.call('POST', '/v1/chat/completions', {
    body: { model: 'echo', messages: [{ role: 'user', content: 'Hello' }] },
  });
  while (model.running === 0) await test.call('GET', '/livez');
  const stopping = test.server.shutdown({ drainMs: 20_000 });
  expect((await test.call('GET', '/livez')).status).toBe(200);
  expect((await test.call('GET', '/readyz')).status).toBe(503);
  const refused = await test.call('POST', '/api/v1/tasks', { body: { description: 'late', agentId: 'echo' } });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect((await test.call('GET', '/api/v1/agents')).status).toBe(200);
  release();
  expect((await asked).text).toContain('Done.');
  await stopping;
  await expect(fetch(`${test.url}/livez`)).rejects.toThrow('fetch failed');
});
