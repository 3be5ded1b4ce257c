import type { OrchestratorEvent } from '@master-orchestrator/contracts';
import { OrchestratorError, type Redactor } from '@master-orchestrator/errors';
import { EventEncoder } from './event-encoder.js';
import { entryOf, type EventEntry } from './event-entry.js';
import { EventRing } from './event-ring.js';

/** What a reader wants. */
export interface ReadOptions {
  /** Cursor of the last entry it has, or `start` for the oldest one kept. @default what comes from now on */
  readonly after?: string | undefined;
  /** True: what is kept, and no live entries. @default false */ readonly isFinite?: boolean;
  readonly signal: AbortSignal;
}

/** A stream of events that readers can leave and come back to. */
export interface EventFeed {
  /** Opens it, before the first event. */ start(): Promise<void>;
  /** Takes an event in. Never throws, never waits. */ publish(event: OrchestratorEvent): void;
  /** Cursor of the newest entry: what a reader that wants everything from now on starts after. */ cursor(): string;
  /** A cursor before the first event kept of a task. */ startOf(taskId: string): Promise<string>;
  /**
   * Entries after a cursor, then live ones; they end on abort and on {@link close}.
   *
   * @throws OrchestratorError REQUEST_INVALID for what is no cursor of this stream
   */
  read(options: ReadOptions): Promise<AsyncIterable<EventEntry>>;
  /** Ends every reader. */ close(): Promise<void>;
}

/** Collaborators of a {@link MemoryFeed}. */
export interface MemoryFeedParts {
  /** Entries kept for readers that were away. */ readonly capacity: number;
  readonly redactor: Redactor;
  /** Tells the streams of two starts apart. */ readonly boot: string;
}

const CURSOR_FORM = /^([a-z0-9]{1,32})-(\d{1,15})$/;

/** Keeps the latest events of this process; what a reader missed beyond them is told as a `stream-gap`. */
export class MemoryFeed implements EventFeed {
  readonly #ring: EventRing;
  readonly #encoder: EventEncoder;
  readonly #parts: MemoryFeedParts;

  constructor(parts: MemoryFeedParts) {
    this.#parts = parts;
    this.#ring = new EventRing(parts.capacity);
    this.#encoder = new EventEncoder(parts.redactor);
  }

  async start(): Promise<void> {}

  publish(event: OrchestratorEvent): void {
    if (this.#ring.isClosed) return;
    for (const encoded of this.#encoder.encode(event)) {
      this.#ring.push(entryOf(encoded.event, encoded.data, this.#cursorAt(this.#ring.last + 1)));
    }
  }

  cursor(): string {
    return this.#cursorAt(this.#ring.last);
  }

  async startOf(): Promise<string> {
    return 'start';
  }

  async read({ after, isFinite = false, signal }: ReadOptions): Promise<AsyncIterable<EventEntry>> {
    const start = this.#start(after);
    return this.#follow(start, isFinite, signal);
  }

  async close(): Promise<void> {
    this.#ring.close();
  }

  /** Where to begin, and whether something is known to be lost before it. */
  #start(after: string | undefined): { readonly position: number; readonly lostFrom?: number } {
    if (after === undefined) return { position: this.#ring.last };
    if (after === 'start') return { position: this.#ring.first - 1 };
    const [, boot, digits] = CURSOR_FORM.exec(after) ?? [];
    const position = Number(digits);
    if (boot !== undefined && boot !== this.#parts.boot) {
      // A cursor of an earlier process: that process's events are gone, this one's are all new to the reader.
      return { position: this.#ring.first - 1, lostFrom: position + 1 };
    }
    if (boot === undefined || position > this.#ring.last) throw noCursor(after);
    return { position };
  }

  async *#follow(
    start: { readonly position: number; readonly lostFrom?: number },
    isFinite: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<EventEntry> {
    let { position } = start;
    if (start.lostFrom !== undefined) yield gapEntry(start.lostFrom, start.lostFrom, this.#cursorAt(position));
    while (!signal.aborted) {
      const step = this.#ring.after(position);
      if (step.kind === 'closed' || (step.kind === 'none' && isFinite)) return;
      if (step.kind === 'none') {
        await this.#ring.changed(signal);
        continue;
      }
      position = step.position;
      yield step.kind === 'entry' ? step.entry : gapEntry(step.from, step.to, this.#cursorAt(position));
    }
  }

  #cursorAt(position: number): string {
    return `${this.#parts.boot}-${position}`;
  }
}

/** The entry that stands for lost ones. */
export function gapEntry(from: number, to: number, cursor?: string): EventEntry {
  const data = JSON.stringify({ seq: 0, at: 0, type: 'stream-gap', data: { from, to } });
  return { type: 'stream-gap', data, ...(cursor === undefined ? {} : { cursor }) };
}

/** A cursor that this stream never gave. */
export function noCursor(text: string): OrchestratorError {
  return new OrchestratorError(
    'REQUEST_INVALID',
    `"${text.slice(0, 64)}" is no cursor of this stream. Send the id of an event, or "start", or nothing.`,
  );
}
