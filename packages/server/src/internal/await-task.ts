import type { MasterOrchestrator, TaskInfo } from '@master-orchestrator/core';
import { classify, OrchestratorError, sleep, type Clock } from '@master-orchestrator/errors';
import { hasEnded } from './task-view.js';

/** How long to wait for a task. */
export interface WaitOptions {
  readonly waitMs: number;
  readonly clock: Clock;
  /** Ends the wait, not the task. */ readonly signal: AbortSignal;
}

/**
 * Queues a task and waits for its end, or until the time is up. How it ended is in the task; this rejects only where it
 * could not be queued.
 *
 * @throws OrchestratorError QUEUE_FULL, ORCHESTRATOR_CLOSED, TASK_UNKNOWN
 */
export async function executeAndWait(
  orchestrator: MasterOrchestrator,
  id: string,
  { waitMs, clock, signal }: WaitOptions,
): Promise<TaskInfo> {
  await orchestrator.enqueueTask(id);
  const enough = new AbortController();
  const ended = orchestrator.executeTask(id).then(
    () => undefined,
    (error: unknown) => classify(error),
  );
  const tired = sleep(clock, waitMs, AbortSignal.any([signal, enough.signal])).catch(() => undefined);
  const failure = await Promise.race([ended, tired]);
  enough.abort();
  const task = await orchestrator.getTask(id);
  if (OrchestratorError.isInstance(failure) && !hasEnded(task)) throw failure;
  return task;
}
