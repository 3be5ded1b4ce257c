import type { Clock } from '@master-orchestrator/errors';
import { setImmediate } from 'node:timers';
import type { TimerQueue } from './timer-queue.js';

/** How long branches of a handler may take between two recorded steps, in milliseconds. */
const PATIENCE_MS = 1_000;
const LOOK_EVERY_MS = 20;

/**
 * Waits until every recorded outcome was asked for again. Recorded outcomes depend only on recorded outcomes, so
 * unchanged code reaches all of them without a new step.
 *
 * @returns false where none was asked for in {@link PATIENCE_MS}: the code has changed.
 */
export async function replaySettled(left: () => number, timers: TimerQueue, clock: Clock): Promise<boolean> {
  let before = left();
  let lastChange = clock.now();
  for (let turn = 0; left() > 0; turn += 1) {
    if (turn < 3) await nextTurn();
    else await new Promise<void>((resolve) => timers.set(clock.now() + LOOK_EVERY_MS, resolve));
    if (left() < before) {
      before = left();
      lastChange = clock.now();
    } else if (clock.now() - lastChange >= PATIENCE_MS) return false;
  }
  return true;
}

/** Resolves in the next turn of the event loop, when everything that was ready has run. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
