import { silentLogger } from '@master-orchestrator/contracts';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, expect, it } from 'vitest';
import { LocalServer } from '../src/index.js';
import { buildWorker } from './build-worker.js';
import { SETTINGS } from './fixtures/open-engine.js';

const programs = await mkdtemp(join(import.meta.dirname, '../node_modules/.local-'));
const folder = await mkdtemp(join(tmpdir(), 'postgres-local-'));
// The server's user must be able to enter it where the tests run as root.
await chmod(folder, 0o711);
const holder = await buildWorker(programs, 'holding-worker');
const worker = await buildWorker(programs);
const children: ChildProcess[] = [];
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await stopLeftOver();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  await rm(programs, { recursive: true, force: true });
});

/** Starts a process that holds the server; resolves with the URL it got. */
async function hold(): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(holder, [folder]);
  children.push(child);
  const [url] = (await once(child, 'message')) as [string];
  return { child, url };
}

async function ask(url: string): Promise<unknown> {
  const target = new URL(url);
  target.pathname = '/postgres';
  const client = new Client({ connectionString: target.href });
  await client.connect();
  const { rows } = await client.query<{ one: number }>('SELECT 1 AS one');
  await client.end();
  return rows[0]?.one;
}

async function serverPid(): Promise<number | undefined> {
  const text = await readFile(join(folder, 'data/postmaster.pid'), 'utf8').catch(() => '');
  return text === '' ? undefined : Number(text.split('\n')[0]);
}

async function stopLeftOver(): Promise<void> {
  const server = new LocalServer(folder, { settings: SETTINGS });
  await server.open(silentLogger);
  await server.close();
}

it('shares one server between processes that start it at the same moment', { timeout: 120_000 }, async () => {
  const [first, second] = await Promise.all([hold(), hold()]);
  expect(second.url).toBe(first.url);
  expect(await ask(first.url)).toBe(1);
});

it(
  'finds the server again after kill -9 of those that held it, and stops it with the last',
  { timeout: 120_000 },
  async () => {
    const before = await serverPid();
    for (const child of children.splice(0)) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const again = await hold();
    expect(await serverPid()).toBe(before);
    expect(await ask(again.url)).toBe(1);
    again.child.send('let go');
    await once(again.child, 'exit');
    for (let look = 0; look < 500 && (await serverPid()) !== undefined; look += 1) await delay(20);
    expect(await serverPid()).toBeUndefined();
  },
);

it(
  'starts the server again, on the same port, when it is killed under those that hold it',
  { timeout: 120_000 },
  async () => {
    const { url } = await hold();
    const pid = await serverPid();
    process.kill(pid as number, 'SIGKILL');
    const answers = async (): Promise<boolean> => (await serverPid()) !== pid && (await ask(url).catch(() => 0)) === 1;
    let isBack = false;
    for (let look = 0; look < 600 && !isBack; look += 1) {
      isBack = await answers();
      if (!isBack) await delay(50);
    }
    expect(isBack).toBe(true);
  },
);

it('brings up workers that start on an empty database at the same moment', { timeout: 120_000 }, async () => {
  const started = [1, 2, 3].map(async (n) => {
    const settings = { address: `${folder}#empty`, workerId: `w${n}`, slots: 1, claimMs: 1_000 };
    const child = fork(worker, [JSON.stringify(settings)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    children.push(child);
    let errors = '';
    child.stderr?.on('data', (chunk) => (errors += String(chunk)));
    const ready = once(child, 'message').then(() => 'ready');
    return Promise.race([ready, once(child, 'exit').then(() => errors)]);
  });
  expect(await Promise.all(started)).toEqual(['ready', 'ready', 'ready']);
});
