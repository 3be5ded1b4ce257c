import { expect, it } from 'vitest';
import { virtualClock } from '@master-orchestrator/testing';
import { malformedCredentials } from './support/malformed-credentials.js';
import { ADMIN_KEY, call, startServer, withAuth, type TestServer } from './support/start-server.js';

interface MadeKey {
  readonly id: string;
  readonly key: string;
}

async function makeKey(test: TestServer, scope: string, more: object = {}): Promise<MadeKey> {
  const made = await test.call('POST', '/api/v1/keys', { key: ADMIN_KEY, body: { name: scope, scope, ...more } });
  expect(made.status).toBe(201);
  return made.body;
}

const statusOf = async (test: TestServer, key: string, path = '/api/v1/agents'): Promise<number> =>
  (await test.call('GET', path, { key })).status;

it('refuses 200 malformed credentials, all with 401 and the same words', async () => {
  await using test = await startServer({ config: withAuth });
  const { key } = await makeKey(test, 'read');
  const credentials = malformedCredentials(key, 200);
  expect(credentials).toHaveLength(200);
  expect(await statusOf(test, key)).toBe(200);
  for (const headers of credentials) {
    const answer = await call(test.url, 'GET', '/api/v1/agents', { headers });
    expect([answer.status, answer.headers.get('www-authenticate')], JSON.stringify(headers)).toEqual([401, 'Bearer']);
    expect(answer.body).toMatchObject({ error: { code: 'REQUEST_UNAUTHORIZED', category: 'PERMISSION_ERROR' } });
  }
});

it('takes a key as bearer or in X-API-Key, and refuses two that differ', async () => {
  await using test = await startServer({ config: withAuth });
  const { key } = await makeKey(test, 'read');
  const get = async (headers: Record<string, string>): Promise<number> =>
    (await call(test.url, 'GET', '/api/v1/agents', { headers })).status;
  expect(await get({ authorization: `Bearer ${key}` })).toBe(200);
  expect(await get({ authorization: `bearer   ${key}` })).toBe(200);
  expect(await get({ 'x-api-key': key })).toBe(200);
  expect(await get({ 'x-api-key': key, authorization: `Bearer ${key}` })).toBe(200);
  expect(await get({ 'x-api-key': key, authorization: `Bearer ${ADMIN_KEY}` })).toBe(401);
});

it('lets read look, operate work, and admin decide who may', async () => {
  await using test = await startServer({ config: withAuth });
  const requests = [
    ['GET', '/api/v1/agents', undefined],
    ['POST', '/api/v1/agents', { name: 'A', instructions: 'Help.' }],
    ['GET', '/api/v1/keys', undefined],
    ['GET', '/api/v1/config', undefined],
  ] as const;
  const statuses: Record<string, number[]> = {};
  for (const scope of ['read', 'operate', 'admin']) {
    const { key } = await makeKey(test, scope);
    statuses[scope] = [];
    for (const [method, path, body] of requests) {
      statuses[scope].push((await test.call(method, path, { key, body })).status);
    }
  }
  expect(statuses).toEqual({ read: [200, 403, 403, 403], operate: [200, 201, 403, 403], admin: [200, 201, 200, 200] });
});

it('stores a key as a hash and shows its text once', async () => {
  await using test = await startServer({ config: withAuth });
  const { id, key } = await makeKey(test, 'read');
  expect(key).toMatch(/^mao_[A-Za-z0-9-]{12}_[A-Za-z0-9_-]{43}$/);
  const secret = key.slice(-43);
  const row = await test.orchestrator.engine.state.get('api-keys', id);
  expect(JSON.stringify(row)).not.toContain(secret);
  const shown = await test.call('GET', `/api/v1/keys/${id}`, { key: ADMIN_KEY });
  expect(shown.text).not.toContain(secret);
  expect(shown.body).toMatchObject({ id, last4: key.slice(-4), createdBy: 'admin-key', scope: 'read' });
});

it('rotates a key: the old text ends at once, or after its grace', async () => {
  const clock = virtualClock(1_000_000);
  await using test = await startServer({ config: withAuth, clock });
  const { id, key } = await makeKey(test, 'read');
  const rotate = async (body: object): Promise<string> =>
    ((await test.call('POST', `/api/v1/keys/${id}/rotate`, { key: ADMIN_KEY, body })).body as MadeKey).key;
  const second = await rotate({});
  expect([await statusOf(test, key), await statusOf(test, second)]).toEqual([401, 200]);
  const third = await rotate({ graceMs: 60_000 });
  expect([await statusOf(test, second), await statusOf(test, third)]).toEqual([200, 200]);
  clock.advance(60_001);
  expect([await statusOf(test, second), await statusOf(test, third)]).toEqual([401, 200]);
});

it('ends a key at its expiry and when it is revoked', async () => {
  const clock = virtualClock(1_000_000);
  await using test = await startServer({ config: withAuth, clock });
  const short = await makeKey(test, 'read', { expiresAt: clock.now() + 5_000 });
  const gone = await makeKey(test, 'read');
  expect([await statusOf(test, short.key), await statusOf(test, gone.key)]).toEqual([200, 200]);
  clock.advance(5_000);
  expect((await test.call('DELETE', `/api/v1/keys/${gone.id}`, { key: ADMIN_KEY })).status).toBe(204);
  expect([await statusOf(test, short.key), await statusOf(test, gone.key)]).toEqual([401, 401]);
  const late = { name: 'late', scope: 'read', expiresAt: clock.now() - 1 };
  expect((await test.call('POST', '/api/v1/keys', { key: ADMIN_KEY, body: late })).status).toBe(400);
});

it('counts wrong keys against the address they come from, and no valid key with them', async () => {
  const config = { server: { ...withAuth.server, rateLimitPerMinute: 20 } };
  await using test = await startServer({ config });
  const { key } = await makeKey(test, 'read');
  const statuses: number[] = [];
  for (let count = 0; count < 25; count += 1) statuses.push(await statusOf(test, 'wrong'));
  expect(new Set(statuses)).toEqual(new Set([401, 429]));
  expect(await statusOf(test, key)).toBe(200);
});
