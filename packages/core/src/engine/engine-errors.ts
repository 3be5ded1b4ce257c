import { OrchestratorError, type SerializedError } from '@master-orchestrator/errors';

/** A spec or value that cannot be stored. */
export function taskInvalid(message: string): OrchestratorError {
  return new OrchestratorError('TASK_INVALID', message, { category: 'VALIDATION_ERROR', severity: 'HIGH' });
}

/** A value above the engine's limit. */
export function valueTooLarge(what: string, bytes: number, maxBytes: number): OrchestratorError {
  const message = `${what} takes ${bytes} bytes as JSON; at most ${maxBytes} are allowed. Store it with state.putBlob() and pass its hash.`;
  return new OrchestratorError('VALUE_TOO_LARGE', message, {
    category: 'VALIDATION_ERROR',
    details: { bytes, maxBytes },
  });
}

/** The queue is at its bound. */
export function queueFull(unfinished: number, added: number, maxQueued: number): OrchestratorError {
  const message = `The queue holds ${unfinished} unfinished tasks; ${added} more would exceed its bound of ${maxQueued}. Try again later, or raise maxQueued.`;
  return new OrchestratorError('QUEUE_FULL', message, {
    category: 'RESOURCE_ERROR',
    severity: 'MEDIUM',
    isRetryable: true,
    isReplaySafe: true,
    retryAfterMs: 1_000,
  });
}

/** No such task. */
export function taskUnknown(id: string): OrchestratorError {
  return new OrchestratorError(
    'TASK_UNKNOWN',
    `There is no task "${id}": it was never submitted, or was removed after it ended.`,
    {
      category: 'VALIDATION_ERROR',
    },
  );
}

/** No such step in a journal. */
export function stepUnknown(taskId: string, key: string): OrchestratorError {
  const message = `Task "${taskId}" has no recorded step "${key}". List its steps with journal("${taskId}").`;
  return new OrchestratorError('STEP_UNKNOWN', message, { category: 'VALIDATION_ERROR' });
}

/** A task that has ended cannot be resumed. */
export function taskNotPaused(id: string, phase: string): OrchestratorError {
  const message = `Task "${id}" cannot be resumed: it has ended (${phase}). Submit it again under another id, or fork it.`;
  return new OrchestratorError('TASK_NOT_PAUSED', message, { category: 'VALIDATION_ERROR' });
}

/** What the handler asks for does not fit the journal; the run is paused for a person. */
export function journalMismatch(taskId: string, detail: string): OrchestratorError {
  const message = `The journal of task "${taskId}" does not fit its handler: ${detail}. Put the earlier code back and resume the task, or cancel it.`;
  return new OrchestratorError('JOURNAL_MISMATCH', message, { category: 'SYSTEM_ERROR', severity: 'HIGH' });
}

/** A must-ask step was begun and its end is not known; the run is paused for a person. */
export function effectInDoubt(taskId: string, key: string): OrchestratorError {
  const message = `Step "${key}" of task "${taskId}" was begun but its end is not known, and it must not run twice unasked. Find out whether it took effect, then resume or cancel the task.`;
  return new OrchestratorError('EFFECT_IN_DOUBT', message, {
    category: 'SYSTEM_ERROR',
    severity: 'CRITICAL',
    details: { step: key, idempotencyKey: `${taskId}:${key}` },
  });
}

/** The task's deadline has passed. */
export function deadlineExceeded(taskId: string, deadline: number): OrchestratorError {
  return new OrchestratorError(
    'DEADLINE_EXCEEDED',
    `Task "${taskId}" passed its deadline of ${new Date(deadline).toISOString()}.`,
    {
      category: 'TIMEOUT_ERROR',
      severity: 'HIGH',
    },
  );
}

