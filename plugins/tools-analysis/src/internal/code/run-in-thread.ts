import { Worker } from 'node:worker_threads';
import { OrchestratorError, type Clock } from '@master-orchestrator/errors';
import { tooLarge } from '../faults.js';

/** Bounds of work in a thread. */
export interface ThreadBounds {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Work for a thread of its own. */
export interface ThreadJob extends ThreadBounds {
  /** CommonJS text that posts one message. */ readonly source: string;
  readonly data: Readonly<Record<string, string>>;
}

/** Memory of the thread, in MiB. */
const HEAP_MB = 256;

/**
 * Runs code in a thread that is ended when it takes too long or too much memory, so that nothing else waits for it.
 *
 * @throws OrchestratorError TOOL_TIMEOUT, RESPONSE_TOO_LARGE, TOOL_FAILED; the reason of the signal.
 */
export function runInThread({ source, data, timeoutMs, signal, clock }: ThreadJob): Promise<unknown> {
  signal.throwIfAborted();
  const worker = new Worker(source, {
    eval: true,
    workerData: data,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 32 },
  });
  return new Promise((resolve, reject) => {
    const cancelTimer = clock.setTimer(timeoutMs, () => end(() => reject(tookTooLong(timeoutMs))));
    const onAbort = (): void => end(() => reject(signal.reason as Error));
    const end = (settle: () => void): void => {
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
      void worker.terminate();
      settle();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    worker.once('message', (result: unknown) => end(() => resolve(result)));
    worker.once('error', (error) => end(() => reject(threadFault(error))));
  });
}

/** The code takes longer to read than allowed; a repeat would too. */
export function tookTooLong(timeoutMs: number): OrchestratorError {
  const message = `Reading the code took more than ${timeoutMs} ms. Validate a smaller part of it.`;
  return new OrchestratorError('TOOL_TIMEOUT', message, {
    isRetryable: false,
    isReplaySafe: true,
    details: { timeoutMs },
  });
}

function threadFault(error: Error & { readonly code?: string }): OrchestratorError {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return tooLarge(`Reading the code needs more than ${HEAP_MB} MiB of memory. Validate a smaller part of it.`);
  }
  return new OrchestratorError('TOOL_FAILED', 'The thread that reads code failed. Look at the cause.', {
    cause: error,
  });
}
