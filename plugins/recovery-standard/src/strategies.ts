import { optional } from '@master-orchestrator/contracts';
import {
  createStandardStrategies,
  SEVERITIES,
  type FailureContext,
  type RecoveryDecision,
  type RecoveryStrategy,
} from '@master-orchestrator/errors';
import type { CheckedOptions } from './recovery-options.js';

type Settings = Readonly<Record<string, unknown>>;
type Decide = RecoveryStrategy['decide'];
/** Decides with the standard strategy behind it. */
type Tuning = (standard: Decide, options: CheckedOptions) => Decide;

/**
 * The six standard strategies with these options. What a plan's entry says goes before an option, except for bounds
 * (`maxAttempts`, `from`), which hold whatever the plan says.
 */
export function createStrategies(options: CheckedOptions): readonly RecoveryStrategy[] {
  const { retry, random } = options;
  const standard = createStandardStrategies(
    optional({
      random,
      attempts: retry.attempts,
      baseMs: retry.baseMs,
      capMs: retry.longestMs,
      inPlaceMs: retry.longestInPlaceMs,
      parkBaseMs: retry.parkBaseMs,
      parkCapMs: retry.longestParkMs,
    }),
  );
  return standard.map((strategy) => {
    const decide: Decide = (failure, settings) => strategy.decide(failure, settings);
    return { name: strategy.name, decide: TUNINGS[strategy.name]?.(decide, options) ?? decide };
  });
}

const TUNINGS: Readonly<Record<string, Tuning>> = {
  RETRY:
    (standard, { retry }) =>
    (failure, settings) =>
      standard(failure, settings['parked'] === true ? settings : bounded(settings, retry)),
  FALLBACK:
    (standard, { fallback }) =>
    (failure, settings) => {
      if (fallback.prefersDeclaredResult && failure.declaredResult !== undefined) {
        return standard({ ...failure, fallbacks: [] }, settings);
      }
      return isAllowed(failure, settings, fallback.times) ? standard(failure, settings) : declared(failure);
    },
  SKIP: (standard, { skip }) => {
    const { note, onlyOptional } = skip;
    return (failure, settings) =>
      standard(failure, { ...optional({ note }), ...(onlyOptional ? { onlyOptional } : {}), ...settings });
  },
  ESCALATE:
    (standard, { escalate }) =>
    (failure, settings) => {
      const isSevere = SEVERITIES.indexOf(failure.error.severity) >= SEVERITIES.indexOf(escalate.from);
      return isSevere ? standard(failure, under(settings, { times: escalate.times })) : undefined;
    },
  RESET: (standard, { reset }) => {
    const { times, hint } = reset;
    return (failure, settings) => standard(failure, under(settings, { times, hint }));
  },
  TERMINATE: (standard, { terminate }) => {
    const stopOn = new Set(terminate.stopOn);
    return (failure, settings) =>
      standard(failure, stopOn.has(failure.error.code) ? { ...settings, scope: 'orchestrator' } : settings);
  },
};

function bounded(settings: Settings, { attempts = 3, maxAttempts }: CheckedOptions['retry']): Settings {
  if (maxAttempts === undefined) return settings;
  const planned = numberIn(settings, 'attempts') ?? attempts;
  return { ...settings, attempts: Math.min(planned, maxAttempts) };
}

function isAllowed(failure: FailureContext, settings: Settings, most: number | undefined): boolean {
  const times = numberIn(settings, 'times') ?? most;
  return times === undefined || (failure.usedHere ?? 0) < times;
}

/** With no further target allowed a declared result is still an answer. */
function declared({ declaredResult }: FailureContext): RecoveryDecision | undefined {
  return declaredResult === undefined ? undefined : { action: 'fallback', result: declaredResult };
}

/** Lays the settings of the plan's entry over defaults. */
function under(settings: Settings, defaults: Settings): Settings {
  return { ...optional(defaults), ...settings };
}

function numberIn(settings: Settings, name: string): number | undefined {
  const value = settings[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
