import type { MasterOrchestrator } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import type { Services } from '../services.js';

/**
 * Refuses work before anything of it is stored, while the tasks that this process knows fill the queue. The engine has the
 * last word; this makes the usual refusal of an overloaded server cheap.
 *
 * @throws OrchestratorError QUEUE_FULL
 */
export function assertRoom({ orchestrator, config }: Pick<Services, 'orchestrator' | 'config'>): void {
  const { maxQueued, whenFull } = config.engine;
  if (whenFull !== 'refuse') return;
  const { queued, running } = orchestrator.workload();
  if (queued + running < maxQueued) return;
  const message = `The queue holds ${queued + running} unfinished tasks, as many as engine.maxQueued allows. Try again soon.`;
  throw new OrchestratorError('QUEUE_FULL', message, { retryAfterMs: 1_000 });
}

/** Removes the task of a request that found the queue full: whoever was refused has no use for it. */
export async function discardRefused(orchestrator: MasterOrchestrator, id: string, error: unknown): Promise<void> {
  if (!OrchestratorError.isInstance(error) || error.code !== 'QUEUE_FULL') return;
  await orchestrator.discardTask(id).catch(() => undefined);
}
