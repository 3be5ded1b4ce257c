import type { Logger, OrchestratorEvent, Row, StateStore } from '@master-orchestrator/contracts';
import { classify, type Clock, type Redactor } from '@master-orchestrator/errors';
import type { ExpiringRows } from '../expiring-rows.js';
import { EventEncoder } from './event-encoder.js';
import { entryOf, type EventEntry } from './event-entry.js';
import { gapEntry, noCursor, type EventFeed, type ReadOptions } from './event-feed.js';
import { EVENT_LOG, EventLogWriter, isKept, type EventBatch, type EventRow } from './event-log-writer.js';
import { EventRing } from './event-ring.js';

/** Collaborators of a {@link StoredFeed}. */
export interface StoredFeedParts {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly redactor: Redactor;
  readonly capacity: number;
  readonly boot: string;
  /** Where the events of a task begin, by its id. */ readonly starts: ExpiringRows<string>;
  /** How long events are kept, in milliseconds. */ readonly keepMs: number;
}

interface Reading {
  readonly isFinite: boolean;
  readonly signal: AbortSignal;
}

/** How often the log is looked at for what other processes wrote, in milliseconds. */
const POLL_MS = 1_000;
/** How often what is too old is removed, in milliseconds. */
const TRIM_MS = 600_000;
const ROWS_AT_ONCE = 100;
const CURSOR_FORM = /^([\x21-\x7e]{1,100})\.(\d{1,4}|-)$/;
/** After everything of a row. */
const WHOLE = '9999';
/** Before everything of a row. */
const NONE = '-';

/**
 * Keeps events in a log of the engine's shared state: readers go on after a restart of the server, and see what every
 * process tells that shares its events. The log gives the one order; the ring holds its end for live readers.
 */
export class StoredFeed implements EventFeed {
  readonly #parts: StoredFeedParts;
  readonly #ring: EventRing;
  readonly #encoder: EventEncoder;
  readonly #writer: EventLogWriter;
  readonly #own = new Map<number, EventBatch>();
  #lastKey = '';
  #pumping: Promise<void> = Promise.resolve();
  #cancelTimers: (() => void)[] = [];

