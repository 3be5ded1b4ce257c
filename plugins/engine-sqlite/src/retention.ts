import type { Database } from './database/database.js';
import type { EngineCore } from './engine-core.js';
import { removeFinished } from './tasks/remove-tasks.js';
import { dropReferences } from './state/references.js';

const BATCH = 200;
/** A blob is kept this long after its last use though nothing names it: a running step may be about to. */
const BLOB_GRACE_MS = 3_600_000;

/** What is kept of the past. The first bound that is passed counts; `Infinity` lifts one. */
export interface Retention {
  /** Age of finished tasks, since their end, in milliseconds. @default 2_592_000_000, 30 days */ readonly taskAgeMs: number;
  /** Age of feed items, in milliseconds. @default 604_800_000, 7 days */ readonly feedAgeMs: number;
  /** Feed items. @default 1_000_000 */ readonly feedItems: number;
  /** Bytes in use in the file; above, the oldest finished tasks and their feed items go. @default 2_147_483_648, 2 GiB */
  readonly bytes: number;
}

/** What is kept unless the options say otherwise. */
export const DEFAULT_RETENTION: Retention = {
  taskAgeMs: 30 * 24 * 3_600_000,
  feedAgeMs: 7 * 24 * 3_600_000,
  feedItems: 1_000_000,
  bytes: 2 * 1024 ** 3,
};

/** Removes what is too old or too much, in short transactions; returns how many tasks and feed items went. */
export async function applyRetention(
  core: EngineCore,
  retention: Retention,
): Promise<{ tasks: number; items: number }> {
  const removed = { tasks: 0, items: 0 };
  const now = core.now;
  removed.tasks += await repeat(core, (database) => removeFinished(database, oldest(now, retention.taskAgeMs), BATCH));
  removed.items += await repeat(core, (database) => trimFeed(database, now, retention));
  while (usedBytes(core.database) > retention.bytes) {
    const tasks = await core.write((database) => removeFinished(database, now + 1, BATCH));
    const items = await core.write((database) => trimOldest(database, BATCH * 10));
    await repeat(core, (database) => dropBlobs(database, now));
    removed.tasks += tasks;
    removed.items += items;
    if (tasks + items === 0) break;
  }
  await repeat(core, (database) => dropBlobs(database, now));
  core.database.exec('PRAGMA incremental_vacuum(1000)');
  return removed;
}

/** Bytes that hold something, as opposed to the size of the file. */
export function usedBytes(database: Database): number {
  const pages = database.number('PRAGMA page_count') - database.number('PRAGMA freelist_count');
  return pages * database.number('PRAGMA page_size');
}

async function repeat(core: EngineCore, remove: (database: Database) => number): Promise<number> {
  let removed = 0;
  for (let some = await core.write(remove); some > 0; some = await core.write(remove)) removed += some;
  return removed;
}

function trimFeed(database: Database, now: number, { feedAgeMs, feedItems }: Retention): number {
  const sql = 'DELETE FROM event WHERE id IN (SELECT id FROM event ORDER BY id LIMIT ?) AND (at < ? OR id <= ?)';
  const last = database.number("SELECT seq FROM sqlite_sequence WHERE name = 'event'");
  return database.run(sql, BATCH * 10, oldest(now, feedAgeMs), Math.max(0, last - feedItems));
}

function trimOldest(database: Database, most: number): number {
  return database.run('DELETE FROM event WHERE id IN (SELECT id FROM event ORDER BY id LIMIT ?)', most);
}

function dropBlobs(database: Database, now: number): number {
  const sql = `SELECT hash FROM blob WHERE touched_at < ?
    AND NOT EXISTS (SELECT 1 FROM reference WHERE reference.hash = blob.hash) LIMIT ?`;
  const blobs = database.all<{ hash: string }>(sql, now - BLOB_GRACE_MS, BATCH);
  for (const { hash } of blobs) {
    database.run('DELETE FROM blob WHERE hash = ?', hash);
    dropReferences(database, `b${hash}`);
  }
  return blobs.length;
}

function oldest(now: number, ageMs: number): number {
  return Number.isFinite(ageMs) ? now - ageMs : 0;
}
