import { isCancelled } from './cancelled-error.js';
import { higherSeverity } from './orchestrator-error.js';
import type { Severity } from './error-category.js';
import { IN_PLACE_ATTEMPTS_MAX, IN_PLACE_WAIT_MS, PARKED_MAX, type RecoveryLimits } from './recovery-limits.js';
import type { FailureContext, PlanEntry, RecoveryDecision, RecoveryPlan, RecoveryStrategy } from './recovery.js';
import { concernsTask, type FoundPlan } from './standard-plans.js';

/** A decision, and how it came about. */
export type HandledDecision = RecoveryDecision & {
  /** Name of the strategy that decided; TERMINATE or SKIP where the plan was exhausted. */ readonly strategy: string;
  /** Key of the plan. */ readonly plan: string;
  /** Position of the deciding entry in the plan; absent where the plan was exhausted. */ readonly entry?: number;
  /** The error's severity, at least HIGH where the plan was exhausted. */ readonly severity: Severity;
};

/**
 * Asks the strategies of a plan in order. Pure: the same failure gives the same decision, but for a strategy's chance.
 * A plan never goes back to an earlier entry, however often it is asked; whatever the strategies say, no more than 12
 * attempts in place and 10 parked retries come out of it, no wait in place over 60 s, none past the deadline.
 *
 * @param limits - Other bounds than those.
 */
export function decideRecovery(
  failure: FailureContext,
  { key, plan }: FoundPlan,
  strategies: ReadonlyMap<string, RecoveryStrategy>,
  limits: RecoveryLimits = {},
): HandledDecision {
  const { severity } = failure.error;
  if (isCancelled(failure.error)) {
    // An outcome, not an error: it has no plan.
    return {
      action: 'terminate',
      scope: 'task',
      reason: 'cancelled',
      strategy: 'TERMINATE',
      plan: 'CANCELLED',
      severity,
    };
  }
  for (let entry = firstOpenEntry(failure.used, plan); entry < plan.length; entry += 1) {
    const planned = plan[entry];
    const strategy = planned && strategies.get(planned.strategy);
    if (planned === undefined || strategy === undefined) continue;
    const usedHere = failure.used[entry] ?? 0;
    const decision = ask(strategy, planned, { ...failure, usedHere });
    if (decision !== undefined && isWithinLimits(decision, failure, usedHere, limits)) {
      return { ...withinBounds(decision, failure, limits), strategy: planned.strategy, plan: key, entry, severity };
    }
  }
  return { ...exhausted(failure), plan: key, severity: higherSeverity(severity, 'HIGH') };
}

/** The last entry used so far: those before it are done with. */
function firstOpenEntry(used: readonly number[], plan: RecoveryPlan): number {
  for (let entry = Math.min(used.length, plan.length) - 1; entry > 0; entry -= 1) {
    if ((used[entry] ?? 0) > 0) return entry;
  }
  return 0;
}

function ask(
  strategy: RecoveryStrategy,
  { options = {} }: PlanEntry,
  failure: FailureContext,
): RecoveryDecision | undefined {
  const times = options['times'];
  if (typeof times === 'number' && (failure.usedHere ?? 0) >= times) return undefined;
  try {
    return strategy.decide(failure, options);
  } catch {
    return undefined; // a strategy of a plugin that throws passes on, as if it knew nothing
  }
}

/** Holds every strategy to the limits, those of plugins too. */
function isWithinLimits(
  decision: RecoveryDecision,
  failure: FailureContext,
  usedHere: number,
  limits: RecoveryLimits,
): boolean {
  switch (decision.action) {
    case 'retry':
      return isWaitAllowed(decision.delayMs, decision.isParked === true, failure, limits);
    case 'fallback':
      return !('target' in decision) || hasAttemptLeft(failure, limits);
    case 'reset':
      return hasAttemptLeft(failure, limits);
    case 'escalate':
      // With no attempt left a person is asked once, not again and again.
      return hasAttemptLeft(failure, limits) || usedHere === 0;
    case 'skip':
    case 'terminate':
      return true;
    default:
      return false; // a plugin's mistake
  }
}

function isWaitAllowed(delayMs: number, isParked: boolean, failure: FailureContext, limits: RecoveryLimits): boolean {
  if (!(delayMs >= 0) || delayMs === Number.POSITIVE_INFINITY) return false;
  if (failure.deadlineInMs !== undefined && delayMs >= failure.deadlineInMs) return false;
  if (isParked) return failure.canPark && failure.parkedRetries < (limits.parkedRetries ?? PARKED_MAX);
  return delayMs <= (limits.inPlaceWaitMs ?? IN_PLACE_WAIT_MS) && hasAttemptLeft(failure, limits);
}

/** The attempts that a strategy promises, cut to what the limits leave of them. */
function withinBounds(decision: RecoveryDecision, failure: FailureContext, limits: RecoveryLimits): RecoveryDecision {
  if (decision.action !== 'retry' || decision.maxAttempts === undefined) return decision;
  const { maxAttempts, ...rest } = decision;
  if (!(maxAttempts > failure.attempt)) return rest; // a plugin's mistake
  const left =
    decision.isParked === true
      ? (limits.parkedRetries ?? PARKED_MAX) - failure.parkedRetries
      : (limits.attemptsInPlace ?? IN_PLACE_ATTEMPTS_MAX) - failure.totalAttempts;
  return { ...rest, maxAttempts: Math.min(maxAttempts, failure.attempt + left) };
}

function hasAttemptLeft(failure: FailureContext, limits: RecoveryLimits): boolean {
  return failure.totalAttempts < (limits.attemptsInPlace ?? IN_PLACE_ATTEMPTS_MAX);
}

/** After its last entry a plan ends in TERMINATE; for a tool call the model is told. */
function exhausted({ error, step }: FailureContext): RecoveryDecision & { readonly strategy: string } {
  const reason = `${error.code}: ${error.message}`;
  if (step.kind === 'tool-call' && !concernsTask(error)) {
    const note = `Tool "${step.name}" gave no result: ${error.category} ${reason}`;
    return { action: 'skip', note, strategy: 'SKIP' };
  }
  return { action: 'terminate', scope: 'task', reason, strategy: 'TERMINATE' };
}
