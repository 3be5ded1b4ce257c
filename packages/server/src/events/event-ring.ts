import type { EventEntry } from './event-entry.js';

/** What a reader of the ring gets next. */
export type RingStep =
  | { readonly kind: 'entry'; readonly entry: EventEntry; readonly position: number }
  /** These positions are not kept any more. */
  | { readonly kind: 'gap'; readonly from: number; readonly to: number; readonly position: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'closed' };

/**
 * The latest entries, numbered from 1. Readers pull at their own speed and hold nothing but a position, so that a slow
 * one costs no memory: what it missed is told as a gap.
 */
export class EventRing {
  readonly #entries: (EventEntry | undefined)[] = [];
  readonly #positions = new Map<string, number>();
  readonly #marks = new Map<string, number>();
  readonly #capacity: number;
  #waiting = new Set<() => void>();
  #last = 0;
  #isClosed = false;

  /** @param capacity - Entries kept. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Position of the newest entry; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** Position of the oldest entry kept; one more than {@link last} where there is none. */
  get first(): number {
    return Math.max(1, this.#last - this.#capacity + 1);
  }

  /** True once no entry will come any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Adds an entry and wakes the readers. */
  push(entry: EventEntry): void {
    this.#last += 1;
    const slot = this.#last % this.#capacity;
    const dropped = this.#entries[slot]?.cursor;
    if (dropped !== undefined) this.#positions.delete(dropped);
    this.#entries[slot] = entry;
    if (entry.cursor !== undefined) this.#positions.set(entry.cursor, this.#last);
    this.#wake();
  }

  /** Ends every reader once it has read what is kept. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** Names the end of the ring as it is now, for a cursor that belongs to no entry. */
  mark(cursor: string): void {
    this.#marks.set(cursor, this.#last);
    for (const [known, position] of this.#marks) {
      if (position + 1 >= this.first) break;
      this.#marks.delete(known);
    }
  }

  /** Where the entry with this cursor stands; `undefined` where something after it is not kept any more. */
  positionOf(cursor: string): number | undefined {
    const position = this.#positions.get(cursor) ?? this.#marks.get(cursor);
    return position === undefined || position + 1 < this.first ? undefined : position;
  }

  /** What stands after a position. */
  after(position: number): RingStep {
    if (position + 1 < this.first) {
      return { kind: 'gap', from: position + 1, to: this.first - 1, position: this.first - 1 };
    }
    if (position < this.#last) {
      const next = position + 1;
      return { kind: 'entry', entry: this.#entries[next % this.#capacity] as EventEntry, position: next };
    }
    return { kind: this.#isClosed ? 'closed' : 'none' };
  }

  /** Resolves with the next entry, the closing, or the abort. */
  changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  #wake(): void {
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }
}
