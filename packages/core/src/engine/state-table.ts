import type { Row } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';

/** Width of a log's key, so that keys sort as numbers do. */
const KEY_DIGITS = 16;

interface Namespace {
  readonly rows: Map<string, Row>;
  /** Keys in order. */ readonly keys: string[];
  /** Counts up with each change. */ changes: number;
  /** Number of the last record appended to it as a log. */ lastAppended: number;
}

/** Rows by namespace, with their keys in order. Knows nothing of copies, limits and transactions. */
export class StateTable {
  readonly #namespaces = new Map<string, Namespace>();

  row(namespace: string, key: string): Row | undefined {
    return this.#namespaces.get(namespace)?.rows.get(key);
  }

  /** Rows whose key starts with `prefix`, after `cursor` where one is given. */
  *rows(namespace: string, prefix: string, cursor: string | undefined): IterableIterator<Row> {
    const space = this.#namespaces.get(namespace);
    if (space === undefined) return;
    const start =
      cursor !== undefined && cursor >= prefix ? placeAfter(space.keys, cursor) : placeOf(space.keys, prefix);
    for (let at = start; at < space.keys.length; at += 1) {
      const key = space.keys[at] as string;
      if (!key.startsWith(prefix)) return;
      yield space.rows.get(key) as Row;
    }
  }

  *values(): IterableIterator<Json> {
    for (const { rows } of this.#namespaces.values()) for (const row of rows.values()) yield row.value;
  }

  changesOf(namespace: string): number {
    return this.#namespaces.get(namespace)?.changes ?? 0;
  }

  lastAppended(log: string): number {
    return this.#namespaces.get(log)?.lastAppended ?? 0;
  }

  /** Returns the new version: the next one, unless a transaction has counted further. */
  write(namespace: string, key: string, value: Json, counted?: number): number {
    const space = this.#namespace(namespace);
    const before = space.rows.get(key);
    const version = counted ?? (before?.version ?? 0) + 1;
    if (before === undefined) {
      if (key > (space.keys.at(-1) ?? '')) space.keys.push(key);
      else space.keys.splice(placeOf(space.keys, key), 0, key);
    }
    space.rows.set(key, { key, value, version });
    space.changes += 1;
    return version;
  }

  /** Returns false where there was no such row. */
  erase(namespace: string, key: string): boolean {
    const space = this.#namespaces.get(namespace);
    if (space === undefined || !space.rows.delete(key)) return false;
    space.keys.splice(placeOf(space.keys, key), 1);
    space.changes += 1;
    return true;
  }

  /** Adds a record to a log; returns its key. */
  append(log: string, record: Json): string {
    const space = this.#namespace(log);
    space.lastAppended += 1;
    const key = logKey(space.lastAppended);
    this.write(log, key, record);
    return key;
  }

  #namespace(name: string): Namespace {
    let space = this.#namespaces.get(name);
    if (space === undefined) {
      space = { rows: new Map(), keys: [], changes: 0, lastAppended: 0 };
      this.#namespaces.set(name, space);
    }
    return space;
  }
}

/** Key of a log's record by its number. */
export function logKey(number: number): string {
  return String(number).padStart(KEY_DIGITS, '0');
}

/** First place whose key is not before `key`. */
function placeOf(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function placeAfter(keys: readonly string[], key: string): number {
  const place = placeOf(keys, key);
  return keys[place] === key ? place + 1 : place;
}
