import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** What a column can hold. */
export type Value = string | number | null | Uint8Array;

/** A row, where there is one. */
export type Found<Row> = Row | undefined;

/** One connection with its prepared statements. Everything is synchronous: no transaction outlives a turn of the loop. */
export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #isFull = false;
  #isOpen = true;
  /** Set where a statement added to the feed, until somebody has told its readers. */ hasNews = false;

  constructor(
    readonly file: string,
    db: DatabaseSync,
  ) {
    this.#db = db;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Rows changed, for a statement that writes. */
  run(sql: string, ...values: Value[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  /** The first row. The caller names its shape; the statement must give exactly that. */
  get<Row>(sql: string, ...values: Value[]): Found<Row> {
    return this.#prepare(sql).get(...values) as Found<Row>;
  }

  all<Row>(sql: string, ...values: Value[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  /** Runs statements that give no rows and take no values. */
  exec(sql: string): void {
    this.#db.exec(sql);
  }

  /** One number, of a pragma or a count. */
  number(sql: string, ...values: Value[]): number {
    const row = this.get<Record<string, number>>(sql, ...values);
    return row === undefined ? 0 : (Object.values(row)[0] ?? 0);
  }

  /** Begins a transaction that will write; `isFull`: its commit survives a power loss. */
  begin(isFull: boolean): void {
    if (isFull !== this.#isFull) {
      this.#db.exec(`PRAGMA synchronous = ${isFull ? 'FULL' : 'NORMAL'}`);
      this.#isFull = isFull;
    }
    this.run('BEGIN IMMEDIATE');
  }

  commit(): void {
    this.run('COMMIT');
  }

  /** Ends a transaction without a trace; harmless where SQLite has already done so. */
  rollback(): void {
    try {
      this.#db.exec('ROLLBACK');
    } catch {
      // Some failures roll back by themselves, and then there is no transaction to end.
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#statements.clear();
    this.#db.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
