import { createHash } from 'node:crypto';
import type { Row, StateStore } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';

/** A state store on maps, for tests of what is kept and read back. */
export class MemoryState implements StateStore {
  readonly #rows = new Map<string, Map<string, Row>>();
  readonly #logs = new Map<string, Row[]>();
  readonly #blobs = new Map<string, Uint8Array>();
  /** While set, every write fails with it. */ failure: Error | undefined;

  async get(namespace: string, key: string): Promise<Row | undefined> {
    return this.#rows.get(namespace)?.get(key);
  }

  async put(namespace: string, key: string, value: Json): Promise<number> {
    this.#checkWritable();
    const rows = this.#rows.get(namespace) ?? new Map<string, Row>();
    this.#rows.set(namespace, rows);
    const version = (rows.get(key)?.version ?? 0) + 1;
    rows.set(key, { key, value: structuredClone(value), version });
    return version;
  }

  async delete(namespace: string, key: string): Promise<boolean> {
    this.#checkWritable();
    return this.#rows.get(namespace)?.delete(key) ?? false;
  }

  async scan(
    namespace: string,
    prefix: string,
    cursor?: string,
    limit = 100,
  ): Promise<{ items: Row[]; next?: string }> {
    const rows = this.#logs.get(namespace) ?? [...(this.#rows.get(namespace)?.values() ?? [])];
    const sorted = rows
      .filter(({ key }) => key.startsWith(prefix))
      .sort((one, other) => (one.key < other.key ? -1 : 1));
    const rest = cursor === undefined ? sorted : sorted.filter(({ key }) => key > cursor);
    const items = rest.slice(0, limit);
    const last = items.at(-1);
    return rest.length > limit && last !== undefined ? { items, next: last.key } : { items };
  }

  async append(log: string, record: Json): Promise<string> {
    this.#checkWritable();
    const records = this.#logs.get(log) ?? [];
    this.#logs.set(log, records);
    const key = String(records.length).padStart(12, '0');
    records.push({ key, value: structuredClone(record), version: 1 });
    return key;
  }

  async transact<T>(body: (transaction: this) => Promise<T>): Promise<T> {
    return body(this);
  }

  async putBlob(bytes: Uint8Array): Promise<string> {
    this.#checkWritable();
    const hash = createHash('sha256').update(bytes).digest('hex');
    this.#blobs.set(hash, bytes);
    return hash;
  }

  async getBlob(hash: string): Promise<Uint8Array | undefined> {
    return this.#blobs.get(hash);
  }

  #checkWritable(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}
