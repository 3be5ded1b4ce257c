import type { EventEntry } from './event-entry.js';

/** Which events a reader wants; given fields must all match. */
export interface EventFilter {
  readonly types?: readonly string[] | undefined;
  readonly taskId?: string | undefined;
  readonly agentId?: string | undefined;
}

/** True where a reader wants an entry. A gap is told to everybody. */
export function isWanted(entry: EventEntry, { types, taskId, agentId }: EventFilter): boolean {
  if (entry.type === 'stream-gap') return true;
  if (types !== undefined && !types.includes(entry.type)) return false;
  if (taskId !== undefined && entry.taskId !== taskId) return false;
  return agentId === undefined || entry.agentId === agentId;
}

/** Follows one task and the tasks it hands work to, in the order of the stream. */
export class RunScope {
  readonly #tasks: Set<string>;

  constructor(readonly taskId: string) {
    this.#tasks = new Set([taskId]);
  }

  /** True where an entry belongs to the run. */
  has(entry: EventEntry): boolean {
    const { taskId, parentTaskId, type } = entry;
    if (type === 'stream-gap') return true;
    if (taskId === undefined) return false;
    if (this.#tasks.has(taskId)) return true;
    if (parentTaskId === undefined || !this.#tasks.has(parentTaskId)) return false;
    this.#tasks.add(taskId);
    return true;
  }

  /** True for the last entry of the run. */
  isEnd({ taskId, type }: EventEntry): boolean {
    return type === 'task-end' && taskId === this.taskId;
  }
}
