import type { FailureContext, PlanEntry, RecoveryPlan } from './recovery.js';
import { BASE_DELAYS_MS } from './backoff.js';
import { catalogEntry } from './error-catalog.js';
import type { OrchestratorError } from './orchestrator-error.js';
import { TOOL_FAILURES_IN_ROW } from './recovery-limits.js';

/**
 * Plans by key. Looked up from the narrowest key to the widest: `<code>@<Node code>`, `<code>@<status>`, `<code>`,
 * `<category>:<variant>`, `<category>`. Variants are `retryable` and `final`, for VALIDATION_ERROR `model` (the model's
 * output is at fault) and `us`. For a tool call each key is tried with `tool-call:` before it first.
 */
export type PlanTable = Readonly<Record<string, RecoveryPlan>>;

const FALLBACK: PlanEntry = { strategy: 'FALLBACK' };
const PARKED: PlanEntry = { strategy: 'RETRY', options: { parked: true } };
const ESCALATE: PlanEntry = { strategy: 'ESCALATE' };
const TERMINATE: PlanEntry = { strategy: 'TERMINATE' };
const KEEP_ANSWER: PlanEntry = { strategy: 'SKIP', options: { keepAnswer: true } };
const SKIP: PlanEntry = { strategy: 'SKIP' };

const retry = (attempts: number, baseMs?: number): PlanEntry => ({
  strategy: 'RETRY',
  options: { attempts, ...(baseMs === undefined ? {} : { baseMs }) },
});

const reset = (scope: string, times = 1): PlanEntry => ({ strategy: 'RESET', options: { scope, times } });

/** What is done about a category where its code has no plan of its own. */
const CATEGORY_PLANS = {
  NETWORK_ERROR: [retry(6), FALLBACK, PARKED, ESCALATE],
  TIMEOUT_ERROR: [retry(2), FALLBACK, PARKED, ESCALATE],
  'RESOURCE_ERROR:retryable': [retry(6), FALLBACK, PARKED],
  'RESOURCE_ERROR:final': [FALLBACK, ESCALATE],
  'VALIDATION_ERROR:model': [reset('instructions', 2), FALLBACK, TERMINATE],
  'VALIDATION_ERROR:us': [TERMINATE],
  PERMISSION_ERROR: [ESCALATE, { strategy: 'SKIP', options: { onlyOptional: true } }, TERMINATE],
  TOOL_ERROR: [retry(3), FALLBACK, SKIP],
  AGENT_ERROR: [reset('instructions'), ESCALATE, TERMINATE],
  SYSTEM_ERROR: [reset('component'), ESCALATE, TERMINATE],
} as const satisfies PlanTable;

/** Codes whose plan differs from that of their category. */
const CODE_PLANS = {
  CONTEXT_TOO_LONG: [reset('context'), FALLBACK, TERMINATE],
  PROMPT_REFUSED: [ESCALATE, TERMINATE],
  REQUEST_INVALID: [TERMINATE],
  TRANSCRIPT_BROKEN: [reset('transcript'), TERMINATE],
  INPUT_MEDIA_INVALID: [TERMINATE],
  CREDENTIAL_REJECTED: [FALLBACK, ESCALATE, TERMINATE],
  QUOTA_EXHAUSTED: [FALLBACK, ESCALATE],
  ACCESS_DENIED: [FALLBACK, ESCALATE],
  MODEL_NOT_FOUND: [FALLBACK, TERMINATE],
  ENDPOINT_MISMATCH: [TERMINATE],
  'ENDPOINT_MISMATCH@501': [FALLBACK, TERMINATE],
  PROVIDER_CONFLICT: [retry(3), FALLBACK],
  REQUEST_TOO_LARGE: [reset('context'), TERMINATE],
  CONTEXT_CUT_SILENTLY: [reset('context'), KEEP_ANSWER],
  REQUEST_OVER_LIMIT: [reset('context'), FALLBACK, TERMINATE],
  RATE_LIMITED: [retry(6, BASE_DELAYS_MS.RATE_LIMITED), FALLBACK, PARKED],
  SLOW_DOWN: [retry(6, BASE_DELAYS_MS.SLOW_DOWN), FALLBACK, PARKED],
  PROVIDER_OVERLOADED: [retry(6, BASE_DELAYS_MS.PROVIDER_OVERLOADED), FALLBACK, PARKED],
  RESPONSE_UNEXPECTED: [FALLBACK, TERMINATE],
  RESPONSE_MALFORMED: [retry(2), FALLBACK],
  STREAM_CUT: [retry(3)],
  STREAM_MALFORMED: [retry(2)],
  OUTPUT_TRUNCATED: [reset('request', 2), KEEP_ANSWER],
  TOOL_CALL_TRUNCATED: [reset('request', 2), FALLBACK],
  OUTPUT_FILTERED: [ESCALATE, TERMINATE],
  MODEL_REFUSED: [ESCALATE, TERMINATE],
  OUTPUT_EMPTY: [retry(2), reset('instructions'), ESCALATE],
  OUTPUT_INVALID: [reset('instructions', 2), FALLBACK, TERMINATE],
  TOOL_ARGUMENTS_INVALID: [SKIP],
  'tool-call:USER_CONTEXT_INVALID': [SKIP],
  TOOL_UNKNOWN: [SKIP],
  TOOL_FORBIDDEN: [SKIP],
  TOOL_CALL_ID_INVALID: [KEEP_ANSWER],
  LOOP_DETECTED: [reset('instructions'), ESCALATE],
  TURN_LIMIT: [reset('instructions'), ESCALATE],
  BUDGET_LIMIT: [ESCALATE],
  'DNS_FAILED@ENOTFOUND': [retry(2), FALLBACK, PARKED, ESCALATE],
  'DNS_FAILED@EAI_NONAME': [retry(2), FALLBACK, PARKED, ESCALATE],
  PROTOCOL_ERROR: [retry(2), FALLBACK, PARKED, ESCALATE],
  TLS_FAILED: [retry(2), FALLBACK, PARKED, ESCALATE],
  DESCRIPTORS_EXHAUSTED: [retry(6, BASE_DELAYS_MS.DESCRIPTORS_EXHAUSTED), FALLBACK, PARKED],
  DISK_FULL: [{ strategy: 'TERMINATE', options: { scope: 'orchestrator' } }],
  DISK_FAILED: [{ strategy: 'TERMINATE', options: { scope: 'orchestrator' } }],
  STARTUP_FAILED: [TERMINATE],
  CONFIG_INVALID: [TERMINATE],
  // The next target is asked at once while a breaker is open; only without one is the probe waited for.
  BREAKER_OPEN: [FALLBACK, retry(6), PARKED],
  'tool-call:BREAKER_OPEN': [FALLBACK, SKIP],
  EFFECT_UNKNOWN: [ESCALATE],
  POISON: [TERMINATE],
} as const satisfies PlanTable;

