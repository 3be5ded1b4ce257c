import { describeEngine } from '@master-orchestrator/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { SqliteEngine } from '../src/index.js';
import { buildProgram } from './build-program.js';

const folder = await mkdtemp(join(tmpdir(), 'engine-sqlite-worker-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

await describeEngine('sqlite engine', {
  open: async (address, options) => new SqliteEngine(address, options),
  addressIn: (directory) => join(directory, 'tasks.db'),
  workerFile: await buildProgram(new URL('./fixtures/worker.ts', import.meta.url), folder),
  outage: holdTheLock,
});

/** Keeps every writer out, as a process that was stopped in its transaction does. */
async function holdTheLock(file: string, forMs: number): Promise<void> {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA busy_timeout = 10000');
  database.exec('BEGIN IMMEDIATE');
  await delay(forMs);
  database.exec('COMMIT');
  database.close();
}
