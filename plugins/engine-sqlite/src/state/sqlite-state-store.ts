import type { Row, StateStore, StateTransaction } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import type { EngineCore } from '../engine-core.js';
import { stateConflict } from '../engine-errors.js';
import { jsonText } from '../json-value.js';
import { readBlob, writeBlob } from './blobs.js';
import { SqliteTransaction } from './sqlite-transaction.js';
import {
  appendState,
  checkStateName,
  eraseState,
  pageOf,
  pageSize,
  readState,
  rowOf,
  scanState,
  writeState,
} from './state-rows.js';

const MOST_ATTEMPTS = 1_000;

/** The shared state in the file. */
export class SqliteStateStore implements StateStore {
  readonly #open: () => EngineCore;
  readonly #maxValueBytes: number;

  /** @param open - Gives the open store, or throws. */
  constructor(open: () => EngineCore, maxValueBytes: number) {
    this.#open = open;
    this.#maxValueBytes = maxValueBytes;
  }

  async get(namespace: string, key: string): Promise<Row | undefined> {
    return this.#open().read((database) => {
      const row = readState(database, namespace, key);
      return row === undefined ? undefined : rowOf(row);
    });
  }

  async put(
    namespace: string,
    key: string,
    value: Json,
    options: { readonly ifVersion?: number } = {},
  ): Promise<number | 'conflict'> {
    const text = this.#text(namespace, key, value);
    const { ifVersion } = options;
    return this.#open().write((database) => {
      const version = readState(database, namespace, key)?.version ?? 0;
      if (ifVersion !== undefined && version !== ifVersion) return 'conflict';
      return writeState(database, namespace, key, text, version + 1);
    });
  }

  async delete(
    namespace: string,
    key: string,
    options: { readonly ifVersion?: number } = {},
  ): Promise<boolean | 'conflict'> {
    const { ifVersion } = options;
    return this.#open().write((database) => {
      if (ifVersion !== undefined && (readState(database, namespace, key)?.version ?? 0) !== ifVersion)
        return 'conflict';
      return eraseState(database, namespace, key);
    });
  }

  async scan(
    namespace: string,
    prefix: string,
    cursor?: string,
    limit?: number,
  ): Promise<{ items: Row[]; next?: string }> {
    const size = pageSize(limit);
    return this.#open().read((database) => pageOf(scanState(database, namespace, { prefix, cursor }, size + 1), size));
  }

  async append(log: string, record: Json): Promise<string> {
    const text = this.#text(log, 'a new record', record);
    return this.#open().write((database) => appendState(database, log, text));
  }

  /** @throws OrchestratorError STATE_CONFLICT after 1,000 attempts */
  async transact<T>(body: (transaction: StateTransaction) => Promise<T>): Promise<T> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const transaction = new SqliteTransaction(this.#open(), (...args) => this.#text(...args));
      const result = await body(transaction);
      if (await transaction.commit()) return result;
    }
    throw stateConflict(MOST_ATTEMPTS);
  }

  async putBlob(bytes: Uint8Array): Promise<string> {
    return writeBlob(this.#open(), bytes);
  }

  async getBlob(hash: string): Promise<Uint8Array | undefined> {
    return readBlob(this.#open(), hash);
  }

  #text(namespace: string, key: string, value: Json): string {
    checkStateName(namespace, key);
    return jsonText(value, `State "${namespace}" / "${key}"`, this.#maxValueBytes);
  }
}
