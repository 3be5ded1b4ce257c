import type { Phase, TaskStatus } from '@master-orchestrator/contracts';
import type { MasterOrchestrator, TaskInfo } from '@master-orchestrator/core';

/** Which tasks to list. */
export interface TaskSearch {
  readonly status?: TaskStatus | undefined;
  /** Name or id of the agent. */ readonly agent?: string | undefined;
  readonly limit: number;
  /** True: also tasks that agents gave to other agents. */ readonly withChildren: boolean;
}

const PAGE = 100;
/** Where the orchestrator keeps the records of tasks. */
const RECORDS = 'tasks';

const PHASES_OF: Readonly<Record<Exclude<TaskStatus, 'pending'>, readonly Phase[]>> = {
  queued: ['blocked', 'scheduled', 'ready'],
  running: ['running'],
  waiting: ['waiting'],
  paused: ['paused'],
  completed: ['completed'],
  failed: ['failed'],
  cancelled: ['cancelled'],
  skipped: ['skipped'],
};

/** Tasks of the store, of every process, the newest first. */
export async function findTasks(orchestrator: MasterOrchestrator, search: TaskSearch): Promise<TaskInfo[]> {
  const found: TaskInfo[] = [];
  const isWanted = ({ id, agentName, agentId }: TaskInfo): boolean =>
    (search.withChildren || !id.includes('.')) &&
    (search.agent === undefined || search.agent === agentName || search.agent === agentId);
  for await (const id of search.status === 'pending'
    ? pendingIds(orchestrator)
    : queuedIds(orchestrator, search.status)) {
    const task = await orchestrator.getTask(id).catch(() => undefined);
    if (task !== undefined && isWanted(task)) found.push(task);
    if (found.length === search.limit) break;
  }
  return found;
}

async function* queuedIds(
  { engine }: MasterOrchestrator,
  status: Exclude<TaskStatus, 'pending'> | undefined,
): AsyncGenerator<string> {
  const phases = status === undefined ? undefined : PHASES_OF[status];
  let cursor: string | undefined;
  do {
    const page = await engine.list({
      order: 'newest-first',
      limit: PAGE,
      ...(phases === undefined ? {} : { phases }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { id } of page.items) yield id;
    cursor = page.next;
  } while (cursor !== undefined);
}

/** Tasks that were created and never queued: the engine does not know them yet. */
async function* pendingIds({ engine }: MasterOrchestrator): AsyncGenerator<string> {
  let cursor: string | undefined;
  do {
    const page = await engine.state.scan(RECORDS, '', cursor);
    for (const { key } of page.items) if ((await engine.get(key)) === undefined) yield key;
    cursor = page.next;
  } while (cursor !== undefined);
}
