import { silentLogger, type EngineOptions } from '@master-orchestrator/contracts';
import { systemClock } from '@master-orchestrator/errors';
import { expect, it } from 'vitest';
import * as face from '../src/index.js';

const HOST: EngineOptions = { clock: systemClock, random: () => 0.5, logger: silentLogger };
const [dbos, local] = face.dbosEnginePlugin({ maxValueBytes: 2_000 }).contributes.engines ?? [];

it('contributes dbos for many hosts and postgres-local for one, and opens nothing before the start', async () => {
  expect([dbos?.scheme, local?.scheme]).toEqual(['dbos', 'postgres-local']);
  const remote = await dbos?.create('dbos:postgres://user:secret@127.0.0.1:1/tasks', HOST);
  expect(remote?.caps).toMatchObject({
    name: 'dbos',
    durable: true,
    reach: 'many-hosts',
    failover: { kind: 'heartbeat' },
    order: 'strict',
    aging: true,
    laneLimits: 'per-lane',
    atomicSubmit: true,
    positionalJournal: false,
    maxValueBytes: 2_000,
  });
  const own = await local?.create('postgres-local:/nowhere', HOST);
  expect(own?.caps).toMatchObject({ name: 'postgres-local', reach: 'one-host' });
  await expect(remote?.get('t')).rejects.toMatchObject({ code: 'ORCHESTRATOR_CLOSED' });
});

it.each(['dbos:', 'dbos:postgres://user:secret@host', 'dbos:mysql://user:secret@host/tasks'])(
  'refuses the address "%s" without telling its password',
  async (address) => {
    const error: unknown = await dbos?.create(address, HOST).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STARTUP_FAILED', message: expect.stringContaining('dbos:postgres://') });
    expect((error as Error).message).not.toContain('secret');
  },
);

it('refuses postgres-local without a folder', async () => {
  await expect(local?.create('postgres-local:', HOST)).rejects.toMatchObject({ code: 'STARTUP_FAILED' });
});

it.each([
  ['a schema that is no name', { schema: 'Mao Tasks' }],
  ['equal schemas', { schema: 'one', dbosSchema: 'one' }],
  ['one connection', { connections: 1 }],
  ['an unknown bound', { retention: { days: 3 } }],
  ['a bound of 0', { retention: { taskAgeMs: 0 } }],
  ['values of half a byte', { maxValueBytes: 1_024.5 }],
  ['a setting that is no name', { postgresLocal: { settings: { 'fsync; drop': 'off' } } }],
])('refuses %s', (_what, options) => {
  const make = (): unknown => face.dbosEnginePlugin(options as face.DbosEnginePluginOptions);
  expect(make).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});

it('takes every option it documents', () => {
  const plugin = face.dbosEnginePlugin({
    schema: 'tasks',
    dbosSchema: 'steps',
    connections: 20,
    retention: { taskAgeMs: Infinity, feedAgeMs: 1_000, feedItems: 10 },
    maxValueBytes: 4_194_304,
    postgresLocal: { database: 'tasks', settings: { shared_buffers: '64MB' }, createUser: false },
  });
  expect(plugin.contributes.engines).toHaveLength(2);
});

it('says where the server is that it cannot reach, without the password', { timeout: 60_000 }, async () => {
  const clock = { ...systemClock, monotonic: () => performance.now() * 1_000 };
  const engine = await dbos?.create('dbos:postgres://user:secret@127.0.0.1:1/tasks', { ...HOST, clock });
  const error: unknown = await engine?.start().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'ENGINE_UNAVAILABLE', isRetryable: true });
  expect((error as Error).message).toContain('127.0.0.1:1/tasks');
  expect((error as Error).message).not.toContain('secret');
});
