import { setImmediate } from 'node:timers';
import type { Clock } from '@master-orchestrator/errors';

/** A clock that stands still until a test moves it. */
export interface VirtualClock extends Clock {
  /** Timers that wait. */ readonly pendingTimers: number;
  /** Until the next timer, in milliseconds; `undefined` where none waits. */ readonly nextTimerInMs:
    | number
    | undefined;
  /**
   * Moves time by `ms` milliseconds and runs what falls due, in order of time and then of setting. Promises that the
   * callbacks resolve go on after the call; use {@link advanceAsync} where they set further timers.
   */
  advance(ms: number): void;
  /** As {@link advance}, but lets promises and input go on before, between and after the timers. */
  advanceAsync(ms: number): Promise<void>;
  /**
   * Runs timers, those they set included, until none is left; time moves to each of them.
   *
   * @param maxTimers - Bound against timers that set themselves again. @default 10_000
   * @throws Error when the bound is reached.
   */
  runAll(maxTimers?: number): Promise<void>;
  /** Sets the wall clock alone, as a time server does: timers and `monotonic()` do not notice. */
  setNow(epochMs: number): void;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** 2026-01-01T00:00:00Z. */
const START = Date.UTC(2026, 0, 1);

/**
 * Makes a clock for tests. Its timers run only inside `advance`, `advanceAsync` and `runAll`.
 *
 * @param startMs - Wall clock at the start, milliseconds since the Unix epoch. @default 2026-01-01T00:00:00Z
 */
export function virtualClock(startMs: number = START): VirtualClock {
  return new ManualClock(startMs);
}

class ManualClock implements VirtualClock {
  readonly #timers = new Set<Timer>();
  #elapsedMs = 0;
  #wallAtZero: number;
  #order = 0;

  constructor(startMs: number) {
    this.#wallAtZero = startMs;
  }

  now(): number {
    return this.#wallAtZero + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const delay = Number.isFinite(delayMs) ? Math.max(0, delayMs) : 0;
    const timer: Timer = { at: this.#elapsedMs + delay, order: this.#order++, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  get nextTimerInMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : Math.max(0, next.at - this.#elapsedMs);
  }

  advance(ms: number): void {
    const target = this.#elapsedMs + Math.max(0, ms);
    for (let timer = this.#next(); timer !== undefined && timer.at <= target; timer = this.#next()) this.#run(timer);
    this.#elapsedMs = target;
  }

  async advanceAsync(ms: number): Promise<void> {
    const target = this.#elapsedMs + Math.max(0, ms);
    await settle();
    for (let timer = this.#next(); timer !== undefined && timer.at <= target; timer = this.#next()) {
      this.#run(timer);
      await settle();
    }
    this.#elapsedMs = Math.max(this.#elapsedMs, target);
    await settle();
  }

  async runAll(maxTimers = 10_000): Promise<void> {
    await settle();
    let count = 0;
    for (let timer = this.#next(); timer !== undefined; timer = this.#next()) {
      if (++count > maxTimers) {
        throw new Error(`${maxTimers} timers ran and ${this.pendingTimers} still wait: does one set itself again?`);
      }
      this.#run(timer);
      await settle();
    }
  }

  setNow(epochMs: number): void {
    this.#wallAtZero = epochMs - this.#elapsedMs;
  }

  #run(timer: Timer): void {
    this.#timers.delete(timer);
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.at);
    timer.callback();
  }

  #next(): Timer | undefined {
    let best: Timer | undefined;
    for (const timer of this.#timers) {
      if (best === undefined || timer.at < best.at || (timer.at === best.at && timer.order < best.order)) best = timer;
    }
    return best;
  }
}

/** One turn of the event loop: every promise that can go on has gone on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
