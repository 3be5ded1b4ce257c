import type { Row, StateTransaction } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { copyRow, isVersion, pageOf } from './state-rows.js';
import { logKey, type StateTable } from './state-table.js';

interface Read {
  readonly namespace: string;
  readonly key: string;
  readonly row: Row | undefined;
}

/** Row that is to be written; `undefined` where it is to be deleted. */
type Pending = Map<string, Row | undefined>;

/**
 * Reads and writes that happen all or not at all. Writes are held back; `commit` applies them if nothing that was read
 * has changed since.
 */
export class MemoryTransaction implements StateTransaction {
  readonly #table: StateTable;
  readonly #copy: (namespace: string, key: string, value: Json) => Json;
  readonly #reads: Read[] = [];
  readonly #scans = new Map<string, number>();
  readonly #pending = new Map<string, Pending>();
  readonly #appended = new Map<string, Json[]>();

  constructor(table: StateTable, copy: (namespace: string, key: string, value: Json) => Json) {
    this.#table = table;
    this.#copy = copy;
  }

  async get(namespace: string, key: string): Promise<Row | undefined> {
    const row = this.#row(namespace, key);
    return row === undefined ? undefined : copyRow(row);
  }

  async put(
    namespace: string,
    key: string,
    value: Json,
    options: { readonly ifVersion?: number } = {},
  ): Promise<number | 'conflict'> {
    const copy = this.#copy(namespace, key, value);
    const row = this.#row(namespace, key);
    if (!isVersion(row, options.ifVersion)) return 'conflict';
    const version = (row?.version ?? 0) + 1;
    this.#hold(namespace, key, { key, value: copy, version });
    return version;
  }

  async delete(
    namespace: string,
    key: string,
    options: { readonly ifVersion?: number } = {},
  ): Promise<boolean | 'conflict'> {
    const row = this.#row(namespace, key);
    if (!isVersion(row, options.ifVersion)) return 'conflict';
    if (row !== undefined) this.#hold(namespace, key, undefined);
    return row !== undefined;
  }

  async scan(
    namespace: string,
    prefix: string,
    cursor?: string,
    limit?: number,
  ): Promise<{ items: Row[]; next?: string }> {
    if (!this.#scans.has(namespace)) this.#scans.set(namespace, this.#table.changesOf(namespace));
    return pageOf(this.#merged(namespace, prefix, cursor), limit);
  }

  async append(log: string, record: Json): Promise<string> {
    const copy = this.#copy(log, 'a new record', record);
    // The key depends on what others append meanwhile.
    if (!this.#scans.has(log)) this.#scans.set(log, this.#table.changesOf(log));
    const appended = this.#appended.get(log) ?? [];
    appended.push(copy);
    this.#appended.set(log, appended);
    const key = logKey(this.#table.lastAppended(log) + appended.length);
    this.#hold(log, key, { key, value: copy, version: 1 });
    return key;
  }

  /** Applies the writes; false, and nothing applied, where something that was read has changed. */
  commit(): boolean {
    if (this.#reads.some(({ namespace, key, row }) => this.#table.row(namespace, key) !== row)) return false;
    for (const [namespace, changes] of this.#scans) if (this.#table.changesOf(namespace) !== changes) return false;
    for (const [log, records] of this.#appended) for (const record of records) this.#table.append(log, record);
    for (const [namespace, rows] of this.#pending) {
      for (const [key, row] of rows) {
        if (row === undefined) this.#table.erase(namespace, key);
        else this.#table.write(namespace, key, row.value, row.version);
      }
    }
    return true;
  }

  #row(namespace: string, key: string): Row | undefined {
    const pending = this.#pending.get(namespace);
    if (pending?.has(key) === true) return pending.get(key);
    const row = this.#table.row(namespace, key);
    this.#reads.push({ namespace, key, row });
    return row;
  }

  #hold(namespace: string, key: string, row: Row | undefined): void {
    const pending = this.#pending.get(namespace) ?? new Map<string, Row | undefined>();
    pending.set(key, row);
    this.#pending.set(namespace, pending);
  }

  /** The rows as they will be after the commit. */
  *#merged(namespace: string, prefix: string, cursor: string | undefined): IterableIterator<Row> {
    const pending = this.#pending.get(namespace) ?? new Map<string, Row | undefined>();
    const added = [...pending.values()]
      .filter((row) => row !== undefined)
      .filter((row) => row.key.startsWith(prefix) && (cursor === undefined || row.key > cursor))
      .sort((left, right) => (left.key < right.key ? -1 : 1));
    let next = 0;
    for (const row of this.#table.rows(namespace, prefix, cursor)) {
      for (let own = added[next]; own !== undefined && own.key <= row.key; own = added[next]) {
        yield own;
        next += 1;
      }
      if (!pending.has(row.key)) yield row;
    }
    yield* added.slice(next);
  }
}
