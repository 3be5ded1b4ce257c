import type { OrchestratorEvent } from '@master-orchestrator/contracts';
import { Observable, type Subscriber } from './rx.js';
import type { StreamArchive } from './stream-archive.js';

/** A reader that is told events as they come. */
interface Reader {
  readonly subscriber: Subscriber<OrchestratorEvent>;
  /** Position of the event it is told next. */ next: number;
  /** True while it is being told something, or waits for the archive. */ isBusy: boolean;
}

/** Which event a reader has seen last. */
export type LastSeen = Pick<OrchestratorEvent, 'taskId' | 'seq'>;

/**
 * Events of one task and its children, kept for readers that come late, come back or are slow. Every reader has a
 * position of its own and no queue, so that the memory for all of them is that of the events kept.
 */
export class RunStream {
  /** Event `n` stands at `n - #first`; what is before `#start` has left the buffer but not the array yet. */
  #events: OrchestratorEvent[] = [];
  #first = 0;
  #start = 0;
  readonly #readers = new Set<Reader>();
  readonly #capacity: number;
  readonly #archive: StreamArchive | undefined;
  #wakers: (() => void)[] = [];
  #isEnded = false;

  /**
   * @param capacity - Events kept; a reader that is further behind gets a `stream-gap`.
   * @param archive - Takes what leaves the buffer, where the engine is durable: then nobody gets a gap.
   */
  constructor(capacity: number, archive?: StreamArchive) {
    this.#capacity = Math.max(1, capacity);
    this.#archive = archive;
  }

  /** Every event from the first one on, then live. Completes when the task has ended. */
  readonly events$: Observable<OrchestratorEvent> = this.from(0);

  /**
   * Every event from a position on; position 0 is the first event of the run, and each event counts one. What is not
   * kept any more is told as one `stream-gap`.
   */
  from(position: number): Observable<OrchestratorEvent> {
    return new Observable((subscriber) => {
      const reader: Reader = { subscriber, next: Math.max(0, position), isBusy: false };
      this.#readers.add(reader);
      this.#serve(reader);
      return () => this.#readers.delete(reader);
    });
  }

  /** Every event after one that was seen; where that is not kept any more, a `stream-gap` and then what is kept. */
  after(last: LastSeen): Observable<OrchestratorEvent> {
    const isSeen = (event: OrchestratorEvent): boolean => event.taskId === last.taskId && event.seq === last.seq;
    const at = this.#events.findLastIndex(isSeen);
    if (at >= 0) return this.from(this.#first + at + 1);
    if (this.#archive === undefined) return this.from(Math.max(0, Math.min(this.#start - 1, last.seq)));
    return new Observable((subscriber) => {
      let hasSeen = false;
      return this.from(0).subscribe({
        next: (event) => {
          if (hasSeen) subscriber.next(event);
          else hasSeen = isSeen(event);
        },
        complete: () => subscriber.complete(),
      });
    });
  }

  /** Takes in an event. */
  push(event: OrchestratorEvent): void {
    this.#events.push(event);
    const count = this.#first + this.#events.length;
    this.#start = Math.max(this.#start, count - this.#capacity);
    // Moved out in batches: taking the first one out of a long array costs as much as taking a thousand.
    if (this.#start - this.#first >= this.#batch) this.#letGo();
    for (const reader of this.#readers) this.#serve(reader);
    this.#wake();
  }

  /** Completes the stream for every reader. */
  end(): void {
    this.#isEnded = true;
    for (const reader of this.#readers) this.#serve(reader);
    this.#wake();
  }

  /** The same events as an async iterable; a reader that stops early is forgotten. */
  async *iterate(position = 0): AsyncGenerator<OrchestratorEvent> {
    let next = position;
    for (;;) {
      if (next < this.#oldest) {
        const stored = await this.#archive?.read(next);
        if (stored !== undefined && stored.length > 0) {
          next += stored.length;
          yield* stored;
          continue;
        }
        const gap = this.#gap(next);
        next = gap.data.to;
        yield gap;
      } else if (next < this.#end) {
        next += 1;
        yield this.#at(next - 1);
      } else if (this.#isEnded) {
        return;
      } else {
        await new Promise<void>((resolve) => this.#wakers.push(resolve));
      }
    }
  }

  get #batch(): number {
    return Math.min(this.#capacity, 1_000);
  }

  /** With an archive everything in the array may be read: it is not stored yet. */
  get #oldest(): number {
    return this.#archive === undefined ? this.#start : this.#first;
  }

  get #end(): number {
    return this.#first + this.#events.length;
  }

  #at(position: number): OrchestratorEvent {
    return this.#events[position - this.#first] as OrchestratorEvent;
  }

  #letGo(): void {
    const gone = this.#start - this.#first;
    this.#archive?.keep(this.#first, this.#events.slice(0, gone));
    this.#events = this.#events.slice(gone);
    this.#first = this.#start;
  }

  #wake(): void {
    if (this.#wakers.length === 0) return;
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }

  /** Tells a reader all that it has not been told. An event that comes while it is being told waits its turn. */
  #serve(reader: Reader): void {
    if (reader.isBusy) return;
    const { subscriber } = reader;
    reader.isBusy = true;
    while (reader.next < this.#end && !subscriber.closed) {
      if (reader.next < this.#oldest) {
        if (this.#archive !== undefined) return void this.#fetch(reader, this.#archive);
        const gap = this.#gap(reader.next);
        reader.next = gap.data.to;
        subscriber.next(gap);
      } else {
        reader.next += 1;
        subscriber.next(this.#at(reader.next - 1));
      }
    }
    reader.isBusy = false;
    if (this.#isEnded && reader.next >= this.#end) subscriber.complete();
  }

  /** Tells a reader what the archive has, then goes on from the buffer. */
  async #fetch(reader: Reader, archive: StreamArchive): Promise<void> {
    const { subscriber } = reader;
    const stored = await archive.read(reader.next);
    for (const event of stored) if (!subscriber.closed) subscriber.next(event);
    reader.next += stored.length;
    if (stored.length === 0 && !subscriber.closed && reader.next < this.#oldest) {
      const gap = this.#gap(reader.next);
      reader.next = gap.data.to;
      subscriber.next(gap);
    }
    reader.isBusy = false;
    this.#serve(reader);
  }

  #gap(position: number): Extract<OrchestratorEvent, { type: 'stream-gap' }> {
    const to = this.#oldest;
    const first = this.#at(to);
    return { seq: first.seq, at: first.at, type: 'stream-gap', data: { from: position, to } };
  }
}
