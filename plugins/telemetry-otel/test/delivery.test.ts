import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_USAGE } from '@master-orchestrator/contracts';
import { refusedOrigin, type JsonAnswer } from '@master-orchestrator/testing';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { expect, it } from 'vitest';
import { buildProgram } from './build-program.js';
import { startReceiver, startTelemetry, type FedTelemetry } from './helpers.js';

function oneTask({ emit }: FedTelemetry, taskId = 'task_1'): void {
  emit('task-start', { delivery: 1 }, { taskId });
  emit('task-end', { status: 'completed', durationMs: 1, usage: NO_USAGE }, { taskId });
}

it('sends headers, and delivers while the orchestrator is open', async () => {
  await using receiver = await startReceiver();
  const telemetry = await startTelemetry({
    endpoint: receiver.endpoint,
    headers: { authorization: 'Bearer of-good-news' },
    intervalMs: 10,
  });
  oneTask(telemetry);
  await expect.poll(() => receiver.spans().length).toBe(1);
  expect(receiver.requests[0]).toMatchObject({
    method: 'POST',
    path: '/v1/traces',
    headers: { authorization: 'Bearer of-good-news', 'content-type': 'application/json' },
  });
  await telemetry.close();
});

it('repeats what the receiver was too busy for, and tells nobody', async () => {
  const answers: JsonAnswer[] = [
    [503, {}, { 'retry-after': '0' }],
    [429, {}, { 'retry-after': '0' }],
  ];
  await using receiver = await startReceiver(() => answers.shift() ?? [200, {}]);
  const telemetry = await startTelemetry({ endpoint: receiver.endpoint });
  oneTask(telemetry);
  await telemetry.close();
  expect(receiver.requests).toHaveLength(3);
  expect(telemetry.log).toEqual([]);
});

it('does not repeat what the receiver refuses, and tells it once, without headers', async () => {
  await using receiver = await startReceiver(() => [401, { error: 'who are you?' }]);
  const telemetry = await startTelemetry({
    endpoint: receiver.endpoint,
    headers: { authorization: 'Bearer of-bad-news' },
    intervalMs: 5,
  });
  for (const n of [1, 2, 3]) {
    oneTask(telemetry, `task_${n}`);
    await expect.poll(() => receiver.requests.length).toBe(n);
  }
  await telemetry.close();
  expect(telemetry.log).toMatchObject([
    { level: 'warn', fields: { target: receiver.endpoint, reason: 'The receiver answered 401.' } },
  ]);
  expect(JSON.stringify(telemetry.log)).not.toContain('bad-news');
});

it('tells when the receiver is back', async () => {
  let isDown = true;
  await using receiver = await startReceiver(() => [isDown ? 400 : 200, {}]);
  const telemetry = await startTelemetry({ endpoint: receiver.endpoint, intervalMs: 5 });
  oneTask(telemetry);
  await expect.poll(() => telemetry.log.length).toBe(1);
  isDown = false;
  oneTask(telemetry, 'task_2');
  await expect.poll(() => telemetry.log.map(({ level }) => level)).toEqual(['warn', 'info']);
  await telemetry.close();
});

it('closes in time where nobody listens', async () => {
  const telemetry = await startTelemetry({ endpoint: `${await refusedOrigin()}/v1/traces`, flushTimeoutMs: 100 });
  oneTask(telemetry);
  await telemetry.close();
  expect(telemetry.log).toMatchObject([
    { level: 'warn', fields: { reason: expect.stringMatching(/cannot be reached \(ECONNREFUSED\)/) as string } },
  ]);
});

it('closes in time where the receiver never answers, or the exporter of the user hangs', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const hanging: SpanExporter = { export: () => undefined, shutdown: () => new Promise(() => undefined) };
  for (const options of [{ endpoint: `http://127.0.0.1:${port}/v1/traces` }, { exporter: hanging }]) {
    const telemetry = await startTelemetry({ ...options, flushTimeoutMs: 50 });
    oneTask(telemetry);
    await telemetry.close();
    expect(telemetry.log).toMatchObject([{ level: 'warn' }]);
  }
  silent.close();
});

it('drops spans instead of growing, while the receiver is down', async () => {
  await using receiver = await startReceiver();
  const telemetry = await startTelemetry({ endpoint: receiver.endpoint, maxQueued: 10 });
  for (let n = 0; n < 100; n += 1) oneTask(telemetry, `task_${n}`);
  await telemetry.close();
  expect(receiver.spans().length).toBeGreaterThanOrEqual(10);
  expect(receiver.spans().length).toBeLessThan(100);
});

it('hands spans to the exporter of the user, and closes it', async () => {
  const names: string[] = [];
  let isClosed = false;
  const exporter: SpanExporter = {
    export: (spans, done) => {
      names.push(...spans.map(({ name }) => name));
      done({ code: 0 });
    },
    shutdown: async () => {
      isClosed = true;
    },
  };
  const telemetry = await startTelemetry({ exporter });
  oneTask(telemetry);
  await telemetry.close();
  expect([names, isClosed]).toEqual([['invoke_agent'], true]);
});

it('keeps no process alive: one that has delivered, and one whose receiver never answers, both end by themselves', async () => {
  await using receiver = await startReceiver();
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const folder = await mkdtemp(join(tmpdir(), 'mao-otel-'));
  const program = await buildProgram(new URL('fixtures/one-task-worker.ts', import.meta.url), folder);
  const cases = [
    [receiver.endpoint, '20000'],
    [`http://127.0.0.1:${port}/v1/traces`, '200'],
  ] as const;
  for (const given of cases) {
    const child = spawn(process.execPath, [program, ...given], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    expect([code, output]).toEqual([0, 'closed\nends with nothing open\n']);
  }
  expect(receiver.spans()).toHaveLength(1);
  silent.close();
  await rm(folder, { recursive: true });
}, 60_000);
