import type { Row, StateTransaction } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import type { Database } from '../database/database.js';
import type { EngineCore } from '../engine-core.js';
import {
  appendState,
  eraseState,
  lastAppended,
  logKey,
  pageOf,
  pageSize,
  readState,
  rowOf,
  scanState,
  writeState,
  type StateRow,
} from './state-rows.js';

type Text = (namespace: string, key: string, value: Json) => string;

/** What a transaction has seen, to be seen again at its commit. */
type Sight = (database: Database) => string;

/**
 * Reads and writes that happen all or not at all. No transaction of the file may outlive a turn of the event loop, so
 * writes are held back; `commit` looks again at all that was read and applies them if nothing has changed.
 */
export class SqliteTransaction implements StateTransaction {
  readonly #core: EngineCore;
  readonly #text: Text;
  readonly #sights: { readonly look: Sight; readonly seen: string }[] = [];
  /** By namespace and key; `undefined` where the row is to be deleted. */
  readonly #pending = new Map<string, Map<string, StateRow | undefined>>();
  readonly #appended = new Map<string, string[]>();

  constructor(core: EngineCore, text: Text) {
    this.#core = core;
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
    const look = (database: Database): StateRow[] => scanState(database, namespace, { prefix, cursor }, most);
    const rows = await this.#see(look, (found) => found.map((row) => `${row.key}\n${row.change}`).join('\n'));
    const added = [...pending.values()].filter((row) => row !== undefined);
    const own = added.filter((row) => row.key.startsWith(prefix) && (cursor === undefined || row.key > cursor));
    const all = [...rows.filter((row) => !pending.has(row.key)), ...own].sort((left, right) =>
      left.key < right.key ? -1 : 1,
    );
    // Beyond the last row read nothing is known, unless fewer came than were asked for.
    const horizon = rows.length === most ? rows.at(-1)?.key : undefined;
    return pageOf(horizon === undefined ? all : all.filter((row) => row.key <= horizon), size);
  }

  async append(log: string, record: Json): Promise<string> {
    const text = this.#text(log, 'a new record', record);
    const last = await this.#see((database) => lastAppended(database, log), String);
    const appended = this.#appended.get(log) ?? [];
    appended.push(text);
    this.#appended.set(log, appended);
    const key = logKey(last + appended.length);
    this.#hold(log, key, { key, value: text, version: 1, change: 0 });
    return key;
  }

  /** Applies the writes; false, and nothing applied, where something that was read has changed. */
  commit(): Promise<boolean> {
    return this.#core.write((database) => {
      if (this.#sights.some(({ look, seen }) => look(database) !== seen)) return false;
      for (const [log, records] of this.#appended) for (const record of records) appendState(database, log, record);
      for (const [namespace, rows] of this.#pending) {
        for (const [key, row] of rows) {
          if (row === undefined) eraseState(database, namespace, key);
          else writeState(database, namespace, key, row.value, row.version);
        }
      }
      return true;
    });
  }

  async #row(namespace: string, key: string): Promise<StateRow | undefined> {
    const pending = this.#pending.get(namespace);
    if (pending?.has(key) === true) return pending.get(key);
    return this.#see(
      (database) => readState(database, namespace, key),
      (row) => String(row?.change ?? 0),
    );
  }

  async #see<T>(look: (database: Database) => T, describe: (found: T) => string): Promise<T> {
    const found = await this.#core.read(look);
    this.#sights.push({ look: (database) => describe(look(database)), seen: describe(found) });
    return found;
  }

  #hold(namespace: string, key: string, row: StateRow | undefined): void {
    const pending = this.#pending.get(namespace) ?? new Map<string, StateRow | undefined>();
    pending.set(key, row);
    this.#pending.set(namespace, pending);
  }
}
