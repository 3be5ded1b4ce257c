import { silentLogger, type EngineOptions, type Handler, type TaskSpec } from '@master-orchestrator/contracts';
import { systemClock } from '@master-orchestrator/errors';
import { seededRandom } from '@master-orchestrator/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import type { DbosEngine, DbosEngineOptions } from '../src/index.js';
import { openEngine } from './fixtures/open-engine.js';
import { TestServer } from './test-server.js';

const HOST: EngineOptions = { clock: systemClock, random: seededRandom(1), logger: silentLogger, agingMs: 0 };
const server = await TestServer.start();
const engines: DbosEngine[] = [];
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.stop({ graceMs: 0 })));
  await server.stop();
});

async function open(database: string, options: DbosEngineOptions & { readonly host?: Partial<EngineOptions> } = {}) {
  const { host, ...rest } = options;
  const address = `${server.folder}#${database}`;
  await server.prepare(address);
  const engine = openEngine(address, { ...HOST, ...host }, rest);
  engines.push(engine);
  await engine.start();
  return engine;
}

const job = (id: string, overrides: Partial<TaskSpec> = {}): TaskSpec => ({
  id,
  kind: 'job',
  revision: 1,
  input: null,
  lane: 'lane',
  ...overrides,
});
const serve = (engine: DbosEngine, handler: Handler) =>
  engine.serve(new Map([['job', handler]]), { workerId: 'w', slots: 4, claimMs: 1_000 });
const notes: Handler = (run) => run.step('note', { repeat: 'harmless' }, async () => run.id);

async function until(claim: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 30_000; !(await claim()); await delay(10)) {
    if (performance.now() > end) throw new Error('waited 30 s in vain');
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** As if the worker that holds a task had died on another machine, at this moment. */
async function loseWorkerOf(database: string, task: string): Promise<void> {
  const ofTask = `id = (SELECT worker FROM mao.task WHERE id = '${task}')`;
  await server.query(`UPDATE mao.worker SET is_dead = true, host = 'elsewhere' WHERE ${ofTask}`, database);
}

it('keeps tasks, state, limits and pauses over a restart', { timeout: 60_000 }, async () => {
  const first = await open('restart');
  await first.submit([job('ready'), job('after', { after: [{ task: 'ready', when: 'completed' }] })]);
  await first.state.put('ns', 'k', { a: 1 });
  await first.setLimits({ total: 1 });
  await first.pauseLane('lane');
  await first.stop({ graceMs: 0 });
  const second = await open('restart');
  await serve(second, notes);
  expect((await second.list({})).items.map(({ id, phase }) => [id, phase])).toEqual([
    ['ready', 'ready'],
    ['after', 'blocked'],
  ]);
  expect((await second.state.get('ns', 'k'))?.value).toEqual({ a: 1 });
  await second.resumeLane('lane');
  await until(async () => (await second.get('after'))?.phase === 'completed');
  await second.stop({ graceMs: 1_000 });
});

it('keeps deadline, unique key and finished steps of a task that is taken over', { timeout: 60_000 }, async () => {
  const engine = await open('takeover');
  let bodies = 0;
  await serve(engine, async (run) => {
    await run.step('once', { repeat: 'harmless' }, async () => ++bodies);
    return run.step('hang', { repeat: 'harmless' }, ({ abort }) => untilAborted(abort));
  });
  const deadline = Date.now() + 3_600_000;
  await engine.submit([job('t', { deadline, uniqueKey: 'only' })]);
  await until(async () => (await engine.journal('t')).some(({ key, state }) => key === 'once' && state === 'done'));
  const other = await open('takeover');
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  await serve(other, async (run) => {
    await run.step('once', { repeat: 'harmless' }, async () => ++bodies);
    await run.step('hang', { repeat: 'harmless' }, async () => (await finished, null));
    return run.delivery;
  });
  await loseWorkerOf('takeover', 't');
  await until(async () => (await other.get('t'))?.delivery === 2);
  expect((await other.get('t'))?.deadline).toBe(deadline);
  expect((await other.submit([job('second', { uniqueKey: 'only' })]))[0]).toMatchObject({
    outcome: 'blocked-by-unique-key',
    holder: 't',
  });
  finish();
  await until(async () => (await other.get('t'))?.phase === 'completed');
  expect([bodies, (await other.get('t'))?.result]).toEqual([1, 2]);
  await engine.stop({ graceMs: 1_000 });
  await other.stop({ graceMs: 1_000 });
});

it(
  'removes finished tasks and feed items past their bounds, with what DBOS holds of them',
  { timeout: 120_000 },
  async () => {
    let ahead = 0;
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + ahead };
    const engine = await open('retention', { host: { clock }, retention: { taskAgeMs: 1, feedItems: 5 } });
    await serve(engine, async (run) => {
      if (run.id !== 'open') return notes(run, null);
      await run.receive('wait', 'box');
      return null;
    });
    await engine.submit([...Array.from({ length: 10 }, (_, i) => job(`t${i}`)), job('open')]);
    await until(async () => (await engine.get('open'))?.phase === 'waiting');
    await until(async () => {
      const { items } = await engine.list({ phases: ['ready', 'running'] });
      return items.length === 0;
    });
    // Retention looks once a minute.
    ahead = 120_000;
    await until(async () => (await engine.list({})).items.length === 1);
    expect((await engine.get('open'))?.phase).toBe('waiting');
    const left = async (sql: string): Promise<number> =>
      (await server.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${sql}`, 'retention'))[0]?.n ?? 0;
    await until(async () => (await left('mao.event')) <= 5);
    expect(await left("dbos.workflow_status WHERE workflow_uuid LIKE '%t0%'")).toBe(0);
    await engine.stop({ graceMs: 1_000 });
  },
);

it(
  'refuses to serve a second database in one process, and the store of a newer release',
  { timeout: 60_000 },
  async () => {
    const one = await open('one');
    await serve(one, notes);
    const other = await open('two');
    await expect(serve(other, notes)).rejects.toMatchObject({
      code: 'STARTUP_FAILED',
      message: expect.stringContaining('a process of its own') as string,
    });
    await one.stop({ graceMs: 0 });
    await serve(other, notes);
    await other.stop({ graceMs: 0 });
    await server.query('UPDATE mao.layout SET version = 99', 'two');
    await expect(open('two')).rejects.toMatchObject({
      code: 'STARTUP_FAILED',
      message: expect.stringContaining('99') as string,
    });
  },
);
