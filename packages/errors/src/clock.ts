import { createToken } from './token.js';

/** Where time comes from. Everything that waits or measures takes one, so that a test can own time. */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch. */
  now(): number;
  /** Monotonic clock in milliseconds; only differences mean something. Never goes back. */
  monotonic(): number;
  /**
   * Calls back once after `delayMs` milliseconds and returns a function that cancels it. The system clock's timer does
   * not keep the process alive unless `keepAlive` is true.
   */
  setTimer(delayMs: number, callback: () => void, keepAlive?: boolean): () => void;
}

/** Returns a number in [0, 1), like `Math.random`. */
export type Random = () => number;

/** Token of the clock a composition root hands out. */
export const CLOCK = createToken<Clock>('errors.Clock');

/** Token of the source of chance a composition root hands out. */
export const RANDOM = createToken<Random>('errors.Random');

/** `setTimeout` counts in a signed 32-bit integer; a longer delay would fire at once. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, callback, keepAlive = false) {
    if (delayMs > LONGEST_TIMEOUT_MS) return longTimer(delayMs, callback, keepAlive);
    const timer = setTimeout(callback, delayMs > 0 ? delayMs : 0);
    if (!keepAlive) timer.unref();
    return () => clearTimeout(timer);
  },
};

function longTimer(delayMs: number, callback: () => void, keepAlive: boolean): () => void {
  let cancel = systemClock.setTimer(
    LONGEST_TIMEOUT_MS,
    () => {
      cancel = systemClock.setTimer(delayMs - LONGEST_TIMEOUT_MS, callback, keepAlive);
    },
    keepAlive,
  );
  return () => cancel();
}

/**
 * Waits on the given clock.
 *
 * @param delayMs - How long, in milliseconds; zero or less resolves in a later turn of the event loop.
 * @param signal - Ends the wait at once: the promise rejects with the signal's reason.
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.setTimer(
      delayMs,
      () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      },
      true,
    );
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
