import { OrchestratorError } from '@master-orchestrator/errors';

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const PERM = 3;
const BUSY = 5;
const LOCKED = 6;
const NOMEM = 7;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const PROTOCOL = 15;
const AUTH = 23;
const NOTADB = 26;

/** Primary result code of an error that came from SQLite; `undefined` for any other. */
export function sqliteCode(error: unknown): number | undefined {
  const { errcode } = (error ?? {}) as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : undefined;
}

/** True where another connection holds the lock: the same call succeeds later. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === BUSY || code === LOCKED || code === PROTOCOL;
}

/** True where the file, the disk or its rights are at fault, not the statement. */
export function isStorageFailure(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && STORAGE.has(code);
}

const STORAGE = new Set([PERM, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, AUTH, NOTADB]);

/** The store's failure as an error of ours. `details.store` tells it from the same failure of a tool. */
export function storageError(file: string, error: unknown): OrchestratorError {
  const options = { cause: error, details: { store: file } };
  switch (sqliteCode(error)) {
    case BUSY:
    case LOCKED:
    case PROTOCOL:
      return unavailable(file, error);
    case FULL:
      return new OrchestratorError('DISK_FULL', `The disk of "${file}" is full: nothing more can be stored.`, options);
    case READONLY:
    case PERM:
    case AUTH:
      return new OrchestratorError(
        'DISK_FAILED',
        `"${file}" cannot be written: it, its folder or its disk is read-only.`,
        options,
      );
    case CORRUPT:
    case NOTADB: {
      const text = `"${file}" is damaged, or no database of this engine. Restore a copy, or name another file.`;
      return new OrchestratorError('DISK_FAILED', text, options);
    }
    case CANTOPEN:
      return new OrchestratorError(
        'DISK_FAILED',
        `"${file}" cannot be opened: see that its folder exists and may be written.`,
        options,
      );
    case NOMEM:
      return new OrchestratorError('MEMORY_EXHAUSTED', `There is no memory left to use "${file}".`, options);
    default:
      return new OrchestratorError('DISK_FAILED', `Reading or writing "${file}" failed.`, options);
  }
}

/** The file is in use for too long. */
export function unavailable(file: string, cause?: unknown): OrchestratorError {
  const message = `"${file}" is locked by another process. Try again; if it stays so, look for a stopped process that has it open.`;
  return new OrchestratorError('ENGINE_UNAVAILABLE', message, { cause, retryAfterMs: 1_000, details: { store: file } });
}