  constructor(parts: StoredFeedParts) {
    this.#parts = parts;
    this.#ring = new EventRing(parts.capacity);
    this.#encoder = new EventEncoder(parts.redactor);
    const { state, clock, logger, boot } = parts;
    this.#writer = new EventLogWriter({
      state,
      clock,
      logger,
      by: boot,
      onBatch: (batch, key) => this.#written(batch, key),
    });
  }

  /** Finds the end of the log and begins to follow it. */
  async start(): Promise<void> {
    this.#lastKey = await this.#writer.mark();
    this.#ring.mark(this.cursor());
    this.#every(POLL_MS, () => this.#pump());
    this.#every(TRIM_MS, () => this.#trim());
  }

  publish(event: OrchestratorEvent): void {
    if (!this.#ring.isClosed) this.#writer.add(this.#encoder.encode(event));
  }

  cursor(): string {
    return `${this.#lastKey}.${WHOLE}`;
  }

  async startOf(taskId: string): Promise<string> {
    return (await this.#parts.starts.get(taskId))?.value ?? 'start';
  }

  async read({ after, isFinite = false, signal }: ReadOptions): Promise<AsyncIterable<EventEntry>> {
    const how = { isFinite, signal };
    if (isFinite) await this.#writer.flush();
    if (after === undefined) return this.#follow(this.#ring.last, '', how);
    const position = this.#ring.positionOf(after);
    if (position !== undefined) return this.#follow(position, '', how);
    if (after === 'start') return this.#catchUp([], undefined, how);
    const [, key, index] = CURSOR_FORM.exec(after) ?? [];
    if (key === undefined) throw noCursor(after);
    const row = await this.#parts.state.get(EVENT_LOG, key);
    if (row !== undefined) {
      const skip = index === NONE ? 0 : Number(index) + 1;
      return this.#catchUp(entriesOf(row).slice(skip), key, how);
    }
    await this.#pump(); // another process may have gone on
    if (key > this.#lastKey) throw noCursor(after);
    return this.#catchUp([gapEntry(0, 0, after)], key, how);
  }

  async close(): Promise<void> {
    for (const cancel of this.#cancelTimers.splice(0)) cancel();
    await this.#writer.flush();
    await this.#pumping;
    this.#ring.close();
  }

  /** From the log first; from its end on from the ring. Nothing is told twice: keys only grow. */
  async *#catchUp(first: readonly EventEntry[], key: string | undefined, how: Reading): AsyncGenerator<EventEntry> {
    const { state } = this.#parts;
    let last = key;
    yield* first;
    while (!how.signal.aborted) {
      const mark = this.#ring.last; // what the ring holds up to here was in the log before the next look
      const { items } = await state.scan(EVENT_LOG, '', last, ROWS_AT_ONCE);
      const newest = items.at(-1);
      if (newest === undefined) return yield* this.#follow(mark, last ?? '', how);
      for (const row of items) yield* entriesOf(row);
      last = newest.key;
    }
  }

  /** @param told - Key of the last row that was told from the log. */
  async *#follow(from: number, told: string, { isFinite, signal }: Reading): AsyncGenerator<EventEntry> {
    let position = from;
    while (!signal.aborted) {
      const step = this.#ring.after(position);
      if (step.kind === 'closed' || (step.kind === 'none' && isFinite)) return;
      if (step.kind === 'none') {
        await this.#ring.changed(signal);
        continue;
      }
      position = step.position;
      if (step.kind === 'gap') yield gapEntry(step.from, step.to);
      else if (step.entry.cursor === undefined || keyOf(step.entry.cursor) > told) yield step.entry;
    }
  }

  /** A batch is in the log, or holds nothing to be kept. */
  async #written(batch: EventBatch, key: string | undefined): Promise<void> {
    if (key === undefined) return this.#tell(batch, undefined);
    this.#own.set(batch.number, batch);
    await this.#pump();
    await this.#noteStarts(batch, key);
  }

  /** Takes in what the log has beyond the last key, one look after the other. */
  #pump(): Promise<void> {
    this.#pumping = this.#pumping.then(() => this.#look()).catch((error: unknown) => this.#report(error));
    return this.#pumping;
  }

  async #look(): Promise<void> {
    for (;;) {
      const { items } = await this.#parts.state.scan(EVENT_LOG, '', this.#lastKey, ROWS_AT_ONCE);
      for (const row of items) {
        this.#lastKey = row.key;
        const { by, batch } = valueOf(row);
        const own = by === this.#parts.boot ? this.#own.get(batch) : undefined;
        if (own === undefined) for (const entry of entriesOf(row)) this.#ring.push(entry);
        else this.#tell(own, row.key);
        if (own !== undefined) this.#own.delete(batch);
      }
      if (items.length < ROWS_AT_ONCE) return;
    }
  }

  /** Gives a batch of this process to the readers, the pieces of answers among it in their places. */
  #tell({ events }: EventBatch, key: string | undefined): void {
    let index = 0;
    if (key !== undefined) this.#ring.mark(`${key}.${NONE}`);
    for (const encoded of events) {
      const cursor = key !== undefined && isKept(encoded) ? `${key}.${index++}` : undefined;
      this.#ring.push(entryOf(encoded.event, encoded.data, cursor));
    }
    if (key !== undefined) this.#ring.mark(`${key}.${WHOLE}`);
  }

  async #noteStarts({ events }: EventBatch, key: string): Promise<void> {
    const kept = events.filter(isKept);
    for (const [index, { event }] of kept.entries()) {
      if (event.type !== 'task-queue' || event.taskId === undefined) continue;
      const before = `${key}.${index === 0 ? NONE : index - 1}`;
      await this.#parts.starts
        .put(event.taskId, before, this.#parts.keepMs, 0)
        .catch((error: unknown) => this.#report(error));
    }
  }

  async #trim(): Promise<void> {
    const { state, clock, keepMs } = this.#parts;
    const oldest = clock.now() - keepMs;
    for (;;) {
      const { items } = await state.scan(EVENT_LOG, '', undefined, ROWS_AT_ONCE);
      const old = items.filter((row) => valueOf(row).at < oldest);
      for (const row of old) await state.delete(EVENT_LOG, row.key);
      if (old.length < ROWS_AT_ONCE) return;
    }
  }

  #every(ms: number, act: () => Promise<void>): void {
    const place = this.#cancelTimers.length;
    const arm = (): void => {
      this.#cancelTimers[place] = this.#parts.clock.setTimer(ms, () => {
        void act()
          .catch((error: unknown) => this.#report(error))
          .finally(() => {
            if (this.#cancelTimers.length > 0) arm();
          });
      });
    };
    arm();
  }

  #report(error: unknown): void {
    this.#parts.logger.warn({ err: classify(error).toJSON() }, 'the log of events could not be read or written');
  }
}

function valueOf(row: Row): EventRow {
  return row.value as unknown as EventRow;
}

function entriesOf(row: Row): EventEntry[] {
  return valueOf(row).events.map(({ head, data }, index) => ({ ...head, data, cursor: `${row.key}.${index}` }));
}

function keyOf(cursor: string): string {
  return cursor.slice(0, cursor.lastIndexOf('.'));
}
