import type { OrchestratorEvent } from '@master-orchestrator/contracts';
import { Observable, type Subscriber } from 'rxjs';

/** Events of one task and its children, kept for readers that come late or come back. */
export class RunStream {
  readonly #events: OrchestratorEvent[] = [];
  readonly #readers = new Set<Subscriber<OrchestratorEvent>>();
  readonly #capacity: number;
  #dropped = 0;
  #isEnded = false;

  /** @param capacity - Events kept; a reader that is further behind gets a `stream-gap`. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Every event from the first one kept, then live. Completes when the task has ended. */
  readonly events$: Observable<OrchestratorEvent> = this.from(0);

  /**
   * Every event from a position on; position 0 is the first event of the run, and each event counts one. What is not
   * kept any more is told as one `stream-gap`.
   */
  from(position: number): Observable<OrchestratorEvent> {
    return new Observable((reader) => {
      if (position < this.#dropped) reader.next(this.#gap(position));
      for (const event of this.#events.slice(Math.max(0, position - this.#dropped))) reader.next(event);
      if (this.#isEnded) {
        reader.complete();
        return undefined;
      }
      this.#readers.add(reader);
      return () => this.#readers.delete(reader);
    });
  }

  /** Takes in an event. */
  push(event: OrchestratorEvent): void {
    this.#events.push(event);
    if (this.#events.length > this.#capacity) {
      this.#events.shift();
      this.#dropped += 1;
    }
    for (const reader of this.#readers) reader.next(event);
  }

  /** Completes the stream for every reader. */
  end(): void {
    this.#isEnded = true;
    for (const reader of this.#readers) reader.complete();
    this.#readers.clear();
  }

  /** The same events as an async iterable; a reader that stops early is forgotten. */
  async *iterate(position = 0): AsyncGenerator<OrchestratorEvent> {
    const waiting: OrchestratorEvent[] = [];
    let wake: (() => void) | undefined;
    let isComplete = false;
    const subscription = this.from(position).subscribe({
      next: (event) => {
        if (waiting.length < this.#capacity) waiting.push(event);
        wake?.();
      },
      complete: () => {
        isComplete = true;
        wake?.();
      },
    });
    try {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift() as OrchestratorEvent;
        if (isComplete) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
    } finally {
      subscription.unsubscribe();
    }
  }

  #gap(position: number): OrchestratorEvent {
    const first = this.#events[0];
    return {
      seq: first?.seq ?? 0,
      at: first?.at ?? 0,
      type: 'stream-gap',
      data: { from: position, to: this.#dropped },
    };
  }
}
