import type { Row, StateStore, StateTransaction } from '@master-orchestrator/contracts';
import { sleep, type Json } from '@master-orchestrator/errors';
import { createHash, randomUUID } from 'node:crypto';
import { stateConflict } from '../engine-errors.js';
import type { EngineCore } from '../engine-core.js';
import { jsonText } from '../json-value.js';
import { checkStateName, pageOf, pageSize, rowOf, type StateRow } from './state-rows.js';
import { PgStateTransaction, readState } from './state-transaction.js';

const MOST_ATTEMPTS = 1_000;
const LONGEST_WAIT_MS = 50;
/** Blobs up to this size are looked through for hashes of other blobs, as a list of chunks holds them. */
const LARGEST_LIST_BYTES = 4 * 1024 * 1024;
/** A read renews what is known of a blob's use at most this often. */
const TOUCH_EVERY_MS = 60_000;
const HASH = /[0-9a-f]{64}/g;

/** The shared state in PostgreSQL. */
export class PgStateStore implements StateStore {
  readonly #core: EngineCore;

  constructor(core: EngineCore) {
    this.#core = core;
  }

  async get(namespace: string, key: string): Promise<Row | undefined> {
    const row = await readState(this.#core.store, namespace, key);
    return row === undefined ? undefined : rowOf(row);
  }

  async put(
    namespace: string,
    key: string,
    value: Json,
    options: { readonly ifVersion?: number } = {},
  ): Promise<number | 'conflict'> {
    const text = this.#text(namespace, key, value);
    const values = [namespace, key, text, options.ifVersion ?? null, randomUUID()];
    return (await this.#core.store.call<number | null>('put_state', values)) ?? 'conflict';
  }

  async delete(
    namespace: string,
    key: string,
    options: { readonly ifVersion?: number } = {},
  ): Promise<boolean | 'conflict'> {
    const values = [namespace, key, options.ifVersion ?? null];
    return (await this.#core.store.call<boolean | null>('delete_state', values)) ?? 'conflict';
  }

  async scan(
    namespace: string,
    prefix: string,
    cursor?: string,
    limit?: number,
  ): Promise<{ items: Row[]; next?: string }> {
    const size = pageSize(limit);
    const values = [namespace, prefix, cursor ?? null, size + 1];
    return pageOf(await this.#core.store.rows<StateRow>('scan_state', values), size);
  }

  async append(log: string, record: Json): Promise<string> {
    const text = this.#text(log, 'a new record', record);
    return this.#core.store.call<string>('append_state', [log, text, randomUUID()]);
  }

  /** @throws OrchestratorError STATE_CONFLICT after 1,000 attempts */
  async transact<T>(body: (transaction: StateTransaction) => Promise<T>): Promise<T> {
    const { clock, random } = this.#core.options;
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
      const transaction = new PgStateTransaction(this.#core.store, (...args) => this.#text(...args));
      const result = await body(transaction);
      if (await transaction.commit()) return result;
      await sleep(clock, random() * Math.min(LONGEST_WAIT_MS, attempt * 2));
    }
    throw stateConflict(MOST_ATTEMPTS);
  }

  async putBlob(bytes: Uint8Array): Promise<string> {
    const buffer = Buffer.from(bytes);
    const hash = createHash('sha256').update(buffer).digest('hex');
    const named = buffer.length > LARGEST_LIST_BYTES ? [] : [...new Set(buffer.toString('latin1').match(HASH))];
    await this.#core.store.call('put_blob', [hash, buffer, named]);
    return hash;
  }

  async getBlob(hash: string): Promise<Uint8Array | undefined> {
    const { store } = this.#core;
    const sql = 'SELECT bytes, (@._now() - touched_at)::float8 AS idle FROM @.blob WHERE hash = $1';
    const [row] = await store.query<{ bytes: Buffer; idle: number }>(sql, [hash]);
    if (row === undefined) return undefined;
    if (row.idle > TOUCH_EVERY_MS) {
      const touch = 'UPDATE @.blob SET touched_at = @._now() WHERE hash = $1';
      store.query(touch, [hash]).catch(() => {});
    }
    return new Uint8Array(row.bytes);
  }

  #text(namespace: string, key: string, value: Json): string {
    checkStateName(namespace, key);
    return jsonText(value, `State "${namespace}" / "${key}"`, this.#core.options.maxValueBytes);
  }
}
