import { copyFile, chmod, mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { networkFileSystemOf, openDatabase } from '../src/database/open-database.js';
import { MIGRATIONS } from '../src/database/migrations.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'open-'));
  file = join(folder, 'tasks.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function change(sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

describe('opening a store', () => {
  it('makes the file and its folders, in WAL mode, at the present layout', async () => {
    file = join(folder, 'a/b/tasks.db');
    const database = await openDatabase(file);
    expect(database.number('PRAGMA user_version')).toBe(MIGRATIONS.length);
    expect(database.get<{ journal_mode: string }>('PRAGMA journal_mode')?.journal_mode).toBe('wal');
    database.close();
    (await openDatabase(file)).close();
  });

  it('brings up a store together with seven others that open it at the same moment', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => openDatabase(file)));
    expect(all.map((database) => database.number('SELECT count(*) FROM counter'))).toEqual(Array(8).fill(2));
    for (const database of all) database.close();
  });

  it('refuses a file of a newer release, naming both layouts', async () => {
    (await openDatabase(file)).close();
    change('PRAGMA user_version = 99');
    await expect(openDatabase(file)).rejects.toMatchObject({
      code: 'STARTUP_FAILED',
      message: expect.stringContaining('99') as string,
    });
  });

  it('refuses the database of something else, and leaves it as it was', async () => {
    change('CREATE TABLE mine (x); INSERT INTO mine VALUES (1)');
    await expect(openDatabase(file)).rejects.toMatchObject({ code: 'STARTUP_FAILED' });
    const database = new DatabaseSync(file);
    expect(database.prepare('SELECT count(*) AS n FROM mine').get()).toMatchObject({ n: 1 });
    database.close();
  });

  it('refuses a file that is no database', async () => {
    await writeFile(file, 'this is a text, and a long one at that. '.repeat(100));
    await expect(openDatabase(file)).rejects.toMatchObject({ code: 'DISK_FAILED', severity: 'CRITICAL' });
  });

  it('refuses a folder it cannot make', async () => {
    await writeFile(join(folder, 'taken'), '');
    await expect(openDatabase(join(folder, 'taken/tasks.db'))).rejects.toMatchObject({ code: 'STARTUP_FAILED' });
  });

  it.skipIf(process.getuid?.() === 0)('refuses a file it may only read', async () => {
    (await openDatabase(file)).close();
    await chmod(file, 0o444);
    await chmod(folder, 0o555);
    await expect(openDatabase(file)).rejects.toMatchObject({ code: 'DISK_FAILED' });
    await chmod(folder, 0o755);
  });

  it('notices a file that was cut, instead of working on what is left', async () => {
    const database = await openDatabase(file);
    for (let i = 0; i < 400; i += 1)
      database.run('INSERT INTO setting (name, value) VALUES (?, ?)', `n${i}`, 'x'.repeat(1_000));
    database.close();
    const { size } = await stat(file);
    for (const part of [0.2, 0.5, 0.9]) {
      const copy = join(folder, `cut-${part}.db`);
      await copyFile(file, copy);
      await truncate(copy, Math.floor(size * part));
      await expect(openDatabase(copy)).rejects.toMatchObject({ code: 'DISK_FAILED' });
    }
  });

  it('tells network file systems from local ones', () => {
    expect(networkFileSystemOf('/data', () => 0x6969)).toBe('NFS');
    expect(networkFileSystemOf('/data', () => 0xff534d42)).toBe('CIFS');
    expect(networkFileSystemOf('/data', () => 0xef53)).toBeUndefined();
    expect(networkFileSystemOf('\\\\server\\share', () => 0)).toBe('a network share');
    expect(networkFileSystemOf('\\\\?\\C:\\data', () => 0)).toBeUndefined();
    expect(networkFileSystemOf(folder)).toBeUndefined();
  });
});
