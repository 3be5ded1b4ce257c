import type { OrchestratorEvent } from '@master-orchestrator/contracts';

/** An event with its place in the stream, ready to be sent. */
export interface EventEntry {
  /** Where a reader goes on from; absent for pieces of answers, which are not kept for later. */ readonly cursor?: string;
  readonly type: string;
  readonly taskId?: string;
  readonly agentId?: string;
  readonly parentTaskId?: string;
  /** The event as JSON, secrets masked. */ readonly data: string;
}

/** The entry of an event. */
export function entryOf(event: OrchestratorEvent, data: string, cursor: string | undefined): EventEntry {
  const { type, taskId, agentId, parentTaskId } = event;
  return {
    type,
    data,
    ...(cursor === undefined ? {} : { cursor }),
    ...(taskId === undefined ? {} : { taskId }),
    ...(agentId === undefined ? {} : { agentId }),
    ...(parentTaskId === undefined ? {} : { parentTaskId }),
  };
}
