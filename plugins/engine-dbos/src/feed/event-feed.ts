import type { FeedFilter, FeedItem } from '@master-orchestrator/contracts';
import type { EngineCore } from '../engine-core.js';
import { taskInvalid } from '../engine-errors.js';
import { parse } from '../tasks/rows.js';

/** Width of a cursor, so that cursors sort as texts. */
const CURSOR_DIGITS = 16;
const BATCH = 200;
/** How often a reader looks though nothing was heard. */
const LOOK_EVERY_MS = 1_000;

interface EventRow {
  readonly id: number;
  readonly at: number;
  readonly task: string | null;
  readonly type: string;
  readonly data: string;
}

/** The feed in the store: read in batches from a cursor, then waited for. */
export class EventFeed {
  readonly #core: EngineCore;
  #waiting = new Set<() => void>();
  #isClosed = false;
  #starting: Promise<unknown> = Promise.resolve();

  constructor(core: EngineCore) {
    this.#core = core;
  }

  /** Resolves when every reader knows where it begins: what is changed after that comes after its `now`. */
  started(): Promise<unknown> {
    return this.#starting;
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

  read(from: string, filter: FeedFilter = {}): AsyncIterable<FeedItem> {
    const start = from === 'now' ? this.#lastId() : Promise.resolve(parseCursor(from));
    // A reader that never reads leaves no rejection behind; one that does meets it.
    start.catch(() => {});
    this.#starting = Promise.all([this.#starting, start]).catch(() => {});
    return { [Symbol.asyncIterator]: () => this.#reader(start, filter) };
  }

  #reader(start: Promise<number>, filter: FeedFilter): AsyncIterator<FeedItem> {
    const reader = { position: undefined as number | undefined, isDone: false, stop: (): void => {} };
    let batch: FeedItem[] = [];
    const done = (): IteratorResult<FeedItem> => {
      reader.isDone = true;
      reader.stop();
      return { done: true, value: undefined };
    };
    const next = async (): Promise<IteratorResult<FeedItem>> => {
      while (!reader.isDone && !this.#isClosed) {
        const item = batch.shift();
        if (item !== undefined) return { done: false, value: item };
        const heard = this.#whenHeard();
        reader.stop = heard.stop;
        try {
          const look = await this.#lookFrom((reader.position ??= await start), filter);
          ({ items: batch, position: reader.position } = look);
          if (batch.length === 0) await heard.promise;
        } catch (error) {
          if (!this.#isClosed) throw error;
        } finally {
          heard.stop();
        }
      }
      return done();
    };
    return { next, return: async () => done() };
  }

  /** Listens before the look, so that nothing which comes meanwhile is missed. */
  #whenHeard(): { promise: Promise<void>; stop: () => void } {
    let stop!: () => void;
    const promise = new Promise<void>((resolve) => {
      const cancel = this.#core.options.clock.setTimer(LOOK_EVERY_MS, () => stop());
      stop = () => {
        cancel();
        this.#waiting.delete(stop);
        resolve();
      };
      this.#waiting.add(stop);
    });
    return { promise, stop };
  }

  /** The next items after a position, a gap where retention has removed some, and where to look from later. */
  async #lookFrom(position: number, filter: FeedFilter): Promise<{ items: FeedItem[]; position: number }> {
    const { task, types } = filter;
    const values = [position, task ?? null, types ?? null, BATCH];
    const rows = await this.#core.store.query<EventRow & { trimmed: number; last: number | null }>(LOOK, values);
    const { trimmed = 0, last = null } = rows[0] ?? {};
    if (position < trimmed) {
      const gap = { cursor: cursorOf(trimmed), at: this.#core.options.clock.now(), type: 'stream-gap' };
      return { items: [{ ...gap, data: { from: position + 1, to: trimmed } }], position: trimmed };
    }
    const items = rows.filter((row) => row.type !== null).map(itemOf);
    // A full batch may have more behind it; a shorter one has seen everything up to the last item there was.
    const end = items.length === BATCH ? (rows.at(-1) as EventRow).id : Math.max(position, last ?? 0);
    return { items, position: end };
  }

  async #lastId(): Promise<number> {
    const sql = `SELECT greatest((SELECT max(id) FROM @.event), (SELECT value FROM @.counter WHERE name = 'trimmed'))::float8 AS last`;
    const [row] = await this.#core.store.query<{ last: number | null }>(sql);
    return row?.last ?? 0;
  }
}

/** One row at least, which says how far the feed was trimmed and where it ended at the moment of the look. */
const LOOK = `
SELECT (SELECT value FROM @.counter WHERE name = 'trimmed')::float8 AS trimmed,
  (SELECT max(id) FROM @.event)::float8 AS last, item.*
FROM (SELECT 1) AS one LEFT JOIN (
  SELECT id::float8 AS id, at::float8 AS at, task, type, data FROM @.event
  WHERE event.id > $1::bigint AND ($2::text IS NULL OR task = $2) AND ($3::text[] IS NULL OR type = ANY ($3))
  ORDER BY event.id LIMIT $4
) AS item ON true ORDER BY item.id`;

function itemOf({ id, at, task, type, data }: EventRow): FeedItem {
  return { cursor: cursorOf(id), at, type, data: parse(data), ...(task === null ? {} : { task }) };
}

function cursorOf(id: number): string {
  return String(id).padStart(CURSOR_DIGITS, '0');
}

function parseCursor(cursor: string): number {
  if (/^\d{1,16}$/.test(cursor)) return Number(cursor);
  throw taskInvalid(`"${cursor}" is no cursor of this feed. Use the cursor of an item, or "now".`);
}
