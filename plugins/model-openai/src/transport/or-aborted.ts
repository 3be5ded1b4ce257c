import { CancelledError } from '@master-orchestrator/errors';

/** The promise's outcome, or at once the signal's where that is aborted first; no listener is left behind. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const over = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(CancelledError.fromSignal(signal)), { signal: over.signal });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    over.abort();
  }
}
