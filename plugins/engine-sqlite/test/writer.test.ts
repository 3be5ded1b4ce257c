import { silentLogger } from '@master-orchestrator/contracts';
import { systemClock } from '@master-orchestrator/errors';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../src/database/database.js';
import { openDatabase } from '../src/database/open-database.js';
import { Writer } from '../src/database/writer.js';

let folder: string;
let database: Database;
let writer: Writer;
let commits = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'writer-'));
  database = await openDatabase(join(folder, 'tasks.db'));
  commits = 0;
  writer = new Writer(database, systemClock, silentLogger, () => (commits += 1));
});

afterEach(async () => {
  writer.close();
  database.close();
  await rm(folder, { recursive: true, force: true });
});

const put =
  (name: string, value = 'x') =>
  (): number =>
    database.run('INSERT INTO setting (name, value) VALUES (?, ?)', name, value);
const names = (): string[] =>
  database.all<{ name: string }>('SELECT name FROM setting ORDER BY name').map((row) => row.name);

describe('the writer', () => {
  it('puts the writes of one turn into one transaction', async () => {
    await Promise.all([writer.write(put('a')), writer.write(put('b')), writer.write(put('c'))]);
    expect([commits, names()]).toEqual([1, ['a', 'b', 'c']]);
  });

  it('undoes what a throwing write did, and nothing of the others in its group', async () => {
    const failing = writer.write(() => {
      put('half')();
      throw new TypeError('no');
    });
    const outcomes = await Promise.allSettled([writer.write(put('a')), failing, writer.write(put('b'))]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(names()).toEqual(['a', 'b']);
    await expect(writer.write(() => (put('alone')(), JSON.parse('{')))).rejects.toThrow(SyntaxError);
    expect(names()).toEqual(['a', 'b']);
  });

  it('waits for a lock without blocking the event loop, and keeps the order', async () => {
    const other = new DatabaseSync(database.file);
    other.exec('BEGIN IMMEDIATE');
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 5);
    const order: string[] = [];
    const writes = ['a', 'b'].map((name) => writer.write(put(name)).then(() => order.push(name)));
    await delay(300);
    expect(names()).toEqual([]);
    expect(turns).toBeGreaterThan(5);
    other.exec('COMMIT');
    other.close();
    await Promise.all(writes);
    clearInterval(ticking);
    expect(order).toEqual(['a', 'b']);
    expect(systemClock.monotonic() - writer.recoveredAt).toBeLessThan(10_000);
  });

  it('refuses with DISK_FULL where the disk is full, while patient writes wait for room', async () => {
    const pages = database.number('PRAGMA page_count');
    database.exec(`PRAGMA max_page_count = ${pages + 2}`);
    const large = 'x'.repeat(100_000);
    const patient = writer.write(put('patient', large), { isPatient: true });
    await expect(writer.write(put('impatient', large))).rejects.toMatchObject({
      code: 'DISK_FULL',
      category: 'RESOURCE_ERROR',
    });
    await delay(50);
    expect([names(), writer.pending]).toEqual([[], 1]);
    database.exec('PRAGMA max_page_count = 1000000');
    await patient;
    expect(names()).toEqual(['patient']);
    await writer.write(put('later'));
  });

  it('refuses with DISK_FAILED where the file may only be read', async () => {
    database.exec('PRAGMA query_only = ON');
    await expect(writer.write(put('a'))).rejects.toMatchObject({
      code: 'DISK_FAILED',
      message: expect.stringContaining('read-only') as string,
    });
    database.exec('PRAGMA query_only = OFF');
    await writer.write(put('b'));
    expect(names()).toEqual(['b']);
  });

  it('refuses what is left when it is closed', async () => {
    database.exec('PRAGMA query_only = ON');
    const left = writer.write(put('a'), { isPatient: true });
    await delay(20);
    writer.close();
    await expect(left).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE', isRetryable: true });
  });
});
