import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { runUntilSignal, startWorker, type ProcessLike, type RunUntilSignalOptions } from '../src/index.js';
import { scriptedModel } from '@master-orchestrator/testing';

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
  }
}

function stage(shutdown: (drainMs: number) => Promise<void>) {
  const host = new FakeProcess();
  const drains: number[] = [];
  const target = {
    shutdown: async ({ drainMs }: { readonly drainMs: number }) => {
      drains.push(drainMs);
      await shutdown(drainMs);
    },
  };
  return {
    host,
    drains,
    code: ({ fatal, ...options }: RunUntilSignalOptions & { readonly fatal?: Promise<unknown> } = {}) =>
      runUntilSignal(fatal === undefined ? target : { ...target, fatal }, {
        process: host as unknown as ProcessLike,
        ...options,
      }),
  };
}

it.each([
  ['SIGTERM', 0],
  ['SIGINT', 130],
  ['uncaughtException', 1],
  ['unhandledRejection', 1],
])('%s drains, ends with %i and leaves no listener', async (event, expected) => {
  const { host, drains, code } = stage(async () => {});
  const ended = code();
  host.emit(event, new Error('x'));
  expect(await ended).toBe(expected);
  expect(drains).toEqual([25_000]);
  expect(host.eventNames()).toEqual([]);
});

it('hurries at the second signal', async () => {
  let finish = (): void => {};
  const { host, drains, code } = stage((drainMs) =>
    drainMs === 0 ? Promise.resolve(finish()) : new Promise((resolve) => (finish = resolve)),
  );
  const ended = code({ drainMs: 5_000 });
  host.emit('SIGTERM');
  host.emit('SIGTERM');
  expect(await ended).toBe(0);
  expect(drains).toEqual([5_000, 0]);
});

it('ends the process where a shutdown hangs, and with 1 where it fails', async () => {
  const hanging = stage(() => new Promise(() => {}));
  void hanging.code({ exitMs: 5 });
  hanging.host.emit('SIGTERM');
  while (hanging.host.exits.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(hanging.host.exits).toEqual([1]);
  const failing = stage(() => Promise.reject(new Error('disk')));
  const ended = failing.code();
  failing.host.emit('SIGTERM');
  expect(await ended).toBe(1);
});

it('sets a worker up before it takes its first task, and stops it in order', async () => {
  const host = new FakeProcess();
  const model = {
    specificationVersion: 'v1',
    name: 'm',
    version: '1.0.0',
    contributes: { models: [scriptedModel([{ text: 'ok' }])] },
  } as const;
  const worker = await startWorker({
    plugins: [model],
    setup: async (orchestrator) => void (await orchestrator.createAgent({ name: 'a', instructions: 'x' })),
    stop: { process: host as unknown as ProcessLike },
  });
  const taskId = await worker.orchestrator.createTask({ description: 'x', agentId: 'agent_a' });
  expect((await worker.orchestrator.executeTask(taskId)).text).toBe('ok');
  host.emit('SIGTERM');
  expect(await worker.stopped).toBe(0);
  await expect(worker.orchestrator.createTask({ description: 'x' })).rejects.toMatchObject({
    code: 'ORCHESTRATOR_CLOSED',
  });
});

it('closes what it opened where the setup of a worker fails', async () => {
  let isDisposed = false;
  const plugin = {
    specificationVersion: 'v1',
    name: 'p',
    version: '1.0.0',
    contributes: {},
    dispose: async () => void (isDisposed = true),
  } as const;
  const made = startWorker({ plugins: [plugin], setup: () => Promise.reject(new Error('no agents')) });
  await expect(made).rejects.toThrow('no agents');
  expect(isDisposed).toBe(true);
});

it('ends with 1, in order, where a failure concerns the whole process, and once where a signal came first', async () => {
  const failed = stage(async () => {});
  const ended = failed.code({ fatal: Promise.resolve(new Error('the disk is full')) });
  expect(await ended).toBe(1);
  expect(failed.drains).toEqual([25_000]);
  const stopped = stage(async () => {});
  let fail = (_error: Error): void => {};
  const code = stopped.code({ fatal: new Promise((resolve) => (fail = resolve)) });
  stopped.host.emit('SIGTERM');
  fail(new Error('the disk is full'));
  expect(await code).toBe(0);
  expect(stopped.drains).toEqual([25_000]);
});
