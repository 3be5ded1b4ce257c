import { OrchestratorError } from '@master-orchestrator/errors';
import { virtualClock } from '@master-orchestrator/testing';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { READ_TOOL_RESULT, ToolRegistry, type RegistryEvent } from '../src/index.js';
import { MemoryState } from './support/memory-state.js';
import { call, codeOf, deferred, prepare, ready, runOptions, schemaTool, simpleTool } from './support/registry.js';

function registryOf(...tools: Parameters<ToolRegistry['registerTool']>[0][]): ToolRegistry {
  const registry = new ToolRegistry();
  for (const tool of tools) registry.registerTool(tool);
  return registry;
}

describe('registering', () => {
  it('refuses a name that is taken, what is no tool, and a schema that is no object', () => {
    const registry = registryOf(simpleTool('one'));
    expect(() => registry.registerTool(simpleTool('one'))).toThrow(
      expect.objectContaining({ code: 'TOOL_EXISTS' }) as Error,
    );
    expect(() => registry.registerTool(simpleTool(READ_TOOL_RESULT))).toThrow(
      expect.objectContaining({ code: 'TOOL_EXISTS' }) as Error,
    );
    expect(() => registry.registerTool({} as never)).toThrow(
      expect.objectContaining({ code: 'TOOL_INVALID' }) as Error,
    );
    expect(() => registry.registerTool(schemaTool('list', z.array(z.string())))).toThrow(
      expect.objectContaining({ code: 'TOOL_INVALID' }) as Error,
    );
    expect(() => registry.registerTool(schemaTool('union', z.union([z.object({}), z.string()])))).toThrow(
      expect.objectContaining({ code: 'TOOL_INVALID' }) as Error,
    );
  });

  it('takes a tool out again, but not the built-in one', async () => {
    const registry = registryOf(simpleTool('one'));
    const prepared = ready(registry, 'one');
    expect(registry.unregisterTool('one')).toBe(true);
    expect(registry.unregisterTool('one')).toBe(false);
    expect(registry.unregisterTool(READ_TOOL_RESULT)).toBe(false);
    expect(prepare(registry, 'one')).toMatchObject({ error: { code: 'TOOL_UNKNOWN' } });
    expect(await registry.run(prepared, runOptions())).toMatchObject({
      outcome: 'error',
      error: { code: 'TOOL_UNKNOWN' },
    });
  });

  it('lists where a tool comes from and what holds for it', () => {
    const registry = new ToolRegistry({
      limits: { concurrent: 4, tools: { one: { perMinute: 5, timeoutMs: 9_999 } } },
    });
    registry.registerTool(simpleTool('one', { limits: { timeoutMs: 100 }, version: '1.2.3', approval: () => true }), {
      plugin: 'p',
      permissions: ['net'],
    });
    expect(registry.listTools().find(({ name }) => name === 'one')).toEqual({
      name: 'one',
      description: 'The tool one.',
      category: 'custom',
      accessLevel: 'public',
      effect: 'pure',
      limits: { timeoutMs: 100, concurrent: 4, perMinute: 5 },
      approval: 'sometimes',
      version: '1.2.3',
      plugin: 'p',
      permissions: ['net'],
    });
    expect(registry.getAvailableTools('a').find(({ name }) => name === 'one')?.grants).toEqual([
      { reason: 'the tool is public' },
    ]);
  });
});

describe('a refused call', () => {
  it('tells the model which tools there are when the name is unknown', () => {
    const refused = prepare(registryOf(simpleTool('one')), 'nonsense');
    expect(refused).toMatchObject({
      kind: 'refused',
      tool: 'nonsense',
      error: { code: 'TOOL_UNKNOWN', category: 'VALIDATION_ERROR' },
    });
    expect(refused.kind === 'refused' && refused.text).toContain('Use one of: one.');
  });

  it.each(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString'])(
    'is what a tool named %s gives',
    (name) => {
      expect(prepare(registryOf(), name)).toMatchObject({ error: { code: 'TOOL_UNKNOWN' } });
    },
  );

  it('tells which arguments are wrong, at most five', () => {
    const shape = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((key) => [key, z.number()]));
    const refused = prepare(registryOf(schemaTool('seven', z.object(shape))), 'seven');
    const text = refused.kind === 'refused' ? refused.text : '';
    expect(refused).toMatchObject({
      error: { code: 'TOOL_ARGUMENTS_INVALID', category: 'VALIDATION_ERROR', isReplaySafe: true },
    });
    expect(text).toContain('a: Invalid input');
    expect(text).toContain('and 2 more');
    expect(text).toContain('did not run');
  });

  it('comes of a schema that cannot be checked at once', () => {
    const schema = z.object({ a: z.string().refine(async () => true) });
    expect(prepare(registryOf(schemaTool('slow', schema)), 'slow', { args: '{"a":"x"}' })).toMatchObject({
      error: { code: 'TOOL_ARGUMENTS_INVALID' },
    });
  });
});

