import type { ExitCode } from './exit-codes.js';

/** Time for handles that are still open, in milliseconds; then the process ends all the same. */
const LINGER_MS = 300;

/**
 * Sets the exit code and lets the process end by itself; where something keeps it alive it is ended once everything is
 * written.
 */
export function endProcess(exitCode: ExitCode): void {
  process.exitCode = exitCode;
  const end = (): void => {
    const isWritten = process.stdout.writableLength === 0 && process.stderr.writableLength === 0;
    if (isWritten) process.exit();
    else setTimeout(end, 10).unref();
  };
  setTimeout(end, LINGER_MS).unref();
}

/**
 * Drops the notice of Node 22 that its SQLite is experimental, and ends quietly where the reader of a pipe has gone
 * away. Other warnings stay.
 */
export function quietWarnings(): void {
  const emit = process.emitWarning.bind(process) as (...given: unknown[]) => void;
  process.emitWarning = (warning: unknown, ...rest: unknown[]): void => {
    const text = warning instanceof Error ? warning.message : String(warning);
    if (!/SQLite is an experimental feature/.test(text)) emit(warning, ...rest);
  };
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit();
      throw error;
    });
  }
}
