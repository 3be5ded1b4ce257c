import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { OrchestratorError, type Clock } from '@master-orchestrator/errors';
import { invalid, resultsTooLarge, tooLarge } from './faults.js';
import type { Matches } from './json-path.js';

/** A query, its data as JSON text, and the bounds of its work. */
export interface WorkerJob {
  readonly query: string;
  readonly json: string;
  readonly maxDepth: number;
  readonly maxResults: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Memory of the thread, in MiB. */
const HEAP_MB = 128;

/** Runs in the thread: text in, text out, so that nothing of it is shared. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const { JSONPathEnvironment } = require(workerData.library);
const { query, json, maxDepth, maxResults, maxBytes } = workerData;
const answer = () => {
  const matches = [];
  let isCut = false;
  const compiled = new JSONPathEnvironment({ maxRecursionDepth: maxDepth + 2 }).compile(query);
  for (const { location, value } of compiled.lazyQuery(JSON.parse(json))) {
    if (matches.length === maxResults) { isCut = true; break; }
    matches.push({ location, value });
  }
  const text = JSON.stringify({ matches, isCut });
  return text.length > maxBytes ? { fault: 'size' } : { text };
};
let result;
try { result = answer(); } catch (error) { result = { fault: String(error && error.message).slice(0, 200) }; }
parentPort.postMessage(result);
`;

/**
 * Runs a query in a thread of its own, which is ended when it takes too long or too much memory: filters may hold
 * regular expressions and queries whose time grows without bounds.
 *
 * @throws OrchestratorError TOOL_TIMEOUT, RESPONSE_TOO_LARGE, TOOL_ARGUMENTS_INVALID; the reason of the signal.
 */
export function runInWorker(job: WorkerJob): Promise<Matches> {
  const { signal, timeoutMs, clock, ...rest } = job;
  signal.throwIfAborted();
  const library = createRequire(import.meta.url).resolve('json-p3');
  const worker = new Worker(THREAD, {
    eval: true,
    workerData: { ...rest, library },
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 16 },
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
    worker.once('message', (result: ThreadResult) => end(() => readResult(result, job.maxBytes, resolve, reject)));
    worker.once('error', (error) => end(() => reject(workerFault(error))));
  });
}

type ThreadResult = { readonly text: string } | { readonly fault: string };

function readResult(
  result: ThreadResult,
  maxBytes: number,
  resolve: (matches: Matches) => void,
  reject: (error: Error) => void,
): void {
  if ('text' in result) return resolve(JSON.parse(result.text) as Matches);
  if (result.fault === 'size') return reject(resultsTooLarge(maxBytes));
  reject(invalid(`The query cannot be run on this data: ${result.fault}. Change the query.`));
}

function tookTooLong(timeoutMs: number): OrchestratorError {
  const message = `The query took more than ${timeoutMs} ms on this data. Use fewer "..", filters and regular expressions.`;
  return new OrchestratorError('TOOL_TIMEOUT', message, {
    isRetryable: false,
    isReplaySafe: true,
    details: { timeoutMs },
  });
}

function workerFault(error: Error & { readonly code?: string }): OrchestratorError {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return tooLarge(`The query needs more than ${HEAP_MB} MiB of memory. Select less, or use fewer "..".`);
  }
  return new OrchestratorError('TOOL_FAILED', 'The thread that runs queries failed to start. Look at the cause.', {
    cause: error,
  });
}