/** Every standard plan. After its last entry a plan ends in TERMINATE. */
export const STANDARD_PLANS: PlanTable = { ...CATEGORY_PLANS, ...CODE_PLANS };

/**
 * Lays plans over others: a key given later replaces the whole plan of that key, and its variants (`<key>:…`,
 * `<key>@…`) with it.
 *
 * @param overrides - For example those of the configuration, then of the agent, then of the task.
 */
export function mergePlans(base: PlanTable, ...overrides: readonly (PlanTable | undefined)[]): PlanTable {
  let merged: Record<string, RecoveryPlan> = { ...base };
  for (const override of overrides) {
    if (override === undefined) continue;
    const kept = Object.entries(merged).filter(([key]) => !Object.hasOwn(override, key.split(/[:@]/)[0] ?? key));
    merged = { ...Object.fromEntries(kept), ...override };
  }
  return merged;
}

/** A plan and the key it was found under. */
export interface FoundPlan {
  readonly key: string;
  readonly plan: RecoveryPlan;
}

/**
 * The plan for a failure. A tool call keeps RETRY and FALLBACK of its plan and then tells the model (SKIP), unless the
 * whole task is concerned or the table has a `tool-call:` plan; the third failure in a row of one tool runs the
 * AGENT_ERROR plan.
 */
export function findPlan(plans: PlanTable, failure: PlannedFailure): FoundPlan {
  if (failure.step.kind !== 'tool-call' || concernsTask(failure.error)) return lookUp(plans, failure.error, '');
  if ((failure.failuresInRow ?? 1) >= TOOL_FAILURES_IN_ROW) {
    return { key: 'AGENT_ERROR', plan: plans['AGENT_ERROR'] ?? [] };
  }
  const own = lookUp(plans, failure.error, 'tool-call:');
  if (own.plan.length > 0) return own;
  const { key, plan } = lookUp(plans, failure.error, '');
  return { key: `tool-call:${key}`, plan: toolCallPlan(plan) };
}

/** What a plan is chosen by. */
type PlannedFailure = Pick<FailureContext, 'error' | 'step' | 'failuresInRow'>;

/** True for a failure of a tool call that is not answered to the model. */
export function concernsTask(error: OrchestratorError): boolean {
  return WHOLE_TASK_CODES.has(error.code);
}

const WHOLE_TASK_CODES = new Set(['CREDENTIAL_REJECTED', 'DISK_FULL', 'DISK_FAILED', 'EFFECT_UNKNOWN']);

/** Entries that would end or park the task because of one call. */
const TASK_STRATEGIES = new Set(['ESCALATE', 'RESET', 'TERMINATE']);

function toolCallPlan(plan: RecoveryPlan): RecoveryPlan {
  const kept = plan.filter(({ strategy, options }) => {
    return !TASK_STRATEGIES.has(strategy) && options?.['parked'] !== true && options?.['onlyOptional'] !== true;
  });
  return kept.at(-1)?.strategy === 'SKIP' ? kept : [...kept, SKIP];
}

function lookUp(plans: PlanTable, error: OrchestratorError, prefix: string): FoundPlan {
  const { code, category, details, isRetryable } = error;
  const origin = catalogEntry(code)?.isFromModel === true ? 'model' : 'us';
  const keys = [
    `${code}@${text(details?.['nodeCode'])}`,
    `${code}@${text(details?.['status'])}`,
    code,
    `${category}:${isRetryable ? 'retryable' : 'final'}`,
    `${category}:${origin}`,
    category,
  ];
  for (const key of keys) {
    const plan = Object.hasOwn(plans, prefix + key) ? plans[prefix + key] : undefined;
    if (plan !== undefined) return { key: prefix + key, plan };
  }
  return { key: prefix + category, plan: [] };
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
