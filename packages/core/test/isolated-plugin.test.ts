import type { PluginV1 } from '@master-orchestrator/contracts';
import { startJsonServer, type JsonServer } from '@master-orchestrator/testing';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MasterOrchestrator } from '../src/orchestrator.js';
import { isolatedPlugin, type IsolatedPluginOptions } from '../src/index.js';
import { createTestOrchestrator } from '../src/testing.js';

const module = new URL('fixtures/isolated/hostile-tools.mjs', import.meta.url);

const make = (options: Partial<IsolatedPluginOptions> = {}): Promise<PluginV1> =>
  isolatedPlugin({ module, factory: 'hostileTools', heapMb: 32, graceMs: 200, startTimeoutMs: 60_000, ...options });

describe('tools in a process of their own', { timeout: 120_000 }, () => {
  let orchestrator: MasterOrchestrator;
  let folder: string;
  let inside: string;
  let server: JsonServer;

  beforeAll(async () => {
    server = await startJsonServer(() => [200, { pong: true }]);
    folder = await mkdtemp(join(tmpdir(), 'mao-isolated-'));
    inside = await mkdtemp(join(folder, 'granted-'));
    await writeFile(join(inside, 'open.txt'), 'open');
    await writeFile(join(folder, 'secret.txt'), 'secret');
    const plugin = await make({
      permissions: ['fs:read', 'fs:write', 'net', 'env:GRANTED'],
      readRoots: [inside],
      writeRoots: [inside],
      options: { greeting: 'hi' },
    });
    orchestrator = await createTestOrchestrator({
      plugins: [plugin],
      environment: { GRANTED: 'yes', SECRET: 'no' },
      config: { tools: { allowedHosts: [new URL(server.url).host], allowPrivateHosts: [new URL(server.url).host] } },
    });
  }, 120_000);
  afterAll(async () => {
    await orchestrator.shutdown();
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const call = async (name: string, input: object = {}, signal?: AbortSignal): Promise<unknown> =>
    (await orchestrator.tools.executeTool(name, 'x', input, signal === undefined ? {} : { signal })).output;
  const still = () => expect(call('greet', { name: 'Ada' })).resolves.toEqual({ text: 'hi Ada' });

  it('get their arguments checked on both sides, and answer', async () => {
    await still();
    await expect(call('greet', { name: '' })).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS_INVALID' });
  });

  it.each(['exits', 'eats_memory'])('take their own process with them, and no more: %s', async (name) => {
    await expect(call(name)).rejects.toMatchObject({
      code: 'WORKER_LOST',
      message: expect.stringContaining(`"${name}"`),
    });
    await still();
  });

  it('are killed where they do not end after their abort', async () => {
    for (const name of ['loops', 'hangs']) {
      const controller = new AbortController();
      const ended = call(name, {}, controller.signal);
      setTimeout(() => controller.abort(), 300);
      await expect(ended).rejects.toMatchObject({ code: 'CANCELLED' });
      await still();
    }
  });

  it('read and write the folders granted, and no other', async () => {
    expect(await call('reads', { path: join(inside, 'open.txt') })).toBe('open');
    await call('writes', { path: join(inside, 'new.txt') }).catch(() => undefined); // its output is no JSON
    expect(await readFile(join(inside, 'new.txt'), 'utf8')).toBe('x');
    for (const path of [join(folder, 'secret.txt'), '/etc/passwd', '/proc/self/environ']) {
      await expect(call('reads', { path })).rejects.toMatchObject({
        code: 'TOOL_FAILED',
        message: expect.stringContaining('restricted'),
      });
    }
    await expect(call('writes', { path: join(folder, 'new.txt') })).rejects.toThrow('restricted');
  });

  it('start no process and no thread', async () => {
    for (const name of ['spawns', 'threads']) await expect(call(name)).rejects.toThrow('restricted');
  });

  it('see of the environment what was granted', async () => {
    expect(await call('spies')).toEqual({ all: [], granted: { GRANTED: 'yes' } });
  });

  it('are given the user context they declare, frozen, and do not run without it', async () => {
    const userContext = { tenant: { id: 't1' }, signedUpAt: '1970-01-01T00:00:01Z' };
    const { output } = await orchestrator.tools.executeTool('knows', 'x', {}, { userContext });
    expect(output).toEqual({ tenant: { id: 't1' }, locale: 'en', signedUpAt: 1_000 });
    await expect(call('knows')).rejects.toMatchObject({
      code: 'USER_CONTEXT_INVALID',
      message: expect.stringContaining('tool "knows" needs: userContext'),
    });
  });

  it('reach the network through their host', async () => {
    expect(await call('fetches', { url: server.url })).toMatchObject({ status: 200, text: '{"pong":true}' });
    await expect(call('fetches', { url: 'http://10.0.0.1/' })).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  });

  it('do not drown their host in progress', async () => {
    expect(await call('floods')).toBe('done');
  });
});

describe('a module that does not fit', { timeout: 120_000 }, () => {
  it.each<[string, Partial<IsolatedPluginOptions>, RegExp]>([
    ['has no such factory', { factory: 'nothing' }, /no function "nothing"/],
    ['is not ready in time', { factory: 'notReady', startTimeoutMs: 1_500 }, /1500 ms/],
    ['brings more than tools', { factory: 'bringsModels' }, /models; only tools/],
    ['wants to start processes', { permissions: ['process'] }, /cannot have the permission/],
  ])('%s', async (_what, options, message) => {
    await expect(make(options)).rejects.toMatchObject({
      code: 'PLUGIN_INVALID',
      message: expect.stringMatching(message),
    });
  });
});
