import type { Logger, StateStore } from '@master-orchestrator/contracts';
import { classify, type Clock, type Json } from '@master-orchestrator/errors';
import type { EncodedEvent } from './event-encoder.js';
import { entryOf, type EventEntry } from './event-entry.js';

/** Name of the log in the state store. */
export const EVENT_LOG = 'api-events';

const MOST_EVENTS = 100;
const MOST_CHARACTERS = 131_072;
/** Batches that wait to be written; beyond them the oldest are told but not kept. */
const MOST_WAITING = 10_000;

/** A row of the log: what one process told at one time. */
export interface EventRow {
  /** Which process wrote it. */ readonly by: string;
  readonly batch: number;
  /** Milliseconds since the epoch. */ readonly at: number;
  readonly events: readonly { readonly head: Omit<EventEntry, 'data' | 'cursor'>; readonly data: string }[];
}

/** A batch on its way to the log. */
export interface EventBatch {
  readonly number: number;
  readonly events: readonly EncodedEvent[];
}

/** Collaborators of an {@link EventLogWriter}. */
export interface EventLogWriterParts {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tells the processes of a log apart. */ readonly by: string;
  /** Hears of each batch in order, once it is kept; `key` is absent where nothing of it is kept. */
  readonly onBatch?: (batch: EventBatch, key: string | undefined) => Promise<void>;
}

/**
 * Writes events to a log in the shared state, in batches that form while the write before is under way, so that no run
 * waits for it. Pieces of answers are not kept: they are worth something only while they arrive.
 */
export class EventLogWriter {
  readonly #parts: EventLogWriterParts;
  #waiting: EncodedEvent[] = [];
  #number = 0;
  #lost = 0;
  #writing: Promise<void> | undefined;

  constructor(parts: EventLogWriterParts) {
    this.#parts = parts;
  }

  /** Adds an empty row; its key is where the log ends now. */
  async mark(): Promise<string> {
    return this.#parts.state.append(EVENT_LOG, this.#row([], 0));
  }

  /** Takes events in. */
  add(events: readonly EncodedEvent[]): void {
    if (this.#waiting.length >= MOST_WAITING) this.#lost += events.length;
    else this.#waiting.push(...events);
    this.#writing ??= this.#write();
  }

  /** Resolves once everything is written. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #write(): Promise<void> {
    await Promise.resolve(); // events of the same turn go together
    while (this.#waiting.length > 0) {
      const batch: EventBatch = { number: ++this.#number, events: this.#next() };
      const key = await this.#keep(batch);
      await this.#parts.onBatch?.(batch, key);
    }
    this.#writing = undefined;
  }

  async #keep({ number, events }: EventBatch): Promise<string | undefined> {
    const kept = events.filter(isKept);
    if (kept.length === 0) return undefined;
    try {
      const key = await this.#parts.state.append(EVENT_LOG, this.#row(kept, number));
      if (this.#lost > 0) this.#parts.logger.warn({ lost: this.#lost }, 'events came faster than they could be kept');
      this.#lost = 0;
      return key;
    } catch (error) {
      const err = classify(error);
      const level = err.code === 'ORCHESTRATOR_CLOSED' ? 'debug' : 'error';
      this.#parts.logger[level]({ err: err.toJSON(), events: kept.length }, 'events could not be kept');
      return undefined;
    }
  }

  #row(kept: readonly EncodedEvent[], batch: number): Json {
    const events = kept.map(({ event, data }) => {
      const { data: _data, ...head } = entryOf(event, '', undefined);
      return { head, data };
    });
    const row: EventRow = { by: this.#parts.by, batch, at: this.#parts.clock.now(), events };
    return row as unknown as Json;
  }

  #next(): EncodedEvent[] {
    let characters = 0;
    let count = 0;
    for (const { data } of this.#waiting) {
      if (count > 0 && (count >= MOST_EVENTS || characters + data.length > MOST_CHARACTERS)) break;
      characters += data.length;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}

/** True for events that are kept for readers that come later. */
export function isKept({ event }: EncodedEvent): boolean {
  return event.type !== 'model-call-delta';
}