/** One delivery ran for too long. */
export function deliveryTimeout(taskId: string, timeoutMs: number): OrchestratorError {
  const message = `Task "${taskId}" ran for longer than ${timeoutMs} ms in one delivery. Raise deliveryTimeoutMs, or split the work.`;
  return new OrchestratorError('DELIVERY_TIMEOUT', message, { category: 'TIMEOUT_ERROR', severity: 'HIGH' });
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

/** Reason of the abort signal after a cancel. */
export function taskCancelled(taskId: string, reason: string): OrchestratorError {
  return new OrchestratorError('TASK_CANCELLED', `Task "${taskId}" was cancelled: ${reason}`, {
    category: 'SYSTEM_ERROR',
    severity: 'LOW',
  });
}

/** Reason of the abort signal when a process stops; the run goes on in a later delivery. */
export function shuttingDown(taskId: string): OrchestratorError {
  return new OrchestratorError(
    'SHUTDOWN',
    `Task "${taskId}" was given back because its worker stops; it goes on with its next delivery.`,
    {
      category: 'SYSTEM_ERROR',
      severity: 'LOW',
      isRetryable: true,
    },
  );
}

/** A run was used after its handler had ended. */
export function runEnded(taskId: string): OrchestratorError {
  return new OrchestratorError(
    'RUN_ENDED',
    `The run of task "${taskId}" has ended: await everything before the handler returns.`,
    {
      category: 'SYSTEM_ERROR',
    },
  );
}

/** Two calls with one key at the same time. */
export function stepKeyInUse(taskId: string, key: string): OrchestratorError {
  const message = `Step "${key}" of task "${taskId}" is already running. Give every step of a run a key of its own.`;
  return new OrchestratorError('STEP_KEY_IN_USE', message, { category: 'VALIDATION_ERROR', severity: 'HIGH' });
}

/** The engine was stopped. */
export function engineStopped(): OrchestratorError {
  return new OrchestratorError('ENGINE_STOPPED', 'The engine was stopped; start it again, or create another one.', {
    category: 'SYSTEM_ERROR',
  });
}

/** A transaction met other writers too often. */
export function stateConflict(attempts: number): OrchestratorError {
  return new OrchestratorError(
    'STATE_CONFLICT',
    `A transaction was overtaken by other writers ${attempts} times. Make its body shorter, or try again.`,
    {
      category: 'RESOURCE_ERROR',
      isRetryable: true,
      isReplaySafe: true,
    },
  );
}

/** Plain form of whatever a handler or step body threw. */
export function serializeFailure(error: unknown): SerializedError {
  const failure = OrchestratorError.isInstance(error)
    ? error
    : new OrchestratorError('UNKNOWN_ERROR', error instanceof Error ? error.message : String(error), { cause: error });
  const cause = causeOf(failure.cause);
  return {
    name: OrchestratorError.isInstance(error) ? failure.name : error instanceof Error ? error.name : failure.name,
    code: failure.code,
    category: failure.category,
    severity: failure.severity,
    message: failure.message,
    isRetryable: failure.isRetryable,
    isReplaySafe: failure.isReplaySafe,
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
    ...(failure.breakerKey === undefined ? {} : { breakerKey: failure.breakerKey }),
    ...(failure.details === undefined ? {} : { details: failure.details }),
    ...(failure.advice === undefined ? {} : { advice: failure.advice }),
    ...(failure.deadLetterId === undefined ? {} : { deadLetterId: failure.deadLetterId }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** The error that a stored failure stands for, with its code, category and flags. */
export function restoreFailure(stored: SerializedError): OrchestratorError {
  return new OrchestratorError(stored.code, stored.message, {
    category: stored.category,
    severity: stored.severity,
    isRetryable: stored.isRetryable,
    isReplaySafe: stored.isReplaySafe,
    ...(stored.retryAfterMs === undefined ? {} : { retryAfterMs: stored.retryAfterMs }),
    ...(stored.breakerKey === undefined ? {} : { breakerKey: stored.breakerKey }),
    ...(stored.details === undefined ? {} : { details: stored.details }),
    ...(stored.advice === undefined ? {} : { advice: stored.advice }),
    ...(stored.deadLetterId === undefined ? {} : { deadLetterId: stored.deadLetterId }),
    ...(stored.cause === undefined ? {} : { cause: stored.cause }),
  });
}

function causeOf(cause: unknown): SerializedError['cause'] {
  if (cause === null || typeof cause !== 'object') return undefined;
  const { name, message, code } = cause as { name?: unknown; message?: unknown; code?: unknown };
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message.slice(0, 500) : '',
    ...(typeof code === 'string' ? { code } : {}),
  };
}
