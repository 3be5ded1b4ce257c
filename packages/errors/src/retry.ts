import { backoffDelay, baseDelayMs } from './backoff.js';
import { CancelledError } from './cancelled-error.js';
import { classify } from './classify.js';
import type { ClassifyContext } from './classify-context.js';
import { sleep, systemClock, type Clock, type Random } from './clock.js';
import { tell } from './internal/guard.js';
import type { OrchestratorError } from './orchestrator-error.js';
import { retryCost } from './plan-cursor.js';
import { IN_PLACE_WAIT_MS } from './recovery-limits.js';
import type { RetryBudget } from './retry-budget.js';

/** One failed attempt that is followed by another. */
export interface RetryNotice {
  readonly error: OrchestratorError;
  /** Number of the attempt that failed, from 1. */ readonly attempt: number;
  /** Wait before the next one, in milliseconds. */ readonly delayMs: number;
}

/** Settings of {@link retry}. */
export interface RetryOptions {
  /** Attempts in total, the first included. @default 6 */ readonly attempts?: number;
  /** Bound of the first wait, in milliseconds; doubles per attempt. @default by code, 200 for most */ readonly baseMs?: number;
  /** Longest wait that was not asked for by the server, in milliseconds. @default 30_000 */ readonly capMs?: number;
  /** Longest wait at all, in milliseconds; a longer one ends with the failure. @default 60_000 */
  readonly maxWaitMs?: number;
  /** Ends the wait at once and starts nothing new. */ readonly signal?: AbortSignal;
  /** Bounds the retries of all calls that share it. */ readonly budget?: RetryBudget;
  /** @default the system clock */ readonly clock?: Clock;
  /** @default Math.random */ readonly random?: Random;
  /** What is known about the call. `isReplaySafe` is true unless said otherwise: whoever retries says so. */
  readonly context?: ClassifyContext;
  /** Hears of each retry before its wait. */ readonly onRetry?: (notice: RetryNotice) => void;
}

/**
 * Calls until it succeeds, fails for good, or the attempts are used up. Waits with full jitter, or as the server asks.
 *
 * @param call - Gets the number of the attempt, from 1, and the signal.
 * @throws OrchestratorError the last failure; CANCELLED where the signal was aborted.
 */
export async function retry<T>(
  call: (attempt: { readonly attempt: number; readonly signal?: AbortSignal }) => Promise<T> | T,
  options: RetryOptions = {},
): Promise<T> {
  const { signal, budget, clock = systemClock } = options;
  const context: ClassifyContext = { isReplaySafe: true, clock, ...options.context, ...(signal ? { signal } : {}) };
  for (let attempt = 1; ; attempt += 1) {
    if (signal?.aborted === true) throw CancelledError.fromSignal(signal);
    try {
      const result = await call({ attempt, ...(signal ? { signal } : {}) });
      budget?.succeed();
      return result;
    } catch (thrown) {
      const error = classify(thrown, context);
      const delayMs = waitBefore(error, attempt, options);
      if (delayMs === undefined) throw error;
      tell(options.onRetry, { error, attempt, delayMs });
      await pause(clock, delayMs, signal);
    }
  }
}

/** `undefined` where there is no further attempt. */
function waitBefore(error: OrchestratorError, attempt: number, options: RetryOptions): number | undefined {
  const {
    attempts = 6,
    baseMs = baseDelayMs(error.code),
    capMs = 30_000,
    maxWaitMs = IN_PLACE_WAIT_MS,
    budget,
  } = options;
  if (!error.isRetryable || !error.isReplaySafe || attempt >= attempts) return undefined;
  const random = options.random ?? Math.random;
  const delayMs = backoffDelay({ attempt, random, baseMs, capMs, toldMs: error.retryAfterMs });
  const waitMs = Math.min(delayMs, Math.max(maxWaitMs, error.retryAfterMs ?? 0));
  if (waitMs > maxWaitMs || budget?.tryTake(retryCost(error)) === false) return undefined;
  return waitMs;
}

async function pause(clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(clock, delayMs, signal);
  } catch (reason) {
    throw signal?.aborted === true ? CancelledError.fromSignal(signal) : reason;
  }
}
