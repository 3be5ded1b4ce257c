import type { PlanEntry, PlanTable, RecoveryPlan } from '@master-orchestrator/errors';

const FALLBACK: PlanEntry = { strategy: 'FALLBACK' };
const PARKED: PlanEntry = { strategy: 'RETRY', options: { parked: true } };
const ESCALATE: PlanEntry = { strategy: 'ESCALATE' };

const retry = (attempts: number, baseMs?: number): PlanEntry => ({
  strategy: 'RETRY',
  options: { attempts, ...(baseMs === undefined ? {} : { baseMs }) },
});

/** Somebody waits for the answer: one quick repeat, then the next target, and no wait in the queue. */
const QUICK = {
  NETWORK_ERROR: [retry(2), FALLBACK],
  TIMEOUT_ERROR: [FALLBACK],
  'RESOURCE_ERROR:retryable': [retry(2), FALLBACK],
  'RESOURCE_ERROR:final': [FALLBACK],
  RATE_LIMITED: [FALLBACK, retry(2, 1_000)],
  SLOW_DOWN: [FALLBACK, retry(2, 1_000)],
  PROVIDER_OVERLOADED: [FALLBACK, retry(2, 1_000)],
  BREAKER_OPEN: [FALLBACK],
} as const satisfies PlanTable;

/** Nobody waits: every failure that may pass is waited out in the queue before a dearer or weaker target is asked. */
const PATIENT = {
  NETWORK_ERROR: [retry(6), PARKED, FALLBACK, ESCALATE],
  TIMEOUT_ERROR: [retry(3), PARKED, FALLBACK, ESCALATE],
  'RESOURCE_ERROR:retryable': [retry(8), PARKED, FALLBACK, ESCALATE],
  'RESOURCE_ERROR:final': [ESCALATE, FALLBACK],
  RATE_LIMITED: [retry(8, 2_000), PARKED, FALLBACK],
  SLOW_DOWN: [retry(8, 5_000), PARKED, FALLBACK],
  PROVIDER_OVERLOADED: [retry(8, 5_000), PARKED, FALLBACK],
  BREAKER_OPEN: [retry(6), PARKED, FALLBACK],
} as const satisfies PlanTable;

/** A person decides early: what one repeat does not mend is put before somebody. */
const SUPERVISED = {
  NETWORK_ERROR: [retry(3), FALLBACK, ESCALATE],
  TIMEOUT_ERROR: [retry(2), FALLBACK, ESCALATE],
  'RESOURCE_ERROR:retryable': [retry(6), FALLBACK, ESCALATE],
  'RESOURCE_ERROR:final': [ESCALATE],
  'VALIDATION_ERROR:model': [{ strategy: 'RESET', options: { scope: 'instructions', times: 1 } }, ESCALATE],
  'VALIDATION_ERROR:us': [ESCALATE],
  PERMISSION_ERROR: [ESCALATE],
  AGENT_ERROR: [ESCALATE],
  SYSTEM_ERROR: [ESCALATE],
  CREDENTIAL_REJECTED: [ESCALATE],
  QUOTA_EXHAUSTED: [ESCALATE],
  ACCESS_DENIED: [ESCALATE],
} as const satisfies PlanTable;

/** Name of a preset. */
export type RecoveryPreset = 'quick' | 'patient' | 'supervised';

/**
 * Plans for common situations, as data: give one as `recovery.plans` of the configuration or as `recovery` of an agent,
 * a tool or a task, or spread it and change what differs. A key that a preset does not name keeps its standard plan.
 *
 * - `quick`: somebody waits for the answer.
 * - `patient`: nobody waits; needs `recovery.parking`.
 * - `supervised`: a person answers escalations.
 */
export const RECOVERY_PRESETS: Readonly<Record<RecoveryPreset, Readonly<Record<string, RecoveryPlan>>>> = {
  quick: QUICK,
  patient: PATIENT,
  supervised: SUPERVISED,
};
