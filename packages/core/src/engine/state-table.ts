import type { Row } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';

/** Width of a log's key, so that keys sort as numbers do. */
const KEY_DIGITS = 16;
/** Keys of erased rows that are tolerated before the lists of keys are cleared of them. */
const SLACK = 1_024;

interface Namespace {
  readonly rows: Map<string, Row>;
  /** Keys in order; those of erased rows may be among them. */ keys: string[];
  /** Keys written since that are not in order; sorted in when somebody reads in order. */ readonly added: Set<string>;
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
    const keys = keysInOrder(space);
    const start = cursor !== undefined && cursor >= prefix ? placeAfter(keys, cursor) : placeOf(keys, prefix);
    for (let at = start; at < keys.length; at += 1) {
      const key = keys[at] as string;
      if (!key.startsWith(prefix)) return;
      const row = space.rows.get(key);
      if (row !== undefined) yield row;
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
      if (space.added.size === 0 && key > (space.keys.at(-1) ?? '')) space.keys.push(key);
      else space.added.add(key);
    }
    space.rows.set(key, { key, value, version });
    space.changes += 1;
    return version;
  }

  /** Returns false where there was no such row. */
  erase(namespace: string, key: string): boolean {
    const space = this.#namespaces.get(namespace);
    if (space === undefined || !space.rows.delete(key)) return false;
    if (space.keys.length + space.added.size > 2 * space.rows.size + SLACK) dropErased(space);
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
      space = { rows: new Map(), keys: [], added: new Set(), changes: 0, lastAppended: 0 };
      this.#namespaces.set(name, space);
    }
    return space;
  }
}

/** Key of a log's record by its number. */
export function logKey(number: number): string {
  return String(number).padStart(KEY_DIGITS, '0');
}

/** The keys of a namespace in order, each once; those of erased rows may be among them. */
function keysInOrder(space: Namespace): readonly string[] {
  if (space.added.size === 0) return space.keys;
  // Two sorted runs behind each other: the sort merges them in one pass.
  const all = [...space.keys, ...[...space.added].sort()].sort();
  space.keys = all.filter((key, at) => key !== all[at - 1]);
  space.added.clear();
  return space.keys;
}

function dropErased(space: Namespace): void {
  space.keys = space.keys.filter((key) => space.rows.has(key));
  for (const key of space.added) if (!space.rows.has(key)) space.added.delete(key);
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
