import type { OrchestratorEvent } from '@master-orchestrator/contracts';
import { sqliteEnginePlugin } from '@master-orchestrator/engine-sqlite';
import { createServer, shareEvents } from '@master-orchestrator/server';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openStream, type StreamedMessage } from './support/read-stream.js';
import { startServer, type TestServer, type TestServerOptions } from './support/start-server.js';

async function withAgent(options: TestServerOptions = {}): Promise<TestServer> {
  const test = await startServer(options);
  await test.orchestrator.createAgent({ name: 'Echo', instructions: 'Repeat.' }, { id: 'echo' });
  return test;
}

/** Options of an orchestrator whose tasks live in a file. */
function inFile(file: string): TestServerOptions {
  const config = { engine: { address: `sqlite:${file}`, dataDirectory: tmpdir() } };
  return { orchestrator: { plugins: [sqliteEnginePlugin()], config, createId: idsOf() }, config };
}

function idsOf(): (kind: string) => string {
  let count = 0;
  const start = Math.random().toString(36).slice(2, 8);
  return (kind) => `${kind}_${start}${(count += 1)}`;
}

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'server-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'tasks.db');
}

async function runOne(test: TestServer, description = 'hello'): Promise<string> {
  const id = await test.orchestrator.createTask({ description, agentId: 'echo' });
  await test.orchestrator.executeTask(id);
  return id;
}

const isEnd = ({ event }: StreamedMessage): boolean => event === 'task-end';

function places(messages: readonly StreamedMessage[]): string[] {
  return messages.map(({ data }) => {
    const { taskId, seq, type } = JSON.parse(data) as OrchestratorEvent;
    return `${taskId ?? ''}#${seq} ${type}`;
  });
}

it('streams every event with its type as name and a cursor as id', async () => {
  await using test = await withAgent();
  await using stream = await openStream(`${test.url}/api/v1/events`);
  expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(stream.headers.get('x-content-type-options')).toBe('nosniff');
  await runOne(test);
  const seen = await stream.until(isEnd);
  expect(seen[0]?.event).toBe('task-queue');
  expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
  expect(seen.every(({ id }) => id !== undefined)).toBe(true);
});

it('goes on after the last id without gap and without double', async () => {
  await using test = await withAgent();
  await using whole = await openStream(`${test.url}/api/v1/events`);
  const parts: StreamedMessage[] = [];
  let last = '';
  for (let round = 0; round < 5; round += 1) {
    const headers: Record<string, string> = last === '' ? {} : { 'last-event-id': last };
    await using stream = await openStream(`${test.url}/api/v1/events`, headers);
    await runOne(test, `round ${round}`);
    // Leaves in the middle: the rest of this round comes with the next reader.
    for (let count = 0; count < 4; count += 1) parts.push((await stream.next()) as StreamedMessage);
    last = parts.at(-1)?.id ?? '';
  }
  await using rest = await openStream(`${test.url}/api/v1/events`, { 'last-event-id': last });
  let ends = parts.filter(isEnd).length;
  parts.push(...(await rest.until((message) => isEnd(message) && (ends += 1) === 5)));
  let all = 0;
  expect(places(parts)).toEqual(places(await whole.until((message) => isEnd(message) && (all += 1) === 5)));
});

it('tells a reader that was away too long of the gap', async () => {
  await using test = await withAgent({ config: { events: { bufferSize: 8 } } });
  await using first = await openStream(`${test.url}/api/v1/events`);
  await runOne(test);
  const seen = await first.until(() => true);
  for (let round = 0; round < 3; round += 1) await runOne(test);
  await using again = await openStream(`${test.url}/api/v1/events`, { 'last-event-id': seen[0]?.id ?? '' });
  const gap = await again.next();
  expect(gap?.event).toBe('stream-gap');
  const next = await again.next();
  expect(next?.event).not.toBe('stream-gap');
});

it('tells a reader that comes back after a restart without a durable engine of the gap', async () => {
  await using test = await withAgent();
  await using stream = await openStream(`${test.url}/api/v1/events`, { 'last-event-id': '00ff00ff00ff-17' });
  expect(await stream.next()).toMatchObject({ event: 'stream-gap' });
});

it('refuses what is no cursor of the stream', async () => {
  await using test = await withAgent();
  for (const id of ['nonsense', '-1', '99999999', 'x'.repeat(120)]) {
    const answer = await test.call('GET', '/api/v1/events', { headers: { 'last-event-id': id } });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: { code: 'REQUEST_INVALID' } });
  }
});

it('filters by type and by task', async () => {
  await using test = await withAgent();
  await runOne(test, 'other');
  const id = await runOne(test, 'mine');
  await using stream = await openStream(`${test.url}/api/v1/events?after=start&types=task-start,task-end&taskId=${id}`);
  const seen = await stream.until(isEnd);
  expect(seen.map(({ event }) => event)).toEqual(['task-start', 'task-end']);
});

