import type { Row } from '@master-orchestrator/contracts';
import type { Database } from '../database/database.js';
import { taskInvalid } from '../engine-errors.js';
import { parse } from '../tasks/rows.js';
import { dropReferences, noteReferences } from './references.js';

const DEFAULT_PAGE = 100;
const LONGEST_PAGE = 1_000;
/** Width of a log's key, so that keys sort as numbers do. */
const KEY_DIGITS = 16;
/** Sorts after every key that starts with what it is added to. */
const AFTER_ALL = '\u{10FFFF}\u{10FFFF}';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** A row of the shared state as it is stored; `change` is new with every write of any row. */
export interface StateRow {
  readonly key: string;
  readonly value: string;
  readonly version: number;
  readonly change: number;
}

export function readState(database: Database, namespace: string, key: string): StateRow | undefined {
  const sql = 'SELECT key, value, version, change FROM state WHERE namespace = ? AND key = ?';
  return database.get<StateRow>(sql, namespace, key);
}

const COLUMNS = 'key, value, version, change';
const SCAN = `SELECT ${COLUMNS} FROM state WHERE namespace = ? AND key >= ? AND key <= ? ORDER BY key LIMIT ?`;
const SCAN_ON = `SELECT ${COLUMNS} FROM state WHERE namespace = ? AND key > ? AND key <= ? ORDER BY key LIMIT ?`;

/** Rows whose key starts with `prefix`, after `cursor`, in order. */
export function scanState(
  database: Database,
  namespace: string,
  range: { readonly prefix: string; readonly cursor: string | undefined },
  limit: number,
): StateRow[] {
  const { prefix, cursor } = range;
  const isOn = cursor !== undefined && cursor >= prefix;
  return database.all<StateRow>(isOn ? SCAN_ON : SCAN, namespace, isOn ? cursor : prefix, prefix + AFTER_ALL, limit);
}

/** Writes a row with its new version; returns that. */
export function writeState(database: Database, namespace: string, key: string, value: string, version: number): number {
  database.run(
    'INSERT OR REPLACE INTO state (namespace, key, value, version, change) VALUES (?, ?, ?, ?, ?)',
    namespace,
    key,
    value,
    version,
    nextChange(database),
  );
  const owner = ownerOf(namespace, key);
  if (version > 1) dropReferences(database, owner);
  noteReferences(database, owner, value);
  return version;
}

/** Removes a row; false where there was none. */
export function eraseState(database: Database, namespace: string, key: string): boolean {
  dropReferences(database, ownerOf(namespace, key));
  return database.run('DELETE FROM state WHERE namespace = ? AND key = ?', namespace, key) > 0;
}

/** Number of the last record appended to a log. */
export function lastAppended(database: Database, log: string): number {
  return database.number('SELECT last FROM log WHERE name = ?', log);
}

/** Adds a record; returns its key. */
export function appendState(database: Database, log: string, value: string): string {
  const sql = 'INSERT INTO log (name, last) VALUES (?, 1) ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last';
  const { last } = database.get<{ last: number }>(sql, log) as { last: number };
  const key = logKey(last);
  writeState(database, log, key, value, 1);
  return key;
}

/** Key of a log's record by its number. */
export function logKey(number: number): string {
  return String(number).padStart(KEY_DIGITS, '0');
}

export function rowOf({ key, value, version }: StateRow): Row {
  return { key, value: parse(value), version };
}

/** A page of what was found when one row more than the page holds was asked for. */
export function pageOf(rows: readonly StateRow[], size: number): { items: Row[]; next?: string } {
  const items = rows.slice(0, size).map(rowOf);
  const last = items.at(-1);
  return rows.length > size && last !== undefined ? { items, next: last.key } : { items };
}

export function pageSize(limit = DEFAULT_PAGE): number {
  return Math.max(1, Math.min(limit, LONGEST_PAGE));
}

/** @throws OrchestratorError TASK_INVALID for a name that cannot be stored as it is */
export function checkStateName(namespace: string, key: string): void {
  for (const name of [namespace, key]) {
    if (name.includes('\0') || LONE_SURROGATE.test(name)) {
      throw taskInvalid(
        `State ${JSON.stringify(namespace)} / ${JSON.stringify(key)}: names must not hold NUL or half a surrogate pair.`,
      );
    }
  }
}

function nextChange(database: Database): number {
  const sql = "UPDATE counter SET value = value + 1 WHERE name = 'change' RETURNING value";
  return (database.get<{ value: number }>(sql) as { value: number }).value;
}

function ownerOf(namespace: string, key: string): string {
  return `s${namespace}\n${key}`;
}
