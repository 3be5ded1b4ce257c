import type { VirtualClock } from '@master-orchestrator/testing';

/** Lets virtual time go on, a millisecond a turn, until a promise is settled. */
export async function whileTimeGoesOn<Value>(clock: VirtualClock, promise: Promise<Value>): Promise<Value> {
  const over = new AbortController();
  promise.then(
    () => over.abort(),
    () => over.abort(),
  );
  while (!over.signal.aborted) await clock.advanceAsync(1);
  return promise;
}
