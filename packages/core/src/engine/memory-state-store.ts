import type { Row, StateStore, StateTransaction } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import type { BlobShelf } from './blob-shelf.js';
import { stateConflict, taskInvalid } from './engine-errors.js';
import { copyJson } from './json-value.js';
import { MemoryTransaction } from './memory-transaction.js';
import { copyRow, isVersion, pageOf } from './state-rows.js';
import { StateTable } from './state-table.js';

/** NUL, and half of a surrogate pair: stores cut or change them. */
const NOT_STORABLE = /\0|\p{Surrogate}/u;
const MOST_ATTEMPTS = 1_000;

/** The shared state in memory: rows with versions, logs, blobs. Values are copied on the way in and out. */
export class MemoryStateStore implements StateStore {
  readonly table = new StateTable();
  readonly #blobs: BlobShelf;
  readonly #maxValueBytes: number;

  constructor(maxValueBytes: number, blobs: BlobShelf) {
    this.#maxValueBytes = maxValueBytes;
    this.#blobs = blobs;
  }

  async get(namespace: string, key: string): Promise<Row | undefined> {
    const row = this.table.row(namespace, key);
    return row === undefined ? undefined : copyRow(row);
  }

  async put(
    namespace: string,
    key: string,
    value: Json,
    options: { readonly ifVersion?: number } = {},
  ): Promise<number | 'conflict'> {
    const copy = this.#copy(namespace, key, value);
    if (!isVersion(this.table.row(namespace, key), options.ifVersion)) return 'conflict';
    return this.table.write(namespace, key, copy);
  }

  async delete(
    namespace: string,
    key: string,
    options: { readonly ifVersion?: number } = {},
  ): Promise<boolean | 'conflict'> {
    if (!isVersion(this.table.row(namespace, key), options.ifVersion)) return 'conflict';
    return this.table.erase(namespace, key);
  }

  async scan(
    namespace: string,
    prefix: string,
    cursor?: string,
    limit?: number,
  ): Promise<{ items: Row[]; next?: string }> {
    return pageOf(this.table.rows(namespace, prefix, cursor), limit);
  }

  async append(log: string, record: Json): Promise<string> {
    return this.table.append(log, this.#copy(log, 'a new record', record));
  }

  /** @throws OrchestratorError STATE_CONFLICT after 1,000 attempts */
  async transact<T>(body: (transaction: StateTransaction) => Promise<T>): Promise<T> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const transaction = new MemoryTransaction(this.table, (...args) => this.#copy(...args));
      const result = await body(transaction);
      if (transaction.commit()) return result;
    }
    throw stateConflict(MOST_ATTEMPTS);
  }

  async putBlob(bytes: Uint8Array): Promise<string> {
    return this.#blobs.put(bytes);
  }

  async getBlob(hash: string): Promise<Uint8Array | undefined> {
    return this.#blobs.get(hash);
  }

  #copy(namespace: string, key: string, value: Json): Json {
    if (NOT_STORABLE.test(namespace) || NOT_STORABLE.test(key)) {
      const name = `State ${JSON.stringify(namespace)} / ${JSON.stringify(key)}`;
      throw taskInvalid(`${name}: names must not hold NUL or half a surrogate pair.`);
    }
    return copyJson(value, `State "${namespace}" / "${key}"`, this.#maxValueBytes);
  }
}