describe('a prepared call', () => {
  const registry = registryOf(schemaTool('trim', z.object({ a: z.string().trim(), b: z.number().default(3) })));

  it('holds the checked input, the arguments as given and a hash that the order of keys does not change', () => {
    const first = ready(registry, 'trim', { args: '{"a":" x ","z":1}' });
    expect(first.input).toEqual({ a: 'x', b: 3 });
    expect(first.arguments).toEqual({ a: ' x ', z: 1 });
    expect(first.argumentsHash).toMatch(/^[0-9a-f]{64}$/);
    expect(ready(registry, 'trim', { args: '{ "z":1, "a":" x " }' }).argumentsHash).toBe(first.argumentsHash);
    expect(ready(registry, 'trim', { args: '{"a":"x","z":1}' }).argumentsHash).not.toBe(first.argumentsHash);
  });

  it('says what was repaired', () => {
    expect(ready(registry, 'trim', { args: '```json\n{"a":"x"}\n```' }).repair).toBe('code fence taken off');
    expect(ready(registry, 'trim', { args: '{"a":"x"}' }).repair).toBeUndefined();
  });

  it('has the effect of its input, and the unsafe one where the tool cannot say', () => {
    const schema = z.object({ method: z.string() });
    const effects = registryOf({
      ...schemaTool('http', schema),
      effect: ({ method }: { method: string }) => {
        if (method === 'BOOM') throw new Error('no');
        return method === 'GET' ? 'idempotent' : 'unsafe';
      },
    });
    const effectOf = (method: string): string => ready(effects, 'http', { args: JSON.stringify({ method }) }).effect;
    expect(['GET', 'POST', 'BOOM'].map(effectOf)).toEqual(['idempotent', 'unsafe', 'unsafe']);
  });

  it('is refused by run when it was not made by prepare', () => {
    expect(() => registry.run({ ...ready(registry, 'trim', { args: '{"a":"x"}' }) }, runOptions())).toThrow(
      expect.objectContaining({ code: 'TOOL_INVALID' }) as Error,
    );
  });
});

describe('approval', () => {
  const asks = (input: unknown): boolean => (input as { amount: number }).amount > 100;
  const pay = { ...schemaTool('pay', z.object({ amount: z.number() })), effect: 'unsafe' as const, approval: asks };
  const args = (amount: number): { args: string } => ({ args: JSON.stringify({ amount }) });

  it('is asked for by the arguments, and by a predicate that throws', () => {
    const registry = registryOf(pay, {
      ...pay,
      name: 'broken',
      approval: () => {
        throw new Error('no');
      },
    });
    expect(ready(registry, 'pay', args(100)).approval).toBeUndefined();
    expect(ready(registry, 'pay', args(101)).approval?.reason).toContain('pay');
    expect(ready(registry, 'broken', args(1)).approval?.reason).toContain('could not tell');
  });

  it('keeps a call from running until somebody approved', async () => {
    const registry = registryOf(pay);
    const result = await call(registry, 'pay', args(500));
    expect(result).toMatchObject({
      outcome: 'error',
      error: { code: 'APPROVAL_REQUIRED', category: 'PERMISSION_ERROR' },
    });
    expect(await call(registry, 'pay', args(500), { approvedBy: 'ann' })).toMatchObject({ outcome: 'ok' });
  });

  it('noted for a run holds for these arguments, or for any, in this run alone', () => {
    const registry = registryOf(pay);
    const { argumentsHash } = ready(registry, 'pay', args(500));
    registry.approveForRun({ runId: 'run', tool: 'pay', argumentsHash, by: 'ann' });
    expect(ready(registry, 'pay', args(500)).approval).toBeUndefined();
    expect(ready(registry, 'pay', args(501)).approval).toBeDefined();
    registry.approveForRun({ runId: 'run', tool: 'pay', by: 'ann' });
    expect(ready(registry, 'pay', args(501)).approval).toBeUndefined();
    expect(ready(registry, 'pay', { ...args(501), runId: 'other' }).approval).toBeDefined();
    registry.endRun('run');
    expect(ready(registry, 'pay', args(500)).approval).toBeDefined();
  });
});

