import { systemClock, type Clock } from '@master-orchestrator/errors';

/** The machine's clock, which knows how many of its timers wait. */
export interface CountingClock extends Clock {
  /** Timers that wait, those included that keep no process alive. */ readonly pendingTimers: number;
}

/** Makes a clock for tests of what is left behind: real time, its waiting timers counted. */
export function countingClock(): CountingClock {
  let pendingTimers = 0;
  return {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic(),
    setTimer(delayMs, callback, keepAlive) {
      let isPending = true;
      const end = (): void => {
        if (isPending) pendingTimers -= 1;
        isPending = false;
      };
      const run = (): void => {
        end();
        callback();
      };
      pendingTimers += 1;
      const cancel = systemClock.setTimer(delayMs, run, keepAlive);
      return () => {
        end();
        cancel();
      };
    },
    get pendingTimers() {
      return pendingTimers;
    },
  };
}
