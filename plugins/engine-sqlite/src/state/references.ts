import type { Database } from '../database/database.js';

const HASH = /[0-9a-f]{64}/g;
/** Fewer characters cannot hold a hash. */
const HASH_LENGTH = 64;

/**
 * Notes which blobs a text names, so that they are kept as long as its owner is.
 *
 * @param owner - `t<task>`, `s<namespace>\n<key>` or `b<hash>`.
 */
export function noteReferences(database: Database, owner: string, text: string): void {
  if (text.length < HASH_LENGTH) return;
  for (const [hash] of text.matchAll(HASH)) {
    database.run('INSERT OR IGNORE INTO reference (owner, hash) VALUES (?, ?)', owner, hash);
  }
}

/** Forgets what an owner names. */
export function dropReferences(database: Database, owner: string): void {
  database.run('DELETE FROM reference WHERE owner = ?', owner);
}
