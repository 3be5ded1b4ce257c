import type { ModelUsage, TaskStatus } from '@master-orchestrator/contracts';
import type { TaskInfo } from '@master-orchestrator/core';

/** A task as lists and `--json` show it. */
export interface TaskSummary {
  readonly id: string;
  readonly status: TaskStatus;
  readonly agent: string;
  readonly agentId: string;
  /** What is to be done, in words. */ readonly description: string;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** From start to end, or to now. */ readonly durationMs: number | null;
  /** How often a process has taken it up. */ readonly deliveries: number;
  readonly usage: ModelUsage;
  /** `null` where a price is unknown. */ readonly costUsd: number | null;
  readonly parentTaskId: string | null;
  readonly retryOf: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** The summary of a task. */
export function summaryOf(task: TaskInfo, now: number): TaskSummary {
  const { id, status, agentName, agentId, createdAt, startedAt, endedAt, delivery, usage, costUsd, error } = task;
  return {
    id,
    status,
    agent: agentName,
    agentId,
    description: descriptionOf(task),
    createdAt,
    startedAt: startedAt ?? null,
    endedAt: endedAt ?? null,
    durationMs: startedAt === undefined ? null : (endedAt ?? now) - startedAt,
    deliveries: delivery,
    usage,
    costUsd: costUsd ?? null,
    parentTaskId: task.parentTaskId ?? null,
    retryOf: task.retryOf ?? null,
    error: error === undefined ? null : { code: error.code, message: error.message },
  };
}

/** The words of a task; of messages, the text in them. */
export function descriptionOf({ input }: Pick<TaskInfo, 'input'>): string {
  if (typeof input === 'string') return input;
  return input
    .map(({ content }) =>
      typeof content === 'string' ? content : content.map((part) => (part.type === 'text' ? part.text : '')).join(' '),
    )
    .join('\n');
}
