import type { OrchestratorEvent } from '@master-orchestrator/contracts';

/** Knows which tasks a command started, with all that follows from them. */
export class TaskTree {
  readonly #roots = new Set<string>();

  /** Counts a task as the command's own. */
  add(taskId: string): void {
    this.#roots.add(taskId);
  }

  /** True for a task of the command and for what its agents handed on: ids of those begin with it. */
  has(taskId: string | undefined): boolean {
    if (taskId === undefined) return false;
    const end = taskId.indexOf('.');
    return this.#roots.has(end < 0 ? taskId : taskId.slice(0, end));
  }

  /** Takes tasks in as they are queued here; those an earlier process queued stay foreign. */
  readonly handle = (event: OrchestratorEvent): void => {
    if (event.type === 'task-queue' && event.taskId !== undefined && event.parentTaskId === undefined)
      this.add(event.taskId);
  };
}
