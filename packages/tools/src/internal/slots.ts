import { OrchestratorError } from '@master-orchestrator/errors';
import type { DeadlineQueue, Timed } from './deadline-queue.js';

/** Why a wait for a slot ended without one. */
export type WaitEnd = 'taken' | 'aborted' | 'timeout';

/**
 * A number of slots, given out in the order of asking. A wait ends at once when its signal is aborted, and after a
 * time limit.
 */
export class Slots {
  readonly #waiting: Waiter[] = [];
  #first = 0;
  #live = 0;
  #inUse = 0;

  constructor(
    readonly name: string,
    readonly limit: number,
    readonly maxWaiting: number,
  ) {}

  /** Slots in use now. */
  get inUse(): number {
    return this.#inUse;
  }

  /** Calls that wait now. */
  get waiting(): number {
    return this.#live;
  }

  /** Takes a slot if one is free and nobody waits for it. */
  tryTake(): boolean {
    if (this.#inUse >= this.limit || this.#live > 0) return false;
    this.#inUse += 1;
    return true;
  }

  /**
   * Waits for a slot.
   *
   * @throws OrchestratorError QUEUE_FULL when too many wait already.
   */
  take(signal: AbortSignal, deadlines: DeadlineQueue, timeoutMs: number): Promise<WaitEnd> {
    if (this.tryTake()) return Promise.resolve('taken');
    if (this.#live >= this.maxWaiting) {
      const message = `${this.name}: ${this.#live} calls wait for one of ${this.limit} slots already. Try again later, or raise the limit.`;
      return Promise.reject(new OrchestratorError('QUEUE_FULL', message));
    }
    return new Promise((resolve) => {
      const waiter = new Waiter(signal, deadlines, (end) => {
        if (end !== 'taken') this.#forget();
        resolve(end);
      });
      this.#waiting.push(waiter);
      this.#live += 1;
      waiter.begin(timeoutMs);
    });
  }

  /** Gives a slot back; the longest waiting call gets it. */
  release(): void {
    for (let next = this.#shift(); next !== undefined; next = this.#shift()) {
      if (next.isOver) continue;
      this.#live -= 1;
      next.end('taken'); // the slot changes hands: the number in use stays
      return;
    }
    this.#inUse -= 1;
  }

  /** A wait ended without a slot. Its place is cleared together with others, so that this stays cheap. */
  #forget(): void {
    this.#live -= 1;
    if (this.#waiting.length - this.#first <= 2 * this.#live + 64) return;
    const live = this.#waiting.filter((waiter) => !waiter.isOver);
    this.#waiting.length = 0;
    this.#waiting.push(...live);
    this.#first = 0;
  }

  #shift(): Waiter | undefined {
    const next = this.#waiting[this.#first];
    if (next === undefined) return undefined;
    this.#first += 1;
    if (this.#first > 64 && this.#first * 2 > this.#waiting.length) {
      this.#waiting.splice(0, this.#first);
      this.#first = 0;
    }
    return next;
  }
}

class Waiter implements Timed {
  dueAt = 0;
  place = -1;
  isOver = false;

  constructor(
    readonly signal: AbortSignal,
    readonly deadlines: DeadlineQueue,
    readonly onEnd: (end: WaitEnd) => void,
  ) {}

  begin(timeoutMs: number): void {
    if (this.signal.aborted) return this.end('aborted');
    this.signal.addEventListener('abort', this);
    this.deadlines.add(this, timeoutMs);
  }

  end(how: WaitEnd): void {
    if (this.isOver) return;
    this.isOver = true;
    this.signal.removeEventListener('abort', this);
    this.deadlines.remove(this);
    this.onEnd(how);
  }

  handleEvent(): void {
    this.end('aborted');
  }

  onDue(): void {
    this.end('timeout');
  }
}
