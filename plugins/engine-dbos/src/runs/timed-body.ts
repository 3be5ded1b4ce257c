import type { StepScope } from '@master-orchestrator/contracts';
import type { Clock } from '@master-orchestrator/errors';
import { stepTimeout } from '../engine-errors.js';
import type { Timer, TimerQueue } from './timer-queue.js';

/** A body that ignores its signal is left behind after this time. */
const STUBBORN_MS = 5_000;

/** A step body with a time limit. */
export interface TimedBody<T> {
  readonly taskId: string;
  readonly key: string;
  readonly timeoutMs: number;
  readonly scope: StepScope;
  readonly body: (scope: StepScope) => Promise<T>;
  readonly timers: TimerQueue;
  readonly clock: Clock;
}

/**
 * Runs a body with a signal of its own that fires after `timeoutMs`. What the body does then still counts for 5 s, so
 * that a result which came late is not lost; after that the step fails without it.
 *
 * @throws OrchestratorError STEP_TIMEOUT
 */
export async function runTimedBody<T>(call: TimedBody<T>): Promise<T> {
  const { taskId, key, timeoutMs, scope, body, timers, clock } = call;
  const controller = new AbortController();
  const follow = (): void => controller.abort(scope.abort.reason);
  if (scope.abort.aborted) follow();
  scope.abort.addEventListener('abort', follow, { once: true });
  const timeout = stepTimeout(taskId, key, timeoutMs);
  let isLate = false;
  let timer: Timer | undefined;
  const left = new Promise<never>((_resolve, reject) => {
    timer = timers.set(clock.now() + timeoutMs, () => {
      isLate = true;
      controller.abort(timeout);
      timer = timers.set(clock.now() + STUBBORN_MS, () => reject(timeout));
    });
  });
  try {
    return await Promise.race([body({ ...scope, abort: controller.signal }), left]);
  } catch (error) {
    throw isLate ? timeout : error;
  } finally {
    timers.clear(timer);
    scope.abort.removeEventListener('abort', follow);
  }
}
