import type { RecoveryStrategy } from '@master-orchestrator/contracts';
import { checkOf, show, withoutSkipped, type Check, type Rule } from './check.js';
import { describeChecks } from './describe-checks.js';
import { pluginFactChecks, pluginOf, type PluginCheckOptions, type PluginSource } from './plugin-facts.js';
import { StrategyTrial } from './strategy-trial.js';

/** Options of {@link recoveryPluginChecks}. */
export interface RecoveryCheckOptions extends PluginCheckOptions {
  /** Settings as a plan would give them, by strategy; the empty ones are always tried. */
  readonly options?: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  /** Generated failures for each strategy and setting. @default 1_000 */ readonly runs?: number;
  /** Seed of the failures. @default 1 */ readonly seed?: number;
}

/** What a plugin that adds recovery strategies must keep: an answer to any failure, no throw, no wait, no side effect, an end. */
export function recoveryPluginChecks(source: PluginSource, options: RecoveryCheckOptions = {}): readonly Check[] {
  const plugin = pluginOf(source);
  const strategies = plugin.contributes?.recoveryStrategies ?? [];
  const checks = [
    ...pluginFactChecks(plugin, options),
    checkOf(plugin.name, RULES.some, () => hasStrategies(strategies)),
    ...strategies.flatMap((strategy) => strategyChecks(strategy, options)),
  ];
  return withoutSkipped(checks, options.skip);
}

/** A vitest suite of {@link recoveryPluginChecks}: `await describeRecoveryPlugin(myPlugin())`. */
export async function describeRecoveryPlugin(source: PluginSource, options: RecoveryCheckOptions = {}): Promise<void> {
  await describeChecks(`recovery plugin ${pluginOf(source).name}`, recoveryPluginChecks(source, options));
}

const RULES = {
  some: {
    rule: 'strategies-some',
    holds: 'adds strategies, each with a name of its own',
    why: 'Plans refer to strategies by name.',
    fix: 'List them under contributes.recoveryStrategies and give each its own name.',
  },
  shape: {
    rule: 'strategy-shape',
    holds: 'has a name plans can write, and decides',
    why: 'The host refuses a strategy without name or decide().',
    fix: 'Give { name, decide(failure, options) }; the name has letters, digits, "_" and "-".',
  },
  total: {
    rule: 'strategy-total',
    holds: 'answers any failure with a decision or undefined',
    why: 'A throw in recovery turns a failure that could be mended into one that cannot.',
    fix: 'Look at the fields you need, return undefined for what you do not handle, and never a promise.',
  },
  options: {
    rule: 'strategy-options',
    holds: 'bears settings it does not understand',
    why: 'Settings come from configuration, where a number may be a text.',
    fix: 'Check each setting and take its default where it does not fit.',
  },
  pure: {
    rule: 'strategy-pure',
    holds: 'decides the same about the same, and changes nothing',
    why: 'After a restart the host asks again; another answer would leave the journal.',
    fix: 'Keep no counters: attempt, usedHere and parkedRetries tell what happened. Chance may only set delayMs.',
  },
  quick: {
    rule: 'strategy-quick',
    holds: 'decides without waiting',
    why: 'It is asked in the middle of a run; whoever waits is the runner.',
    fix: 'Return delayMs instead of waiting, and do no input or output.',
  },
  bounds: {
    rule: 'strategy-bounds',
    holds: 'keeps to what the failure allows',
    why: 'An unsafe step that is repeated has its effect twice; a wait past the deadline is for nothing; a spent retry budget means the other side is down.',
    fix: "Return 'retry' only where error.isRetryable and error.isReplaySafe, with a token (or parked) and a wait that ends before the deadline; park and escalate only where canPark and canEscalate; fall back only to fallbacks.",
  },
  ends: {
    rule: 'strategy-ends',
    holds: 'comes to an end when every attempt fails',
    why: 'A strategy that goes on for ever holds the task for ever.',
    fix: 'Count by attempt, usedHere and parkedRetries and return undefined after a bound: 12 attempts in place, 10 parked.',
  },
} as const satisfies Record<string, Rule>;

function strategyChecks(strategy: RecoveryStrategy, options: RecoveryCheckOptions): readonly Check[] {
  const subject = typeof strategy.name === 'string' && strategy.name !== '' ? strategy.name : 'a strategy without name';
  const shape = checkOf(subject, RULES.shape, () => hasShape(strategy));
  if (typeof strategy.decide !== 'function') return [shape];
  const settings = [{}, ...(options.options?.[strategy.name] ?? [])];
  const trial = new StrategyTrial(strategy, settings, options.runs ?? 1_000, options.seed ?? 1);
  return [
    shape,
    checkOf(subject, RULES.total, () => trial.answersAll()),
    checkOf(subject, RULES.options, () => trial.bearsOddSettings()),
    checkOf(subject, RULES.pure, () => trial.isPure()),
    checkOf(subject, RULES.quick, () => trial.isQuick()),
    checkOf(subject, RULES.bounds, () => trial.keepsBounds()),
    checkOf(subject, RULES.ends, () => trial.ends()),
  ];
}

function hasStrategies(strategies: readonly RecoveryStrategy[]): void {
  if (strategies.length === 0) throw new Error('The plugin adds no recovery strategy.');
  const names = strategies.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`More than one strategy is named "${twice}".`);
}

function hasShape(strategy: RecoveryStrategy): void {
  if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(strategy.name)) throw new Error(`The name is ${show(strategy.name)}.`);
  if (typeof strategy.decide !== 'function') throw new Error('decide is no function.');
}
