import { expect, it } from 'vitest';
import { operationsOf, requestMaker, type Operation, type OpenApi } from './support/generated-requests.js';
import { ADMIN_KEY, startServer, withAuth, type CallAnswer, type TestServer } from './support/start-server.js';

const COUNT = 5_000;
const AT_ONCE = 16;

async function startWithWork(): Promise<{ test: TestServer; ids: string[] }> {
  const test = await startServer({ config: withAuth, maxStreams: 10_000 });
  const agent = await test.orchestrator.createAgent({ name: 'Known', instructions: 'Help.' }, { id: 'known' });
  const task = await test.orchestrator.createTask({ description: 'hello', agentId: agent });
  await test.orchestrator.executeTask(task);
  return { test, ids: [agent, task, 'orchestrator', 'unknown', '\u{1f600}', ' ', '..', 'a'.repeat(300)] };
}

const documentOf = async (test: TestServer): Promise<OpenApi> => (await test.call('GET', '/openapi.json')).body;

it(`answers ${COUNT} requests made from its document without a 5xx of its own and without a stack`, async () => {
  const { test, ids } = await startWithWork();
  await using _test = test;
  const make = requestMaker(await documentOf(test), { seed: 42, ids });
  const seen = new Map<number, number>();
  const reached = new Set<string>();
  let sent = 0;
  let left = 0;
  const worker = async (): Promise<void> => {
    while (sent < COUNT) {
      sent += 1;
      const { operation, method, path, body } = make();
      const answer = await askBriefly(test, method, path, body);
      if (answer === undefined) {
        left += 1; // an agent that was paused by a request before answers nobody
        continue;
      }
      const what = `${method} ${path} ${JSON.stringify(body)?.slice(0, 500)} gave ${answer.status} ${answer.text.slice(0, 500)}`;
      if (answer.status >= 500)
        expect(answer.body, what).toMatchObject({ error: { code: expect.stringMatching(BUSY) as string } });
      expect(answer.text, what).not.toMatch(/\n {4}at |node_modules|\.ts:\d+|"stack"/);
      if (answer.status >= 400) expectErrorBody(answer, what);
      else expect(Object.keys(operation.responses), what).toContain(String(answer.status));
      if (answer.status < 400) reached.add(operation.operationId);
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, () => worker().finally(() => (sent = COUNT))));
  expect([...seen.keys()]).toEqual(expect.arrayContaining([200, 201, 400, 404, 422]));
  expect(reached.size).toBeGreaterThan(25);
  expect(left).toBeLessThan(COUNT / 50);
  expect((await test.call('GET', '/readyz')).status).toBe(200);
}, 600_000);

/** 503 is an answer of a busy server; nothing else above 499 may be the fault of a request. */
const BUSY = /^(QUEUE_FULL|ORCHESTRATOR_CLOSED)$/;

/** Longest wait for an answer, in milliseconds. */
const PATIENCE_MS = 5_000;

/** A stream has no end of its own: its head is enough. `undefined` where there was no answer in time. */
async function askBriefly(
  test: TestServer,
  method: string,
  path: string,
  body: unknown,
): Promise<CallAnswer | undefined> {
  const controller = new AbortController();
  const tired = setTimeout(() => controller.abort(), PATIENCE_MS);
  try {
    const response = await fetch(`${test.url}${path}`, {
      method,
      signal: controller.signal,
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { status, headers } = response;
    const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
    const text = isStream ? '' : await response.text();
    return { status, headers, text, body: parsed(text) as never };
  } catch (error) {
    if (controller.signal.aborted) return undefined;
    throw error;
  } finally {
    clearTimeout(tired);
    controller.abort();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function expectErrorBody({ body, headers }: CallAnswer, what: string): void {
  expect(body, what).toMatchObject({
    error: {
      code: expect.stringMatching(/^[A-Z_]+$/) as string,
      category: expect.stringMatching(/_ERROR$/) as string,
      message: expect.stringMatching(/./) as string,
      requestId: headers.get('x-request-id'),
    },
  });
}

const bad = { nonsense: [1, 2] };

function fill(operation: Operation, id: string): string {
  return operation.path.replaceAll(/\{\w+\}/g, id);
}

it('answers 401 before 404 before 400, whatever the operation', async () => {
  const { test } = await startWithWork();
  await using _test = test;
  const operations = operationsOf(await documentOf(test));
  expect(operations.length).toBeGreaterThan(60);
  for (const operation of operations) {
    const { method, operationId, isPublic, hasBody } = operation;
    const unknown = fill(operation, 'nobody-has-this-id');
    const without = await test.call(method, unknown, hasBody ? { body: bad } : {});
    if (operationId === 'getLiveness' || isPublic) expect(without.status).toBe(200);
    else expect([operationId, without.status]).toEqual([operationId, 401]);
    if (operation.path.includes('{')) {
      const missing = await test.call(method, unknown, { key: ADMIN_KEY, ...(hasBody ? { body: bad } : {}) });
      expect([operationId, missing.status]).toEqual([operationId, 404]);
    } else if (hasBody) {
      const invalid = await test.call(method, unknown, { key: ADMIN_KEY, body: bad });
      expect([operationId, invalid.status]).toEqual([operationId, 400]);
    }
  }
}, 60_000);

it.each([
  ['an unknown path', '/nothing', 404],
  ['an unknown path of the API', '/api/v1/nothing', 404],
  ['a path that cannot be decoded', '/api/v1/agents/%zz', 400],
  ['a control character', '/api/v1/agents/%00', 404],
  ['an id that is too long', `/api/v1/agents/${'a'.repeat(2_000)}`, 404],
])('asks for a key before it says anything about %s', async (_name, path, expected) => {
  await using test = await startServer({ config: withAuth });
  expect((await test.call('GET', path)).status).toBe(401);
  expect((await test.call('GET', path, { key: ADMIN_KEY })).status).toBe(expected);
});
