import { classify, OrchestratorError, type SerializedError } from '@master-orchestrator/errors';

/** A spec or value that cannot be stored. */
export function taskInvalid(message: string): OrchestratorError {
  return new OrchestratorError('TASK_INVALID', message);
}

/** A value above the engine's limit. */
export function valueTooLarge(what: string, bytes: number, maxBytes: number): OrchestratorError {
  const message = `${what} takes ${bytes} bytes as JSON; at most ${maxBytes} are allowed. Store it with state.putBlob() and pass its hash.`;
  return new OrchestratorError('VALUE_TOO_LARGE', message, { details: { bytes, maxBytes } });
}

/** The queue is at its bound. */
export function queueFull(unfinished: number, added: number, maxQueued: number): OrchestratorError {
  const message = `The queue holds ${unfinished} unfinished tasks; ${added} more would exceed its bound of ${maxQueued}. Try again later, or raise maxQueued.`;
  return new OrchestratorError('QUEUE_FULL', message, { retryAfterMs: 1_000 });
}

/** No such task. */
export function taskUnknown(id: string): OrchestratorError {
  const message = `There is no task "${id}": it was never submitted, or was removed after it ended.`;
  return new OrchestratorError('TASK_UNKNOWN', message);
}

/** No such step in a journal. */
export function stepUnknown(taskId: string, key: string): OrchestratorError {
  const message = `Task "${taskId}" has no recorded step "${key}". List its steps with journal("${taskId}").`;
  return new OrchestratorError('NOT_FOUND', message);
}

/** A task that has ended cannot be resumed. */
export function taskNotPaused(id: string, phase: string): OrchestratorError {
  const message = `Task "${id}" cannot be resumed: it has ended (${phase}). Submit it again under another id, or fork it.`;
  return new OrchestratorError('STATE_CONFLICT', message);
}

/** What the handler asks for does not fit the journal; the run is paused for a person. */
export function journalMismatch(taskId: string, detail: string): OrchestratorError {
  const message = `The journal of task "${taskId}" does not fit its handler: ${detail}. Put the earlier code back and resume the task, or cancel it.`;
  return new OrchestratorError('JOURNAL_MISMATCH', message);
}

/** A must-ask step was begun and its end is not known; the run is paused for a person. */
export function effectUnknown(taskId: string, key: string): OrchestratorError {
  const message = `Step "${key}" of task "${taskId}" was begun but its end is not known, and it must not run twice unasked. Find out whether it took effect, then resume or cancel the task.`;
  return new OrchestratorError('EFFECT_UNKNOWN', message, {
    details: { step: key, idempotencyKey: `${taskId}:${key}` },
  });
}

/** The task's deadline has passed. */
export function deadlineExceeded(taskId: string, deadline: number): OrchestratorError {
  const message = `Task "${taskId}" passed its deadline of ${new Date(deadline).toISOString()}.`;
  return new OrchestratorError('DEADLINE_EXCEEDED', message);
}

/** One delivery ran for too long. */
export function deliveryTimeout(taskId: string, timeoutMs: number): OrchestratorError {
  const message = `Task "${taskId}" ran for longer than ${timeoutMs} ms in one delivery. Raise deliveryTimeoutMs, or split the work.`;
  return new OrchestratorError('TASK_TIMEOUT', message);
}

/** A step body gave no result in time. */
export function stepTimeout(taskId: string, key: string, timeoutMs: number): OrchestratorError {
  const message = `Step "${key}" of task "${taskId}" gave no result within ${timeoutMs} ms. Raise its timeoutMs, or let its body honour scope.abort.`;
  return new OrchestratorError('STEP_TIMEOUT', message, {
    category: 'TIMEOUT_ERROR',
    severity: 'MEDIUM',
    isRetryable: true,
  });
}

/** A run was used after its handler had ended. */
export function runEnded(taskId: string): OrchestratorError {
  const message = `The run of task "${taskId}" has ended: await everything before the handler returns.`;
  return new OrchestratorError('STATE_CONFLICT', message);
}

/** Two calls with one key at the same time. */
export function stepKeyInUse(taskId: string, key: string): OrchestratorError {
  const message = `Step "${key}" of task "${taskId}" is already running. Give every step of a run a key of its own.`;
  return new OrchestratorError('STATE_CONFLICT', message);
}

/** Another process has taken the task over. */
export function claimLost(taskId: string): OrchestratorError {
  const message = `Another worker has taken over task "${taskId}": this one did not renew its claim in time, perhaps because its event loop was blocked. What it still does changes nothing.`;
  return new OrchestratorError('CLAIM_LOST', message);
}

/** The engine was stopped. */
export function engineStopped(): OrchestratorError {
  return new OrchestratorError('ORCHESTRATOR_CLOSED', 'The engine was stopped: start it again, or use another one.');
}

/** A transaction met other writers too often. */
export function stateConflict(attempts: number): OrchestratorError {
  const message = `A transaction was overtaken by other writers ${attempts} times. Make its body shorter, or try again.`;
  return new OrchestratorError('STATE_CONFLICT', message, { isRetryable: true });
}

/** Plain form of whatever a handler or step body threw. */
export function serializeFailure(error: unknown): SerializedError {
  return (OrchestratorError.isInstance(error) ? error : classify(error)).toJSON();
}
