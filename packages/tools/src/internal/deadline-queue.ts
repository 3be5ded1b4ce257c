import type { Clock } from '@master-orchestrator/errors';

/** Something with a time limit. It stands in at most one queue. */
export interface Timed {
  /** Moment on the monotonic clock; written by the queue. */ dueAt: number;
  /** Place in the queue, -1 where it is in none; written by the queue. */ place: number;
  onDue(): void;
}

/**
 * Time limits of many calls with one timer of the clock: a binary heap, ordered by due time. Adding and removing costs
 * O(log n), for equal limits O(1). The timer keeps the process alive while something is in the queue.
 */
export class DeadlineQueue {
  readonly #clock: Clock;
  readonly #heap: Timed[] = [];
  #armedFor = Number.POSITIVE_INFINITY;
  #disarm: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many time limits are running. */
  get size(): number {
    return this.#heap.length;
  }

  /** Calls `item.onDue()` once after `delayMs`, unless it is removed before. */
  add(item: Timed, delayMs: number): void {
    item.dueAt = this.#clock.monotonic() + delayMs;
    item.place = this.#heap.length;
    this.#heap.push(item);
    this.#rise(item);
    if (item.place === 0 && item.dueAt < this.#armedFor) this.#arm(delayMs, item.dueAt);
  }

  /** Takes an item out. One that is in no queue is left alone. */
  remove(item: Timed): void {
    const { place } = item;
    if (place < 0) return;
    item.place = -1;
    const last = this.#heap.pop() as Timed;
    if (last !== item) {
      this.#heap[place] = last;
      last.place = place;
      this.#rise(last);
      this.#sink(last);
    }
    if (this.#heap.length === 0) this.#stop();
  }

  #arm(delayMs: number, dueAt: number): void {
    this.#disarm?.();
    this.#armedFor = dueAt;
    this.#disarm = this.#clock.setTimer(Math.max(0, delayMs), this.#fire, true);
  }

  #stop(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
  }

  readonly #fire = (): void => {
    this.#disarm = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
    const now = this.#clock.monotonic();
    for (let first = this.#heap[0]; first !== undefined && first.dueAt <= now; first = this.#heap[0]) {
      this.remove(first);
      first.onDue();
    }
    const next = this.#heap[0];
    if (next !== undefined && next.dueAt < this.#armedFor) this.#arm(Math.ceil(next.dueAt - now), next.dueAt);
  };

  #rise(item: Timed): void {
    let { place } = item;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#heap[above] as Timed;
      if (parent.dueAt <= item.dueAt) break;
      this.#heap[place] = parent;
      parent.place = place;
      place = above;
    }
    this.#heap[place] = item;
    item.place = place;
  }

  #sink(item: Timed): void {
    let { place } = item;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#heap.length) break;
      const right = this.#heap[child + 1];
      if (right !== undefined && right.dueAt < (this.#heap[child] as Timed).dueAt) child += 1;
      const smaller = this.#heap[child] as Timed;
      if (smaller.dueAt >= item.dueAt) break;
      this.#heap[place] = smaller;
      smaller.place = place;
      place = child;
    }
    this.#heap[place] = item;
    item.place = place;
  }
}
