import { OrchestratorError } from '@master-orchestrator/errors';

/** SQLSTATE classes of failures that pass: the server is away, starting, stopping, full of connections or read-only. */
const PASSING_CLASSES = new Set(['08', '57']);
/** https://www.postgresql.org/docs/current/errcodes-appendix.html: read-only, failed over, too many connections, deadlock. */
const PASSING_STATES = new Set(['25006', '25P03', '40001', '40P01', '53000', '53300', '55000', '55P03']);
const PASSING_NODE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
]);
const PASSING_MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|not queryable/i;
const DISK_FULL = '53100';
const OUT_OF_MEMORY = '53200';
const CANCELLED_STATEMENT = '57014';

/** SQLSTATE or Node code of a failure. */
export function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** True where the same call may succeed later with nothing changed by us. */
export function isPassing(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isPassing);
  const code = codeOf(error);
  if (code === CANCELLED_STATEMENT) return true;
  if (code !== undefined && (PASSING_NODE_CODES.has(code) || PASSING_STATES.has(code))) return true;
  if (code?.length === 5 && PASSING_CLASSES.has(code.slice(0, 2))) return true;
  return error instanceof Error && PASSING_MESSAGES.test(error.message);
}

/** True where the disk or the memory of the server is used up: a run that hangs on the write waits for room. */
export function isExhausted(error: unknown): boolean {
  const code = codeOf(error);
  return code === DISK_FULL || code === OUT_OF_MEMORY;
}

/** True where our own functions refused the call (SQLSTATE class MA). */
export function isRefusal(error: unknown): boolean {
  return codeOf(error)?.startsWith('MA') === true;
}

/** The store's failure as an error of ours. `details.store` tells it from the same failure of a tool. */
export function storageError(store: string, error: unknown): OrchestratorError {
  const options = { cause: error, details: { store } };
  if (isPassing(error)) return unavailable(store, error);
  if (codeOf(error) === DISK_FULL) {
    return new OrchestratorError(
      'DISK_FULL',
      `The disk of PostgreSQL "${store}" is full: nothing more can be stored.`,
      options,
    );
  }
  if (codeOf(error) === OUT_OF_MEMORY) {
    return new OrchestratorError('MEMORY_EXHAUSTED', `PostgreSQL "${store}" has no memory left for the call.`, options);
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new OrchestratorError(
    'DISK_FAILED',
    `PostgreSQL "${store}" refused a call of the task engine: ${reason}`,
    options,
  );
}

/** The server cannot be reached, or gave no answer. */
export function unavailable(store: string, cause?: unknown): OrchestratorError {
  const message = `PostgreSQL "${store}" cannot be reached. Check that it runs and accepts connections; work goes on when it is back.`;
  return new OrchestratorError('ENGINE_UNAVAILABLE', message, { cause, retryAfterMs: 1_000, details: { store } });
}

/** The engine cannot start on this database. */
export function startupFailed(message: string, cause?: unknown): OrchestratorError {
  return new OrchestratorError('STARTUP_FAILED', message, cause === undefined ? {} : { cause });
}
