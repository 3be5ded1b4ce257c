/** Attempts of one step in place, over all targets and resets. */
export const IN_PLACE_ATTEMPTS_MAX = 12;

/** Parked retries of one task. */
export const PARKED_MAX = 10;

/** Longest wait that is slept in place, in milliseconds. */
export const IN_PLACE_WAIT_MS = 60_000;

/** Failures in a row of one tool that run the AGENT_ERROR plan. */
export const TOOL_FAILURES_IN_ROW = 3;

/** Bounds of recovery that hold whatever plans and strategies say. */
export interface RecoveryLimits {
  /** Attempts of one step in place, over all targets and resets. @default 12 */ readonly attemptsInPlace?: number;
  /** Parked retries of one task. @default 10 */ readonly parkedRetries?: number;
  /** Longest wait that is slept in place, in milliseconds. @default 60_000 */ readonly inPlaceWaitMs?: number;
}
