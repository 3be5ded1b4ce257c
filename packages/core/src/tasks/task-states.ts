import type { Phase, TaskStatus } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';

/** What can happen to a task. */
export type TaskMove =
  | 'enqueue'
  | 'start'
  | 'park'
  | 'wake'
  | 'pause'
  | 'requeue'
  | 'complete'
  | 'fail'
  | 'cancel'
  | 'skip';

/** The life of a task: state x move -> state. A move that is not here is impossible. */
export const TASK_TABLE: Readonly<Record<TaskStatus, Readonly<Partial<Record<TaskMove, TaskStatus>>>>> = {
  pending: { enqueue: 'queued', cancel: 'cancelled' },
  queued: { start: 'running', park: 'waiting', pause: 'paused', fail: 'failed', cancel: 'cancelled', skip: 'skipped' },
  running: {
    park: 'waiting',
    pause: 'paused',
    requeue: 'queued',
    complete: 'completed',
    fail: 'failed',
    cancel: 'cancelled',
    skip: 'skipped',
  },
  waiting: { wake: 'running', requeue: 'queued', pause: 'paused', fail: 'failed', cancel: 'cancelled' },
  paused: { requeue: 'queued', fail: 'failed', cancel: 'cancelled' },
  completed: {},
  failed: {},
  cancelled: {},
  skipped: {},
};

/** The state after a move. @throws OrchestratorError ILLEGAL_TRANSITION */
export function nextStatus(status: TaskStatus, move: TaskMove, taskId: string): TaskStatus {
  const next = TASK_TABLE[status][move];
  if (next === undefined) {
    throw new OrchestratorError(
      'ILLEGAL_TRANSITION',
      `Task "${taskId}" is ${status}: "${move}" is not possible from there.`,
    );
  }
  return next;
}

/** Which move a new phase of the engine means for a task, or `undefined` where it means none. */
export function moveForPhase(status: TaskStatus, phase: Phase): TaskMove | undefined {
  switch (phase) {
    case 'blocked':
    case 'scheduled':
    case 'ready':
      return status === 'pending' ? 'enqueue' : status === 'queued' ? undefined : 'requeue';
    case 'running':
      return status === 'running' ? undefined : status === 'waiting' ? 'wake' : 'start';
    case 'waiting':
      return status === 'waiting' ? undefined : 'park';
    case 'paused':
      return status === 'paused' ? undefined : 'pause';
    case 'completed':
      return 'complete';
    case 'failed':
      return 'fail';
    case 'cancelled':
      return 'cancel';
    case 'skipped':
      return 'skip';
  }
}

/** The state of a task that is in a phase of the engine. */
export function statusOfPhase(phase: Phase): TaskStatus {
  return phase === 'blocked' || phase === 'scheduled' || phase === 'ready' ? 'queued' : phase;
}

/** True for the four final states. */
export function isFinalStatus(status: TaskStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'skipped';
}
