import { systemClock, type Clock } from '@master-orchestrator/errors';

/** The machine's clock, which knows how many of its timers wait; those that keep no process alive count too. */
export interface CountingClock extends Clock {
  readonly pendingTimers: number;
}

/** Makes a {@link CountingClock}. */
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
      pendingTimers += 1;
      const cancel = systemClock.setTimer(
        delayMs,
        () => {
          end();
          callback();
        },
        keepAlive,
      );
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
