import { createHash } from 'node:crypto';
import type { EngineCore } from '../engine-core.js';
import { noteReferences } from './references.js';

/** Blobs up to this size are looked through for hashes of other blobs, as a list of chunks holds them. */
const LARGEST_LIST_BYTES = 4 * 1024 * 1024;
/** A read renews what is known of a blob's use at most this often. */
const TOUCH_EVERY_MS = 60_000;

/** Stores bytes once; returns their SHA-256. */
export async function writeBlob(core: EngineCore, bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256').update(bytes).digest('hex');
  const text =
    bytes.length > LARGEST_LIST_BYTES
      ? ''
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const copy = bytes.slice();
  await core.write((database) => {
    const sql =
      'INSERT INTO blob (hash, bytes, touched_at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET touched_at = excluded.touched_at';
    database.run(sql, hash, copy, core.now);
    noteReferences(database, `b${hash}`, text);
  });
  return hash;
}

export async function readBlob(core: EngineCore, hash: string): Promise<Uint8Array | undefined> {
  const sql = 'SELECT bytes, touched_at FROM blob WHERE hash = ?';
  const row = await core.read((database) => database.get<{ bytes: Uint8Array; touched_at: number }>(sql, hash));
  if (row === undefined) return undefined;
  if (core.now - row.touched_at > TOUCH_EVERY_MS) {
    core
      .write((database) => database.run('UPDATE blob SET touched_at = ? WHERE hash = ?', core.now, hash))
      .catch(() => {});
  }
  return row.bytes;
}
