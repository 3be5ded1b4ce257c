import type { FeedFilter, FeedItem } from '@master-orchestrator/contracts';
import type { Database, Value } from '../database/database.js';
import { taskInvalid } from '../engine-errors.js';
import type { EngineCore } from '../engine-core.js';
import { marks, parse } from '../tasks/rows.js';

/** Width of a cursor, so that cursors sort as texts. */
const CURSOR_DIGITS = 16;
const BATCH = 200;

interface EventRow {
  readonly id: number;
  readonly at: number;
  readonly task: string | null;
  readonly type: string;
  readonly data: string;
}

/** The feed in the store: read in batches from a cursor, then waited for. */
export class SqliteFeed {
  readonly #core: EngineCore;
  readonly #onReaders: () => void;
  #waiting = new Set<() => void>();
  #readers = 0;
  #isClosed = false;

  /** @param onReaders - Told when the first reader comes or the last one goes. */
  constructor(core: EngineCore, onReaders: () => void) {
    this.#core = core;
    this.#onReaders = onReaders;
  }

  get hasReaders(): boolean {
    return this.#readers > 0;
  }

  /** Something was committed, here or elsewhere. */
  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const go of waiting) go();
  }

  close(): void {
    this.#isClosed = true;
    this.wake();
  }

  open(): void {
    this.#isClosed = false;
  }

  read(from: string, filter: FeedFilter = {}): AsyncIterable<FeedItem> {
    const start = from === 'now' ? lastId(this.#core.database) : parseCursor(from);
    const look = (position: number): Promise<Look> => this.#look(position, filter);
    const wait = (wake: () => void): (() => void) => this.#wait(wake);
    return { [Symbol.asyncIterator]: () => new Reader(start, look, wait, (change) => this.#count(change)) };
  }

  async #look(position: number, filter: FeedFilter): Promise<Look> {
    try {
      const look = await this.#core.read((database) => lookFrom(database, position, filter));
      return { ...look, isClosed: this.#isClosed };
    } catch {
      // Without a store there is nothing more to read.
      return { items: [], position, isClosed: true };
    }
  }

  #wait(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  #count(change: number): void {
    this.#readers += change;
    this.#onReaders();
  }
}

/** What a look found: items, and where to look from next. */
interface Look {
  readonly items: FeedItem[];
  readonly position: number;
  readonly isClosed: boolean;
}

class Reader implements AsyncIterator<FeedItem> {
  #position: number;
  #batch: FeedItem[] = [];
  #isDone = false;
  #stopWaiting: (() => void) | undefined;
  #finish: (() => void) | undefined;
  readonly #look: (position: number) => Promise<Look>;
  readonly #wait: (wake: () => void) => () => void;
  readonly #count: (change: number) => void;

  constructor(
    start: number,
    look: (position: number) => Promise<Look>,
    wait: (wake: () => void) => () => void,
    count: (change: number) => void,
  ) {
    this.#position = start;
    this.#look = look;
    this.#wait = wait;
    this.#count = count;
    count(1);
  }

  async next(): Promise<IteratorResult<FeedItem>> {
    while (!this.#isDone) {
      const item = this.#batch.shift();
      if (item !== undefined) return { done: false, value: item };
      const { items, position, isClosed } = await this.#look(this.#position);
      this.#position = position;
      this.#batch.push(...items);
      if (items.length > 0) continue;
      if (isClosed) break;
      await new Promise<void>((resolve) => {
        this.#finish = resolve;
        this.#stopWaiting = this.#wait(resolve);
      });
    }
    return this.#end();
  }

  async return(): Promise<IteratorResult<FeedItem>> {
    this.#stopWaiting?.();
    const result = this.#end();
    this.#finish?.();
    return result;
  }

  #end(): IteratorResult<FeedItem> {
    if (!this.#isDone) this.#count(-1);
    this.#isDone = true;
    return { done: true, value: undefined };
  }
}

/** The next items after a position, a gap where retention has removed some, and where to look from later. */
function lookFrom(database: Database, position: number, filter: FeedFilter): Omit<Look, 'isClosed'> {
  const last = lastId(database);
  const oldest = database.number('SELECT min(id) FROM event') || last + 1;
  if (position + 1 < oldest) {
    const to = oldest - 1;
    const at = database.number('SELECT at FROM event WHERE id = ?', oldest);
    const gap: FeedItem = { cursor: cursorOf(to), at, type: 'stream-gap', data: { from: position + 1, to } };
    return { items: [gap], position: to };
  }
  const conditions = ['id > ?'];
  const values: Value[] = [position];
  if (filter.task !== undefined) {
    conditions.push('task = ? AND task IS NOT NULL');
    values.push(filter.task);
  }
  if (filter.types !== undefined) {
    conditions.push(`type IN (${marks(filter.types)})`);
    values.push(...filter.types);
  }
  const rows = database.all<EventRow>(
    `SELECT * FROM event WHERE ${conditions.join(' AND ')} ORDER BY id LIMIT ${BATCH}`,
    ...values,
  );
  // A full batch may have more behind it; a shorter one has seen everything up to the last item there is.
  const newest = rows.at(-1)?.id ?? 0;
  const end = rows.length === BATCH ? newest : Math.max(last, newest);
  return { items: rows.map(itemOf), position: end };
}

function lastId(database: Database): number {
  return database.number("SELECT seq FROM sqlite_sequence WHERE name = 'event'");
}

function itemOf(row: EventRow): FeedItem {
  const { id, at, task, type } = row;
  return { cursor: cursorOf(id), at, type, data: parse(row.data), ...(task === null ? {} : { task }) };
}

function cursorOf(id: number): string {
  return String(id).padStart(CURSOR_DIGITS, '0');
}

function parseCursor(cursor: string): number {
  if (/^\d{1,16}$/.test(cursor)) return Number(cursor);
  throw taskInvalid(`"${cursor}" is no cursor of this feed. Use the cursor of an item, or "now".`);
}