it('streams a run from its first event to its end, pieces of the answer included', async () => {
  await using test = await withAgent();
  const started = await test.call('POST', '/api/v1/runs', {
    body: { description: 'one two three four five', agentId: 'echo' },
  });
  expect(started.status).toBe(202);
  const { id, eventsUrl } = started.body as { id: string; eventsUrl: string };
  await using stream = await openStream(`${test.url}${eventsUrl}`);
  const seen = await stream.until(() => false);
  const text = seen
    .filter(({ event }) => event === 'model-call-delta')
    .map(({ data }) => (JSON.parse(data) as { data: { text: string } }).data.text)
    .join('');
  expect(text).toBe('You said: one two three four five');
  expect(seen[0]?.event).toBe('task-queue');
  expect(JSON.parse(seen.at(-1)?.data ?? '')).toEqual({ taskId: id, status: 'completed' });
  expect(seen.at(-1)?.event).toBe('end');
});

it('streams what is kept of a run that has ended, then ends', async () => {
  await using test = await withAgent();
  const id = await runOne(test);
  await using stream = await openStream(`${test.url}/api/v1/runs/${id}/events`);
  const seen = await stream.until(() => false);
  expect(seen.at(-2)?.event).toBe('task-end');
  expect(seen.at(-1)?.event).toBe('end');
});

it('keeps a quiet stream alive with comments', async () => {
  await using test = await withAgent({ keepAliveMs: 20 });
  await using stream = await openStream(`${test.url}/api/v1/events`);
  const waiting = stream.next();
  while (stream.comments.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(stream.comments[0]).toBe(': keep-alive');
  await runOne(test);
  expect(await waiting).toBeDefined();
});

it('refuses more streams than it takes, and takes again when one is closed', async () => {
  await using test = await withAgent({ maxStreams: 2 });
  const first = await openStream(`${test.url}/api/v1/events`);
  await using _second = await openStream(`${test.url}/api/v1/events`);
  const refused = await test.call('GET', '/api/v1/events');
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  await first.close();
  for (;;) {
    await using third = await openStream(`${test.url}/api/v1/events`);
    if (third.status === 200) break;
  }
});

it('ends streams with a closing event when the server stops', async () => {
  const test = await withAgent();
  await using stream = await openStream(`${test.url}/api/v1/events`);
  const closing = test.server.shutdown({ drainMs: 0 });
  const seen = await stream.until(() => false);
  await closing;
  expect(seen.at(-1)).toEqual({ event: 'closing', data: '{"reason":"shutdown"}' });
});

it('goes on after a restart of the server without gap and without double where the engine is durable', async () => {
  const file = newFile();
  const seen: StreamedMessage[] = [];
  const made: string[] = [];
  for (let start = 0; start < 3; start += 1) {
    await using test = await withAgent(inFile(file));
    const last = seen.at(-1)?.id;
    if (last !== undefined) made.push(await runOne(test, `before the reader of start ${start} is back`));
    await using stream = await openStream(
      `${test.url}/api/v1/events?types=task-start,task-end`,
      last === undefined ? {} : { 'last-event-id': last },
    );
    made.push(await runOne(test, `start ${start}`));
    const target = made.at(-1);
    seen.push(...(await stream.until((message) => isEnd(message) && message.data.includes(`"${target}"`))));
  }
  expect(places(seen)).toEqual(
    made.flatMap((id) => [expect.stringContaining(`${id}#`) as string, expect.stringContaining(`${id}#`) as string]),
  );
  expect(seen.map(({ event }) => event)).toEqual(made.flatMap(() => ['task-start', 'task-end']));
});

it('streams a run of an earlier start from the log', async () => {
  const file = newFile();
  let id = '';
  {
    await using test = await withAgent(inFile(file));
    id = await runOne(test);
  }
  await using test = await withAgent(inFile(file));
  await using stream = await openStream(`${test.url}/api/v1/runs/${id}/events`);
  const seen = await stream.until(() => false);
  expect(seen[0]?.event).toBe('task-queue');
  expect(seen.at(-2)?.event).toBe('task-end');
});

it('shows what another process of the same engine shares', async () => {
  const file = newFile();
  await using worker = await withAgent(inFile(file));
  await using _sharing = shareEvents(worker.orchestrator);
  await using front = await withAgent(inFile(file));
  const server = await createServer(worker.orchestrator); // a second one over the same log
  await using stream = await openStream(`${front.url}/api/v1/events?types=task-end`);
  await server.close();
  const id = await runOne(worker);
  const [ended] = await stream.until(isEnd);
  expect(ended?.data).toContain(`"${id}"`);
});
