import { CancelledError } from '../cancelled-error.js';
import { OrchestratorError } from '../orchestrator-error.js';

/** One who waits for its turn. */
export interface Waiter<T> {
  readonly weight: number;
  resolve(value: T): void;
  reject(error: OrchestratorError): void;
}

interface Entry<T> extends Waiter<T> {
  isGone: boolean;
}

/** A first-in-first-out line whose members leave at once when their signal aborts. Constant work per call on average. */
export class WaitQueue<T> {
  readonly #maxLength: number;
  readonly #name: string;
  #entries: (Entry<T> | undefined)[] = [];
  #head = 0;
  #length = 0;

  /**
   * @param name - Whose line it is, for the message of QUEUE_FULL.
   */
  constructor(name: string, maxLength: number) {
    this.#name = name;
    this.#maxLength = maxLength;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Joins the line. The promise rejects with CANCELLED on abort, QUEUE_FULL where the line is full.
   *
   * @param onLeave - Called after a member left the line by its signal.
   */
  wait(weight: number, signal: AbortSignal | undefined, onLeave: () => void): Promise<T> {
    if (this.#length >= this.#maxLength) {
      const text = `The waiting line of "${this.#name}" is full (${this.#maxLength}). Send the work again later.`;
      return Promise.reject(new OrchestratorError('QUEUE_FULL', text, { retryAfterMs: 1_000 }));
    }
    return new Promise<T>((resolve, reject) => {
      const stopListening = (): void => signal?.removeEventListener('abort', onAbort);
      const entry: Entry<T> = {
        weight,
        isGone: false,
        resolve: (value) => {
          stopListening();
          resolve(value);
        },
        reject: (error) => {
          stopListening();
          reject(error);
        },
      };
      const onAbort = (): void => {
        if (entry.isGone || signal === undefined) return;
        entry.isGone = true;
        this.#length -= 1;
        entry.reject(CancelledError.fromSignal(signal));
        onLeave();
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#entries.push(entry);
      this.#length += 1;
    });
  }

  /** Who is next; stays in the line. */
  peek(): Waiter<T> | undefined {
    this.#skipGone();
    return this.#entries[this.#head];
  }

  /** Takes who is next out of the line. */
  shift(): Waiter<T> | undefined {
    this.#skipGone();
    const entry = this.#entries[this.#head];
    if (entry === undefined) return undefined;
    entry.isGone = true;
    this.#entries[this.#head] = undefined;
    this.#head += 1;
    this.#length -= 1;
    this.#compact();
    return entry;
  }

  #skipGone(): void {
    while (this.#entries[this.#head]?.isGone === true) {
      this.#entries[this.#head] = undefined;
      this.#head += 1;
    }
    this.#compact();
  }

  /** Copies only when half of the list is gone, so that it costs nothing on average. */
  #compact(): void {
    if (this.#head < 64 || this.#head * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }
}
