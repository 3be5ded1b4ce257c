import type { MasterOrchestrator } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';

/** Stands for the newest task. */
export const LAST = 'last';

/**
 * The id of a task that a command line names: an id, the unambiguous beginning of one, or `last` for the newest.
 *
 * @throws OrchestratorError TASK_UNKNOWN
 */
export async function resolveTaskId(orchestrator: MasterOrchestrator | undefined, given: string): Promise<string> {
  if (orchestrator === undefined) {
    throw new OrchestratorError('TASK_UNKNOWN', `There is no task "${given}": nothing has been run here yet.`);
  }
  const ids = await newestTaskIds(orchestrator);
  if (given === LAST) {
    const [newest] = ids.filter((id) => !id.includes('.'));
    if (newest !== undefined) return newest;
    throw new OrchestratorError('TASK_UNKNOWN', 'There is no last task: nothing has been run here yet.');
  }
  const matching = ids.filter((id) => id.startsWith(given) && !id.slice(given.length).includes('.'));
  return matching.length === 1 && !ids.includes(given) ? (matching[0] as string) : given;
}

/** Ids of tasks, the newest first. */
export async function newestTaskIds(orchestrator: MasterOrchestrator, limit = 200): Promise<string[]> {
  const { items } = await orchestrator.engine.list({ order: 'newest-first', limit });
  return items.map(({ id }) => id);
}