describe('a result', () => {
  it('is text for the model: strings as they are, the rest as JSON, nothing as a sentence', async () => {
    const registry = registryOf(
      simpleTool('text', { execute: async () => 'plain' }),
      simpleTool('value', { execute: async () => ({ a: [1, null] }) }),
      simpleTool('nothing', { execute: async () => undefined }),
      simpleTool('at_once', { execute: (() => 7) as never }),
    );
    expect(await call(registry, 'text')).toMatchObject({ outcome: 'ok', output: 'plain', text: 'plain', bytes: 7 });
    expect(await call(registry, 'value')).toMatchObject({
      output: { a: [1, null] },
      text: '{"a":[1,null]}',
      bytes: 14,
    });
    expect(await call(registry, 'nothing')).toMatchObject({
      output: null,
      text: expect.stringContaining('Done') as string,
    });
    expect(await call(registry, 'at_once')).toMatchObject({ outcome: 'ok', output: 7 });
  });

  it.each<[string, object]>([
    [
      'that does not fit the output schema',
      { outputSchema: z.object({ a: z.number() }), execute: async () => ({ a: 'x' }) },
    ],
    [
      'that the output schema cannot check',
      { outputSchema: z.string().refine(async () => true), execute: async () => 'x' },
    ],
    ['that is no JSON', { execute: async (): Promise<unknown> => new Map() }],
    ['that is too large', { execute: async () => 'x'.repeat(1_048_577) }],
    ['that grows as JSON', { execute: async () => '\u0000'.repeat(600_000) }],
  ])('%s is an error of the tool', async (_what, more) => {
    expect(await call(registryOf(simpleTool('bad', more as never)), 'bad')).toMatchObject({
      outcome: 'error',
      error: { code: 'TOOL_RESULT_INVALID', category: 'TOOL_ERROR', isReplaySafe: true },
    });
  });

  it('is what the output schema made of it', async () => {
    const registry = registryOf(
      simpleTool('strip', {
        outputSchema: z.object({ a: z.number() }),
        execute: async () => ({ a: 1, secret: 2 }),
      }),
    );
    expect((await call(registry, 'strip')).output).toEqual({ a: 1 });
  });

  it.each([
    ['kept in the state store', (): MemoryState | undefined => new MemoryState()],
    ['kept in memory', (): MemoryState | undefined => undefined],
  ])('that is long is shown in part, with a handle for the rest, %s', async (_where, store) => {
    const state = store();
    const registry = new ToolRegistry({
      ...(state === undefined ? {} : { state }),
      limits: { excerptCharacters: 1_000 },
    });
    const long = Array.from({ length: 900 }, (_, index) => `line ${index} 😀`).join('\n');
    registry.registerTool(simpleTool('long', { execute: async () => long }));
    const result = await call(registry, 'long');
    expect(result).toMatchObject({
      outcome: 'ok',
      output: long,
      handle: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(result.text.length).toBeLessThan(1_400);
    let read = long.slice(0, Number(/"offset":(\d+)/.exec(result.text)?.[1]));
    expect(result.text.startsWith(read)).toBe(true);
    for (let offset: number | undefined = read.length; offset !== undefined;) {
      const part: string = (
        await call(registry, READ_TOOL_RESULT, { args: JSON.stringify({ handle: result.handle, offset }) })
      ).text;
      const next: string | undefined = /Read on with offset (\d+)\.\]$/.exec(part)?.[1];
      read += next === undefined ? part : part.slice(0, part.lastIndexOf('\n['));
      offset = next === undefined ? undefined : Number(next);
    }
    expect(read).toBe(long);
    expect(
      await call(registry, READ_TOOL_RESULT, { args: JSON.stringify({ handle: 'f'.repeat(64), offset: 0 }) }),
    ).toMatchObject({ error: { code: 'TOOL_FAILED' } });
  });

  it('holds no secret, neither as text nor as value', async () => {
    const key = 'sk-abcdefghijklmnopqrstuvwx0123456789';
    const registry = registryOf(
      simpleTool('text', { execute: async () => `the key is ${key}` }),
      simpleTool('value', { execute: async () => ({ a: [key], password: 'hunter22' }) }),
      simpleTool('long', { execute: async () => `${'word '.repeat(10_000)}${key}` }),
      simpleTool('pem', {
        execute: async () =>
          `${'word '.repeat(1_500)}-----BEGIN PRIVATE KEY-----\n${`${key}\n`.repeat(60)}-----END PRIVATE KEY-----`,
      }),
      simpleTool('throwing', {
        execute: async () => {
          throw new Error(`bad key ${key}`);
        },
      }),
    );
    for (const name of ['text', 'value', 'long', 'pem', 'throwing']) {
      const result = await call(registry, name);
      expect(JSON.stringify([result.output ?? '', result.text, result.error?.message ?? ''])).not.toContain(key);
    }
    expect((await call(registry, 'value')).output).toMatchObject({ password: '[redacted]' });
  });
});

describe('a tool that throws', () => {
  it.each([
    [
      'an error of its own',
      () => new Error('it broke'),
      { code: 'TOOL_FAILED', category: 'TOOL_ERROR', isReplaySafe: false },
    ],
    [
      'a code of Node',
      () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' }),
      { code: 'CONNECTION_FAILED', category: 'NETWORK_ERROR' },
    ],
    [
      'an error of ours',
      () => new OrchestratorError('DISK_FULL', 'full'),
      { code: 'DISK_FULL', category: 'RESOURCE_ERROR' },
    ],
    ['something that is no error', () => 'text', { code: 'TOOL_FAILED' }],
  ])('%s gives an error that says so', async (_what, error, expected) => {
    const registry = registryOf(simpleTool('bad', { effect: 'unsafe', execute: async () => Promise.reject(error()) }));
    const result = await call(registry, 'bad');
    expect(result).toMatchObject({ outcome: 'error', error: expected });
    expect(result.text).toContain(expected.code);
  });

  it('before its first await is no different', async () => {
    const registry = registryOf(
      simpleTool('bad', {
        execute: () => {
          throw new Error('at once');
        },
      }),
    );
    expect(await call(registry, 'bad')).toMatchObject({
      outcome: 'error',
      error: { code: 'TOOL_FAILED', isReplaySafe: true },
    });
  });

  it('five times in a row is not called again until its breaker lets a probe through', async () => {
    const clock = virtualClock();
    const events: RegistryEvent[] = [];
    const execute = vi.fn<() => Promise<never>>(async () => Promise.reject(new Error('down')));
    const registry = new ToolRegistry({ clock, publish: (event) => events.push(event) });
    registry.registerTool(simpleTool('bad', { execute }));
    for (let time = 0; time < 7; time += 1) await call(registry, 'bad');
    expect(execute).toHaveBeenCalledTimes(5);
    expect(await call(registry, 'bad')).toMatchObject({
      error: { code: 'BREAKER_OPEN', retryAfterMs: 60_000, cause: { code: 'TOOL_FAILED' } },
    });
    expect(events).toMatchObject([{ type: 'breaker-change', data: { key: 'tool:bad', from: 'closed', to: 'open' } }]);
    clock.advance(60_000);
    await call(registry, 'bad');
    expect(execute).toHaveBeenCalledTimes(6);
  });

  it('for one host does not stop calls to another', async () => {
    const execute = vi.fn<(input: { url: string }) => Promise<string>>(async ({ url }) =>
      url.includes('dead') ? Promise.reject(new Error('down')) : 'ok',
    );
    const registry = registryOf({
      ...schemaTool('http', z.object({ url: z.string() }), execute),
      category: 'web_services',
    });
    const get = (host: string): ReturnType<typeof call> =>
      call(registry, 'http', { args: JSON.stringify({ url: `https://${host}/x` }) });
    for (let time = 0; time < 6; time += 1) await get('dead.example.com');
    expect(await get('dead.example.com')).toMatchObject({ error: { code: 'BREAKER_OPEN' } });
    expect(await get('live.example.com')).toMatchObject({ outcome: 'ok' });
  });
});

describe('the cache of a pure tool', () => {
  it('answers equal arguments until its time is over, without running the tool', async () => {
    const clock = virtualClock();
    const registry = new ToolRegistry({ clock });
    const execute = vi.fn<(input: { a: number }) => Promise<{ a: number }>>(async ({ a }) => ({ a }));
    registry.registerTool({
      ...schemaTool('pure', z.object({ a: z.number(), b: z.number().optional() }), execute),
      cache: { ttlMs: 1_000 },
    });
    const first = await call(registry, 'pure', { args: '{"a":1,"b":2}' });
    (first.output as { a: number }).a = 99;
    const second = await call(registry, 'pure', { args: '{"b":2,"a":1}' });
    expect(second).toMatchObject({ outcome: 'ok', output: { a: 1 }, text: '{"a":1}', isFromCache: true });
    (second.output as { a: number }).a = 98;
    expect((await call(registry, 'pure', { args: '{"a":1,"b":2}' })).output).toEqual({ a: 1 });
    expect(execute).toHaveBeenCalledTimes(1);
    clock.advance(1_001);
    await call(registry, 'pure', { args: '{"a":1,"b":2}' });
    expect(execute).toHaveBeenCalledTimes(2);
    expect(registry.statistics('pure')).toMatchObject([{ fromCache: 2 }]);
  });

  it('keeps no failure', async () => {
    const execute = vi.fn<() => Promise<never>>(async () => Promise.reject(new Error('no')));
    const registry = registryOf(simpleTool('pure', { cache: { ttlMs: 1_000 }, execute }));
    await call(registry, 'pure');
    await call(registry, 'pure');
    expect(execute).toHaveBeenCalledTimes(2);
  });
});

describe('time and cancelling', () => {
  const honest = (signal: AbortSignal): Promise<never> =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });

  it('ends a tool at its time limit', async () => {
    const clock = virtualClock();
    const registry = new ToolRegistry({ clock });
    registry.registerTool(
      simpleTool('slow', { limits: { timeoutMs: 100 }, execute: (_input, { signal }) => honest(signal) }),
    );
    const running = call(registry, 'slow');
    await clock.advanceAsync(100);
    expect(await running).toMatchObject({
      outcome: 'error',
      durationMs: 100,
      error: { code: 'TOOL_TIMEOUT', isRetryable: true, isReplaySafe: true },
    });
    expect(registry.statistics('slow')).toMatchObject([{ timeouts: 1, running: 0 }]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('cancels a tool with the reason of its caller, and counts that for nothing', async () => {
    const registry = registryOf(simpleTool('slow', { execute: (_input, { signal }) => honest(signal) }));
    for (let time = 0; time < 6; time += 1) {
      const controller = new AbortController();
      const running = call(registry, 'slow', {}, { signal: controller.signal });
      controller.abort(new OrchestratorError('CANCELLED', 'enough'));
      const result = await running;
      expect(result).toMatchObject({ outcome: 'cancelled', text: expect.stringContaining('enough') as string });
      expect(result.error).toBeUndefined();
    }
    expect(registry.statistics('slow')).toMatchObject([{ failures: 0, byOutcome: { cancelled: 6 } }]);
  });

  it('starts nothing under a signal that is aborted already', async () => {
    const execute = vi.fn<() => Promise<string>>(async () => 'done');
    const registry = registryOf(simpleTool('one', { execute }));
    expect(await call(registry, 'one', {}, { signal: AbortSignal.abort() })).toMatchObject({ outcome: 'cancelled' });
    expect(execute).not.toHaveBeenCalled();
  });

  it('takes a result that comes within the grace period after an abort: its effect has happened', async () => {
    const clock = virtualClock();
    const registry = new ToolRegistry({ clock });
    const work = deferred<string>();
    registry.registerTool(simpleTool('late', { limits: { timeoutMs: 100 }, execute: () => work.promise }));
    const running = call(registry, 'late');
    await clock.advanceAsync(3_000);
    work.resolve('finished');
    expect(await running).toMatchObject({ outcome: 'ok', output: 'finished' });
  });

  it.each(['its time limit', 'a cancel'])(
    'reports a tool that ignores %s, drops its result and keeps its slot until it ends',
    async (what) => {
      const clock = virtualClock();
      const events: RegistryEvent[] = [];
      const registry = new ToolRegistry({
        clock,
        publish: (event) => events.push(event),
        limits: { queueTimeoutMs: 1_000 },
      });
      const work = deferred<string>();
      const execute = vi.fn<() => Promise<string>>(() => work.promise);
      registry.registerTool(simpleTool('deaf', { limits: { timeoutMs: 100, concurrent: 1 }, execute }));
      registry.registerTool(simpleTool('other'));
      const controller = new AbortController();
      const running = call(registry, 'deaf', {}, { signal: controller.signal });
      if (what === 'a cancel') controller.abort();
      await clock.advanceAsync(5_100);
      expect(await running).toMatchObject(
        what === 'a cancel' ? { outcome: 'cancelled' } : { outcome: 'error', error: { code: 'TOOL_TIMEOUT' } },
      );
      expect(events).toMatchObject([
        { type: 'error-raise', data: { step: 'tool:deaf', error: { severity: 'HIGH' } }, runId: 'run', agentId: 'a' },
      ]);
      expect(registry.statistics('deaf')).toMatchObject([{ stuck: 1, running: 1 }]);
      const waiting = call(registry, 'deaf');
      await clock.advanceAsync(1_000);
      expect(await waiting).toMatchObject({ error: { code: 'QUEUE_TIMEOUT' } });
      expect(execute).toHaveBeenCalledTimes(1);
      expect(await call(registry, 'other')).toMatchObject({ outcome: 'ok' });
      work.resolve('too late');
      await clock.advanceAsync(0);
      expect(registry.statistics('deaf')).toMatchObject([{ stuck: 0, running: 0, byOutcome: { ok: 0 } }]);
      expect(await call(registry, 'deaf')).toMatchObject({ outcome: 'ok' });
      expect(clock.pendingTimers).toBe(0);
    },
  );

  it('removes its listeners from the signal of the caller', async () => {
    const registry = registryOf(simpleTool('one'));
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    for (let time = 0; time < 5; time += 1) await call(registry, 'one', {}, { signal });
    expect(removed.mock.calls.length).toBe(added.mock.calls.length);
  });
});

describe('what a running tool gets', () => {
  it('is who calls, the key for repeats, and a way to report progress that is bounded and cannot throw', async () => {
    const updates: unknown[] = [];
    const registry = registryOf(
      simpleTool('busy', {
        execute: async (_input, context) => {
          for (let time = 0; time < 5_000; time += 1) context.progress({ time });
          context.progress('x'.repeat(10_000));
          const { agent, taskId, runId, callId, idempotencyKey } = context;
          return { agent, taskId, runId, callId, idempotencyKey };
        },
      }),
    );
    const result = await call(
      registry,
      'busy',
      {},
      {
        onProgress: (update) => {
          updates.push(update);
          throw new Error('a listener that throws');
        },
      },
    );
    expect(result.output).toEqual({
      agent: { id: 'a', name: 'a' },
      taskId: 'task',
      runId: 'run',
      callId: 'call',
      idempotencyKey: 'task:call',
    });
    expect(updates).toHaveLength(1_000);
  });

  it('is only what the plugin asked for and the operator left', async () => {
    const registry = new ToolRegistry({
      environment: { API_KEY: 'k', OTHER_KEY: 'o' },
      pluginPermissions: { narrowed: { net: false, fs: false, env: [] } },
    });
    const codes: Record<string, unknown> = {};
    const probe = async (
      _input: unknown,
      context: Parameters<ReturnType<typeof simpleTool>['execute']>[1],
    ): Promise<unknown> => {
      const read = async (work: () => unknown): Promise<unknown> => {
        try {
          return await work();
        } catch (error) {
          return (error as OrchestratorError).code;
        }
      };
      return {
        fetch: await read(() => context.fetch('http://127.0.0.1:9/')),
        write: await read(() => context.files.within('/nowhere').write('x', 'x')),
        key: await read(() => context.env['API_KEY']),
        other: await read(() => context.env['OTHER_KEY']),
        lower: context.env['toJSON'] ?? null,
        names: Object.keys(context.env),
      };
    };
    registry.registerTool(simpleTool('bare', { execute: probe }), { plugin: 'bare' });
    registry.registerTool(simpleTool('asks', { execute: probe }), {
      plugin: 'asks',
      permissions: ['net', 'fs:write', 'env:API_KEY'],
    });
    registry.registerTool(simpleTool('narrowed', { execute: probe }), {
      plugin: 'narrowed',
      permissions: ['net', 'fs:write', 'env:API_KEY'],
    });
    registry.registerTool(simpleTool('code', { execute: probe }));
    for (const name of ['bare', 'asks', 'narrowed', 'code']) codes[name] = (await call(registry, name)).output;
    const nothing = {
      fetch: 'TOOL_FORBIDDEN',
      write: 'TOOL_FORBIDDEN',
      key: 'TOOL_FORBIDDEN',
      other: 'TOOL_FORBIDDEN',
      lower: null,
      names: [],
    };
    expect(codes).toEqual({
      bare: nothing,
      asks: {
        fetch: 'SSRF_BLOCKED',
        write: 'FILE_INVALID',
        key: 'k',
        other: 'TOOL_FORBIDDEN',
        lower: null,
        names: ['API_KEY'],
      },
      narrowed: nothing,
      code: {
        fetch: 'SSRF_BLOCKED',
        write: 'FILE_INVALID',
        key: 'k',
        other: 'o',
        lower: null,
        names: ['API_KEY', 'OTHER_KEY'],
      },
    });
  });

  it('is narrowed by the grant that the call rests on', async () => {
    const registry = new ToolRegistry();
    registry.registerTool(
      simpleTool('reach', {
        accessLevel: 'restricted',
        execute: async (_input, { fetch, files }) => [
          await codeOf(fetch('https://other.example.com/')),
          await codeOf(Promise.resolve().then(() => files.within('/etc').read('passwd'))),
        ],
      }),
    );
    await registry.grantToolAccess({
      tool: 'reach',
      to: { agent: 'a' },
      constraints: { allowedHosts: ['api.example.com'], roots: ['/srv/data'] },
    });
    expect((await call(registry, 'reach')).output).toEqual(['SSRF_BLOCKED', 'PATH_BLOCKED']);
  });
});

describe('executeTool', () => {
  it('runs a tool for code and resolves with the result', async () => {
    const registry = registryOf(
      schemaTool('add', z.object({ a: z.number(), b: z.number() }), async ({ a, b }) => a + b),
    );
    expect(await registry.executeTool('add', 'a', { a: 1, b: 2 })).toMatchObject({ outcome: 'ok', output: 3 });
  });

  it('rejects with what went wrong', async () => {
    const registry = registryOf(
      schemaTool('add', z.object({ a: z.number() })),
      simpleTool('secret', { accessLevel: 'restricted' }),
      simpleTool('bad', { execute: async () => Promise.reject(new Error('no')) }),
      simpleTool('asks', { approval: true }),
    );
    const codes = await Promise.all([
      codeOf(registry.executeTool('nonsense', 'a', {})),
      codeOf(registry.executeTool('secret', 'a', {})),
      codeOf(registry.executeTool('add', 'a', { a: 'x' })),
      codeOf(registry.executeTool('add', 'a', { a: 1n })),
      codeOf(registry.executeTool('add', 'a', [1])),
      codeOf(registry.executeTool('bad', 'a', {})),
      codeOf(registry.executeTool('asks', 'a', {})),
      codeOf(registry.executeTool('bad', 'a', {}, { signal: AbortSignal.abort() })),
    ]);
    expect(codes).toEqual([
      'TOOL_UNKNOWN',
      'TOOL_FORBIDDEN',
      'TOOL_ARGUMENTS_INVALID',
      'TOOL_ARGUMENTS_INVALID',
      'TOOL_ARGUMENTS_INVALID',
      'TOOL_FAILED',
      'APPROVAL_REQUIRED',
      'CANCELLED',
    ]);
    expect(await registry.executeTool('asks', 'a', undefined, { approvedBy: 'ann' })).toMatchObject({ outcome: 'ok' });
  });
});

it('counts calls, failures, refusals, bytes and times of each tool', async () => {
  const clock = virtualClock();
  const registry = new ToolRegistry({ clock });
  registry.registerTool(
    simpleTool('mixed', {
      execute: async (_input, { callId }) => {
        clock.advance(Number(callId));
        if (callId === '100') throw new Error('no');
        return 'four';
      },
    }),
  );
  for (const callId of ['10', '10', '10', '100']) await call(registry, 'mixed', { callId });
  prepare(registry, 'mixed', { args: '[' });
  const [numbers] = registry.statistics('mixed');
  expect(numbers).toMatchObject({
    tool: 'mixed',
    calls: 5,
    refused: 1,
    failures: 1,
    bytes: 18,
    byOutcome: { ok: 3, error: 1, cancelled: 0, unknown: 0 },
  });
  expect(numbers?.p50Ms).toBeCloseTo(10, -1);
  expect(numbers?.p95Ms).toBeGreaterThanOrEqual(100);
  expect(registry.statistics('nonsense')).toEqual([]);
  expect(registry.statistics().map(({ tool }) => tool)).toEqual([READ_TOOL_RESULT, 'mixed']);
});
