import type { Row, StateTransaction } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { randomUUID } from 'node:crypto';
import type { Store } from '../database/store.js';
import { logKey, pageOf, pageSize, rowOf, type StateRow } from './state-rows.js';

type Text = (namespace: string, key: string, value: Json) => string;

/** Rows, scans and ends of logs that a transaction has seen, to be seen again at its commit. */
interface Sights {
  readonly rows: { namespace: string; key: string; change: number }[];
  readonly scans: { namespace: string; prefix: string; cursor: string | null; limit: number; seen: string }[];
  readonly logs: { name: string; last: number }[];
}

/**
 * Reads and writes that happen all or not at all. Writes are held back, so that a process which dies or stands still
 * holds no lock; `commit` has the store look again at all that was read and apply them if nothing has changed.
 */
export class PgStateTransaction implements StateTransaction {
  readonly #store: Store;
  readonly #text: Text;
  readonly #token = randomUUID();
  readonly #sights: Sights = { rows: [], scans: [], logs: [] };
  /** By namespace and key; `undefined` where the row is to be deleted. */
  readonly #pending = new Map<string, Map<string, StateRow | undefined>>();
  readonly #appended: [log: string, value: string][] = [];

  constructor(store: Store, text: Text) {
    this.#store = store;
    this.#text = text;
  }

  async get(namespace: string, key: string): Promise<Row | undefined> {
    const row = await this.#row(namespace, key);
    return row === undefined ? undefined : rowOf(row);
  }

  async put(
    namespace: string,
    key: string,
    value: Json,
    options: { readonly ifVersion?: number } = {},
  ): Promise<number | 'conflict'> {
    const text = this.#text(namespace, key, value);
    const row = await this.#row(namespace, key);
    if (options.ifVersion !== undefined && options.ifVersion !== (row?.version ?? 0)) return 'conflict';
    const version = (row?.version ?? 0) + 1;
    this.#hold(namespace, key, { key, value: text, version, change: 0 });
    return version;
  }

  async delete(
    namespace: string,
    key: string,
    options: { readonly ifVersion?: number } = {},
  ): Promise<boolean | 'conflict'> {
    const row = await this.#row(namespace, key);
    if (options.ifVersion !== undefined && options.ifVersion !== (row?.version ?? 0)) return 'conflict';
    if (row !== undefined) this.#hold(namespace, key, undefined);
    return row !== undefined;
  }

  async scan(
    namespace: string,
    prefix: string,
    cursor?: string,
    limit?: number,
  ): Promise<{ items: Row[]; next?: string }> {
    const size = pageSize(limit);
    const pending = this.#pending.get(namespace) ?? new Map<string, StateRow | undefined>();
    // Own deletions may hide as many rows as there are.
    const most = size + 1 + pending.size;
    const rows = await this.#store.rows<StateRow>('scan_state', [namespace, prefix, cursor ?? null, most]);
    const seen = rows.map((row) => `${row.key}\n${row.change}`).join('\n');
    this.#sights.scans.push({ namespace, prefix, cursor: cursor ?? null, limit: most, seen });
    const added = [...pending.values()].filter((row) => row !== undefined);
    const own = added.filter(
      (row) => row.key.startsWith(prefix) && (cursor === undefined || compare(row.key, cursor) > 0),
    );
    const all = [...rows.filter((row) => !pending.has(row.key)), ...own].sort((left, right) =>
      compare(left.key, right.key),
    );
    // Beyond the last row read nothing is known, unless fewer came than were asked for.
    const horizon = rows.length === most ? rows.at(-1)?.key : undefined;
    return pageOf(horizon === undefined ? all : all.filter((row) => compare(row.key, horizon) <= 0), size);
  }

  async append(log: string, record: Json): Promise<string> {
    const text = this.#text(log, 'a new record', record);
    const own = this.#appended.filter(([name]) => name === log).length;
    const last = this.#sights.logs.find(({ name }) => name === log)?.last ?? (await this.#endOf(log));
    this.#appended.push([log, text]);
    const key = logKey(last + own + 1);
    this.#hold(log, key, { key, value: text, version: 1, change: 0 });
    return key;
  }

  /** Applies the writes; false, and nothing applied, where something that was read has changed. */
  commit(): Promise<boolean> {
    const { rows, scans, logs } = this.#sights;
    const writes = [...this.#pending].flatMap(([namespace, held]) =>
      [...held].map(([key, row]) => ({ namespace, key, row })),
    );
    return this.#store.call<boolean>('commit_state', [
      JSON.stringify(rows),
      JSON.stringify(scans),
      JSON.stringify(logs),
      this.#appended,
      writes.map((write) => write.namespace),
      writes.map((write) => write.key),
      writes.map((write) => write.row?.value ?? null),
      writes.map((write) => write.row?.version ?? 0),
      this.#token,
    ]);
  }

  async #row(namespace: string, key: string): Promise<StateRow | undefined> {
    const pending = this.#pending.get(namespace);
    if (pending?.has(key) === true) return pending.get(key);
    const row = await readState(this.#store, namespace, key);
    this.#sights.rows.push({ namespace, key, change: row?.change ?? 0 });
    return row;
  }

  async #endOf(log: string): Promise<number> {
    const sql = 'SELECT last::float8 AS last FROM @.log WHERE name = $1';
    const [row] = await this.#store.query<{ last: number }>(sql, [log]);
    const last = row?.last ?? 0;
    this.#sights.logs.push({ name: log, last });
    return last;
  }

  #hold(namespace: string, key: string, row: StateRow | undefined): void {
    const pending = this.#pending.get(namespace) ?? new Map<string, StateRow | undefined>();
    pending.set(key, row);
    this.#pending.set(namespace, pending);
  }
}

/** One row as it is committed. */
export async function readState(store: Store, namespace: string, key: string): Promise<StateRow | undefined> {
  const sql = `SELECT key, value, version::float8 AS version, change::float8 AS change FROM @.state
    WHERE namespace = $1 AND key = $2`;
  const [row] = await store.query<StateRow>(sql, [namespace, key]);
  return row;
}

/** Order of keys in the store: by their bytes. */
function compare(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
