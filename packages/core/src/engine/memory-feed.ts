import type { EpochMs, FeedFilter, FeedItem } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { taskInvalid } from './engine-errors.js';

interface Entry {
  readonly seq: number;
  readonly at: EpochMs;
  readonly task: string | undefined;
  readonly type: string;
  readonly data: Json;
}

/** Width of a cursor: enough for 2^53 items, so that cursors sort as texts. */
const CURSOR_DIGITS = 16;

/** The feed of the memory engine: the latest items in a ring. A reader that falls out of it gets a `stream-gap`. */
export class MemoryFeed {
  readonly #ring: (Entry | undefined)[];
  #last = 0;
  #waiting = new Set<() => void>();
  #isClosed = false;

  constructor(readonly capacity: number) {
    this.#ring = [];
  }

  add(at: EpochMs, task: string | undefined, type: string, data: Json): void {
    this.#last += 1;
    this.#ring[this.#last % this.capacity] = { seq: this.#last, at, task, type, data };
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  /** Ends every reader once it has read what is there. */
  close(): void {
    this.#isClosed = true;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  open(): void {
    this.#isClosed = false;
  }

  read(from: string, filter: FeedFilter = {}): AsyncIterable<FeedItem> {
    const start = from === 'now' ? this.#last : parseCursor(from);
    return {
      [Symbol.asyncIterator]: () =>
        new Reader(
          start,
          (position) => this.#next(position, filter),
          (wake) => this.#wait(wake),
        ),
    };
  }

  /** The next item after a position that fits, or where to look from later. */
  #next(position: number, filter: FeedFilter): { item?: FeedItem; position: number; isClosed: boolean } {
    const oldest = Math.max(1, this.#last - this.capacity + 1);
    if (position + 1 < oldest) {
      const gap = { from: position + 1, to: oldest - 1 };
      const item = {
        cursor: cursorOf(gap.to),
        at: this.#ring[oldest % this.capacity]?.at ?? 0,
        type: 'stream-gap',
        data: gap,
      };
      return { item, position: gap.to, isClosed: false };
    }
    for (let seq = position + 1; seq <= this.#last; seq += 1) {
      const entry = this.#ring[seq % this.capacity];
      if (entry !== undefined && fits(entry, filter)) return { item: itemOf(entry), position: seq, isClosed: false };
    }
    return { position: this.#last, isClosed: this.#isClosed };
  }

  #wait(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }
}

type Look = (position: number) => { item?: FeedItem; position: number; isClosed: boolean };

class Reader implements AsyncIterator<FeedItem> {
  #position: number;
  #isDone = false;
  #stopWaiting: (() => void) | undefined;
  #finish: (() => void) | undefined;
  readonly #look: Look;
  readonly #wait: (wake: () => void) => () => void;

  constructor(start: number, look: Look, wait: (wake: () => void) => () => void) {
    this.#position = start;
    this.#look = look;
    this.#wait = wait;
  }

  async next(): Promise<IteratorResult<FeedItem>> {
    while (!this.#isDone) {
      const { item, position, isClosed } = this.#look(this.#position);
      this.#position = position;
      if (item !== undefined) return { done: false, value: item };
      if (isClosed) break;
      await new Promise<void>((resolve) => {
        this.#finish = resolve;
        this.#stopWaiting = this.#wait(resolve);
      });
    }
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<FeedItem>> {
    this.#isDone = true;
    this.#stopWaiting?.();
    this.#finish?.();
    return Promise.resolve({ done: true, value: undefined });
  }
}

function fits(entry: Entry, filter: FeedFilter): boolean {
  if (filter.task !== undefined && entry.task !== filter.task) return false;
  return filter.types === undefined || filter.types.includes(entry.type);
}

function itemOf(entry: Entry): FeedItem {
  const { seq, at, task, type, data } = entry;
  const cursor = cursorOf(seq);
  return task === undefined ? { cursor, at, type, data } : { cursor, at, type, data, task };
}

function cursorOf(seq: number): string {
  return String(seq).padStart(CURSOR_DIGITS, '0');
}

function parseCursor(cursor: string): number {
  if (/^\d{1,16}$/.test(cursor)) return Number(cursor);
  throw taskInvalid(`"${cursor}" is no cursor of this feed. Use the cursor of an item, or "now".`);
}
