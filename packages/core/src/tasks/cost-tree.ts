import { addUsage, NO_USAGE, optional, type ModelUsage, type TaskStatus } from '@master-orchestrator/contracts';
import type { LiveTask, Spending, TaskBook } from './task-book.js';

/** What model calls used. */
export interface Cost {
  readonly usage: ModelUsage;
  /** US dollars; absent where the price of a model is unknown. */ readonly costUsd?: number;
}

/** What a task and the tasks below it have cost. `total` is always `own` and the totals of the children together. */
export interface CostNode {
  readonly taskId: string;
  readonly agentId: string;
  readonly agentName: string;
  readonly status: TaskStatus;
  readonly own: Cost;
  readonly total: Cost;
  readonly children: readonly CostNode[];
}

/** The costs of a task, of the tasks that its agent handed on, and so on down. @throws OrchestratorError TASK_UNKNOWN */
export async function costTree(tasks: TaskBook, id: string): Promise<CostNode> {
  return nodeOf(await tasks.get(id), childrenByParent(tasks));
}

function childrenByParent(tasks: TaskBook): ReadonlyMap<string, LiveTask[]> {
  const children = new Map<string, LiveTask[]>();
  for (const task of tasks.live()) {
    const { parentTaskId } = task.record;
    if (parentTaskId === undefined) continue;
    const siblings = children.get(parentTaskId);
    if (siblings === undefined) children.set(parentTaskId, [task]);
    else siblings.push(task);
  }
  return children;
}

function nodeOf(task: LiveTask, byParent: ReadonlyMap<string, LiveTask[]>): CostNode {
  const { id, agentId, agentName } = task.record;
  const children = (byParent.get(id) ?? []).map((child) => nodeOf(child, byParent));
  const below = children.reduce<Spending>((sum, { total }) => plus(sum, total), { usage: NO_USAGE, costUsd: 0 });
  const own = task.own ?? minus(task.spending, below);
  return {
    taskId: id,
    agentId,
    agentName,
    status: task.status,
    own: costOf(own),
    total: costOf(plus(own, below)),
    children,
  };
}

function costOf({ usage, costUsd }: Spending): Cost {
  return { usage, ...optional({ costUsd }) };
}

function plus(a: Spending, b: Spending | Cost): Spending {
  const isKnown = a.costUsd !== undefined && b.costUsd !== undefined;
  return {
    usage: addUsage(a.usage, b.usage),
    costUsd: isKnown ? (a.costUsd ?? 0) + (b.costUsd ?? 0) : undefined,
  };
}

/** The own part of a task that another process ran: its result tells the sum alone. */
function minus(sum: Spending, below: Spending): Spending {
  const isKnown = sum.costUsd !== undefined && below.costUsd !== undefined;
  const less = (field: 'inputTokens' | 'outputTokens' | 'cachedInputTokens' | 'reasoningTokens'): number =>
    Math.max(0, sum.usage[field] - below.usage[field]);
  return {
    usage: {
      inputTokens: less('inputTokens'),
      outputTokens: less('outputTokens'),
      cachedInputTokens: less('cachedInputTokens'),
      reasoningTokens: less('reasoningTokens'),
      ...optional({ isEstimated: sum.usage.isEstimated }),
    },
    costUsd: isKnown ? Math.max(0, (sum.costUsd ?? 0) - (below.costUsd ?? 0)) : undefined,
  };
}
