import type { EpochMs } from '@master-orchestrator/contracts';
import type { Clock } from '@master-orchestrator/errors';

/** A moment somebody waits for. */
export interface Timer {
  readonly at: EpochMs;
  readonly order: number;
  readonly callback: () => void;
  /** Place in the heap; -1 when fired or cleared. */ index: number;
}

/**
 * Any number of moments on one timer of the clock: setting and clearing costs a heap move, not a timer of the system.
 * A moment is never early by the wall clock, also where the system's timer fires early by a millisecond.
 */
export class TimerQueue {
  readonly #heap: Timer[] = [];
  readonly #clock: Clock;
  #order = 0;
  #isKeepingAlive = false;
  #armedFor: EpochMs | undefined;
  #disarm: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** Calls back once, at or after the moment. */
  set(at: EpochMs, callback: () => void): Timer {
    const timer: Timer = { at, order: this.#order++, callback, index: -1 };
    this.#place(this.#heap.length, timer);
    this.#arm();
    return timer;
  }

  /** Forgets a moment; harmless after it has come. */
  clear(timer: Timer | undefined): void {
    if (timer === undefined || timer.index < 0) return;
    this.#removeAt(timer.index);
    timer.index = -1;
    if (this.#heap.length === 0) this.#arm();
  }

  /** Says whether the clock's timer may keep the process alive. */
  keepAlive(isWanted: boolean): void {
    if (this.#isKeepingAlive === isWanted) return;
    this.#isKeepingAlive = isWanted;
    this.#armedFor = undefined;
    this.#arm();
  }

  #arm(): void {
    const next = this.#heap[0];
    if (next?.at === this.#armedFor && next !== undefined) return;
    // A timer armed for an earlier moment that was cleared only wakes for nothing, so it may stand.
    if (next !== undefined && this.#armedFor !== undefined && this.#armedFor < next.at) return;
    this.#disarm?.();
    this.#disarm = undefined;
    this.#armedFor = next?.at;
    if (next === undefined) return;
    const delayMs = Math.max(0, next.at - this.#clock.now());
    this.#disarm = this.#clock.setTimer(delayMs, () => this.#fire(), this.#isKeepingAlive);
  }

  #fire(): void {
    this.#armedFor = undefined;
    this.#disarm = undefined;
    const now = this.#clock.now();
    for (let next = this.#heap[0]; next !== undefined && next.at <= now; next = this.#heap[0]) {
      this.#removeAt(0);
      next.index = -1;
      next.callback();
    }
    this.#arm();
  }

  #isBefore(left: Timer, right: Timer): boolean {
    return left.at < right.at || (left.at === right.at && left.order < right.order);
  }

  #removeAt(index: number): void {
    const last = this.#heap.pop();
    if (last === undefined || index === this.#heap.length) return;
    this.#place(index, last);
  }

  /** Puts a timer where `start` is free, then moves it up or down to its place. */
  #place(start: number, timer: Timer): void {
    let at = start;
    while (at > 0) {
      const parent = this.#heap[(at - 1) >> 1] as Timer;
      if (!this.#isBefore(timer, parent)) break;
      this.#put(at, parent);
      at = (at - 1) >> 1;
    }
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= this.#heap.length) break;
      const right = this.#heap[childAt + 1];
      if (right !== undefined && this.#isBefore(right, this.#heap[childAt] as Timer)) childAt += 1;
      const child = this.#heap[childAt] as Timer;
      if (!this.#isBefore(child, timer)) break;
      this.#put(at, child);
      at = childAt;
    }
    this.#put(at, timer);
  }

  #put(index: number, timer: Timer): void {
    this.#heap[index] = timer;
    timer.index = index;
  }
}
