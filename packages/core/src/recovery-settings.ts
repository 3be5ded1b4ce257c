import type { OrchestratorConfig } from '@master-orchestrator/config';
import {
  createStandardStrategies,
  STANDARD_PLANS,
  type ErrorHandlerOptions,
  type PlanTable,
  type Random,
  type RecoveryStrategy,
} from '@master-orchestrator/errors';

/**
 * What the configuration's `recovery` means for the error handler.
 *
 * @param added - Strategies of plugins; they stand in for standard ones of the same name.
 */
export function recoverySettings(
  recovery: OrchestratorConfig['recovery'],
  added: readonly RecoveryStrategy[],
  random: Random,
): Required<Pick<ErrorHandlerOptions, 'strategies' | 'plans' | 'limits'>> {
  const { backoff, parkedRetries, attemptsInPlace, retryMaxAttempts } = recovery;
  const replaced = new Set(added.map(({ name }) => name));
  const standard = createStandardStrategies({
    random,
    baseMs: backoff.baseMs,
    capMs: backoff.longestMs,
    inPlaceMs: backoff.longestInPlaceMs,
    parkedRetries,
  });
  const strategies = [...standard.filter(({ name }) => !replaced.has(name)), ...added];
  return {
    strategies: retryMaxAttempts === undefined ? strategies : strategies.map(withAttempts(retryMaxAttempts)),
    plans: { ...rateLimitPlan(backoff.rateLimitBaseMs), ...recovery.plans },
    limits: { attemptsInPlace, parkedRetries, inPlaceWaitMs: backoff.longestInPlaceMs },
  };
}

/** Replaces the number of attempts of every RETRY, whatever plan it stands in. */
function withAttempts(attempts: number): (strategy: RecoveryStrategy) => RecoveryStrategy {
  return (strategy) =>
    strategy.name === 'RETRY'
      ? { name: 'RETRY', decide: (failure, options) => strategy.decide(failure, { ...options, attempts }) }
      : strategy;
}

function rateLimitPlan(baseMs: number): PlanTable {
  const plan = STANDARD_PLANS['RATE_LIMITED'] ?? [];
  const entries = plan.map((entry) =>
    entry.options?.['baseMs'] === undefined ? entry : { ...entry, options: { ...entry.options, baseMs } },
  );
  return { RATE_LIMITED: entries };
}
