import type { Random } from './clock.js';

/** Settings of one wait. */
export interface BackoffOptions {
  /** Attempts made so far, the failed one included; 1 after the first failure. */ readonly attempt: number;
  /** Returns a number in [0, 1). */ readonly random: Random;
  /** Bound of the first wait, in milliseconds; doubles per attempt. @default 200 */ readonly baseMs?: number;
  /** Longest wait, in milliseconds. @default 30_000 */ readonly capMs?: number;
  /** Wait the server asked for, in milliseconds; then the formula is not used. */ readonly toldMs?: number | undefined;
}

/**
 * The wait before the next attempt, in milliseconds.
 *
 * Untold: `random * min(cap, base * 2^(attempt-1))`, full jitter (Brooker, "Exponential Backoff And Jitter", AWS
 * Architecture Blog, 2015). Told: `told + random * min(1 s, told / 10)`, never earlier than told.
 */
export function backoffDelay(options: BackoffOptions): number {
  const { attempt, random, baseMs = BASE_DELAY_MS, capMs = 30_000, toldMs } = options;
  if (toldMs !== undefined && toldMs > 0) return Math.ceil(toldMs + random() * Math.min(1_000, toldMs / 10));
  return Math.floor(random() * Math.min(capMs, baseMs * 2 ** Math.max(0, attempt - 1)));
}

/** Bound of the first wait, in milliseconds, where nobody says otherwise. */
const BASE_DELAY_MS = 200;

/** Bounds of the first wait of codes that need a longer one, in milliseconds. */
export const BASE_DELAYS_MS = {
  RATE_LIMITED: 1_000,
  SLOW_DOWN: 5_000,
  PROVIDER_OVERLOADED: 2_000,
  DESCRIPTORS_EXHAUSTED: 1_000,
} as const;

/** Bound of the first wait after a failure with this code, in milliseconds. */
export function baseDelayMs(code: string): number {
  return Object.hasOwn(BASE_DELAYS_MS, code) ? BASE_DELAYS_MS[code as keyof typeof BASE_DELAYS_MS] : BASE_DELAY_MS;
}
