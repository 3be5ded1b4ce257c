import type { EpochMs } from '@master-orchestrator/contracts';

/** Where an unfinished task stands. */
export type TaskState = 'queued' | 'running' | 'parked';

/** All states, for gauges that show each. */
export const TASK_STATES: readonly TaskState[] = ['queued', 'running', 'parked'];

/** Unfinished tasks that are followed; of more, the oldest are forgotten. */
const MOST_TASKS = 100_000;

interface Followed {
  state: TaskState;
  readonly agent: string | undefined;
  /** Absent once it has started. */ queuedAt: EpochMs | undefined;
}

/** Follows the unfinished tasks of this process and counts them by state. */
export class TaskStates {
  readonly #tasks = new Map<string, Followed>();
  readonly #counts: Record<TaskState, number> = { queued: 0, running: 0, parked: 0 };

  /** Unfinished tasks in this state. */
  count(state: TaskState): number {
    return this.#counts[state];
  }

  /** Name of the agent of a task, where it was told. */
  agentOf(taskId: string): string | undefined {
    return this.#tasks.get(taskId)?.agent;
  }

  /** A task is in the queue. */
  queue(taskId: string, agent: string, at: EpochMs): void {
    this.end(taskId);
    this.#add(taskId, { state: 'queued', agent, queuedAt: at });
  }

  /** A task runs, or runs again. @returns milliseconds it waited in the queue, the first time */
  run(taskId: string, at: EpochMs, agent?: string): number | undefined {
    const task = this.#tasks.get(taskId);
    if (task === undefined) {
      this.#add(taskId, { state: 'running', agent, queuedAt: undefined });
      return undefined;
    }
    const waitedMs = task.queuedAt === undefined ? undefined : Math.max(0, at - task.queuedAt);
    task.queuedAt = undefined;
    this.#move(task, 'running');
    return waitedMs;
  }

  /** A task waits without a slot. */
  park(taskId: string): void {
    const task = this.#tasks.get(taskId);
    if (task !== undefined) this.#move(task, 'parked');
  }

  /**
   * Something was done for a task: one that was parked runs again.
   *
   * @param isAtWork - True: it runs here, also where nobody said that it began
   */
  touch(taskId: string, isAtWork: boolean): void {
    const task = this.#tasks.get(taskId);
    if (task?.state === 'parked') this.#move(task, 'running');
    else if (task === undefined && isAtWork)
      this.#add(taskId, { state: 'running', agent: undefined, queuedAt: undefined });
  }

  /** True where the task was at work in this process. */
  hasBegun(taskId: string): boolean {
    const task = this.#tasks.get(taskId);
    return task !== undefined && task.state !== 'queued';
  }

  /** A task has ended. */
  end(taskId: string): void {
    const task = this.#tasks.get(taskId);
    if (task === undefined) return;
    this.#counts[task.state] -= 1;
    this.#tasks.delete(taskId);
  }

  #add(taskId: string, task: Followed): void {
    if (this.#tasks.size >= MOST_TASKS) {
      const [oldest] = this.#tasks.keys();
      if (oldest !== undefined) this.end(oldest);
    }
    this.#tasks.set(taskId, task);
    this.#counts[task.state] += 1;
  }

  #move(task: Followed, state: TaskState): void {
    this.#counts[task.state] -= 1;
    this.#counts[state] += 1;
    task.state = state;
  }
}
