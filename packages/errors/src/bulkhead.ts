import { CancelledError } from './cancelled-error.js';
import { WaitQueue } from './internal/wait-queue.js';

/** Settings of a {@link Bulkhead}. */
export interface BulkheadOptions {
  /** What it bounds, for messages. @default 'default' */ readonly key?: string;
  /** Calls at the same time. @default 10 */ readonly limit?: number;
  /** Calls that may wait; the next is refused with QUEUE_FULL. @default 10_000 */ readonly maxQueue?: number;
}

/** Ends one call of a {@link Bulkhead}; a second call of it does nothing. */
export type BulkheadRelease = () => void;

/** Bounds how many calls run at the same time; the others wait in the order they came. */
export class Bulkhead {
  readonly key: string;
  readonly #limit: number;
  readonly #queue: WaitQueue<BulkheadRelease>;
  #active = 0;

  constructor(options: BulkheadOptions = {}) {
    this.key = options.key ?? 'default';
    this.#limit = Math.max(1, Math.floor(options.limit ?? 10));
    this.#queue = new WaitQueue(this.key, options.maxQueue ?? 10_000);
  }

  /** Calls that run now. */
  get active(): number {
    return this.#active;
  }

  /** Calls that wait now. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Takes a place where one is free and nobody waits. */
  tryAcquire(): BulkheadRelease | undefined {
    return this.#active < this.#limit && this.#queue.length === 0 ? this.#enter() : undefined;
  }

  /**
   * Waits for a place.
   *
   * @param signal - Ends the wait at once.
   * @throws OrchestratorError CANCELLED on abort, QUEUE_FULL where too many wait.
   */
  async acquire(signal?: AbortSignal): Promise<BulkheadRelease> {
    if (signal?.aborted === true) throw CancelledError.fromSignal(signal);
    return this.tryAcquire() ?? (await this.#queue.wait(1, signal, () => undefined));
  }

  /** Makes one call in a place of its own. @throws what the call throws, and as {@link Bulkhead.acquire}. */
  async execute<T>(call: () => Promise<T> | T, signal?: AbortSignal): Promise<T> {
    const release = await this.acquire(signal);
    try {
      return await call();
    } finally {
      release();
    }
  }

  #enter(): BulkheadRelease {
    this.#active += 1;
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.#active -= 1;
      this.#queue.shift()?.resolve(this.#enter());
    };
  }
}
