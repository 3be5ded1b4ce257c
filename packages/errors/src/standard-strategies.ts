import { backoffDelay, baseDelayMs, type BackoffOptions } from './backoff.js';
import type { Random } from './clock.js';
import { PARKED_MAX, IN_PLACE_WAIT_MS } from './recovery-limits.js';
import type { FailureContext, RecoveryDecision, RecoveryStrategy, ResetScope } from './recovery.js';

/** Settings of the standard strategies; a plan's entry may say otherwise for its place. */
export interface StandardStrategyOptions {
  /** Returns a number in [0, 1). @default Math.random */ readonly random?: Random;
  /** Attempts of RETRY in total, the first included. @default 3 */ readonly attempts?: number;
  /** Bound of RETRY's first wait, in milliseconds. @default by code, 200 for most */ readonly baseMs?: number;
  /** Longest wait of RETRY that the server did not ask for, in milliseconds. @default 30_000 */ readonly capMs?: number;
  /** Longest wait in place, in milliseconds; a longer one parks the task. @default 60_000 */
  readonly inPlaceMs?: number;
  /** Bound of the first parked wait, in milliseconds; doubles per parked retry. @default 60_000 */
  readonly parkBaseMs?: number;
  /** Longest parked wait that the server did not ask for, in milliseconds. @default 600_000 */
  readonly parkCapMs?: number;
  /** Parked retries of one task. @default 10 */ readonly parkedRetries?: number;
}

type Options = Readonly<Record<string, unknown>>;

/**
 * The six standard strategies: RETRY, FALLBACK, SKIP, ESCALATE, RESET, TERMINATE. They decide and
 * do nothing. Options of a plan's entry:
 *
 * - RETRY: `attempts`, `baseMs`, `capMs`, `parked` (wait in the queue, without a slot).
 * - SKIP: `onlyOptional`, `keepAnswer`, `note`, `times`. RESET: `scope`, `hint`, `times`. ESCALATE: `times`.
 * - TERMINATE: `scope` (`task` or `orchestrator`).
 */
export function createStandardStrategies(options: StandardStrategyOptions = {}): readonly RecoveryStrategy[] {
  return [
    { name: 'RETRY', decide: (failure, entry) => decideRetry(failure, entry, options) },
    { name: 'FALLBACK', decide: decideFallback },
    { name: 'SKIP', decide: decideSkip },
    { name: 'ESCALATE', decide: decideEscalate },
    { name: 'RESET', decide: decideReset },
    { name: 'TERMINATE', decide: decideTerminate },
  ];
}

function decideRetry(
  failure: FailureContext,
  entry: Options,
  options: StandardStrategyOptions,
): RecoveryDecision | undefined {
  const { error } = failure;
  if (!error.isRetryable || !error.isReplaySafe) return undefined;
  if (entry['parked'] === true) return park(failure, options);
  const attempts = numberOr(entry['attempts'], options.attempts ?? 3);
  if (failure.attempt >= attempts || !failure.hasRetryToken) return undefined;
  const longestMs = options.inPlaceMs ?? IN_PLACE_WAIT_MS;
  const toldMs = error.retryAfterMs;
  const isTooLong = toldMs !== undefined && toldMs > longestMs;
  if (isTooLong && !canPark(failure, options)) return undefined;
  const wait = {
    attempt: failure.attempt,
    baseMs: numberOr(entry['baseMs'], options.baseMs ?? baseDelayMs(error.code)),
    capMs: Math.min(longestMs, numberOr(entry['capMs'], options.capMs ?? 30_000)),
    toldMs,
  };
  const delayMs = drawWait(failure, wait, isTooLong ? Number.POSITIVE_INFINITY : longestMs, options);
  if (delayMs === undefined) return undefined;
  return { action: 'retry', delayMs, maxAttempts: Math.ceil(attempts), ...(isTooLong ? { isParked: true } : {}) };
}

/** Wait in the queue: 1 min, doubling to 10 min, full jitter; or as told. */
function park(failure: FailureContext, options: StandardStrategyOptions): RecoveryDecision | undefined {
  if (!canPark(failure, options)) return undefined;
  const wait = {
    attempt: failure.parkedRetries + 1,
    baseMs: options.parkBaseMs ?? 60_000,
    capMs: options.parkCapMs ?? 600_000,
    toldMs: failure.error.retryAfterMs,
  };
  const delayMs = drawWait(failure, wait, Number.POSITIVE_INFINITY, options);
  if (delayMs === undefined) return undefined;
  const left = (options.parkedRetries ?? PARKED_MAX) - failure.parkedRetries;
  return { action: 'retry', delayMs, isParked: true, maxAttempts: failure.attempt + left };
}

function canPark(failure: FailureContext, { parkedRetries = PARKED_MAX }: StandardStrategyOptions): boolean {
  return failure.canPark && failure.parkedRetries < parkedRetries;
}

/**
 * Draws a wait that is no longer than allowed and ends before the deadline; `undefined` where there is none. Chance
 * never says whether there is one: what it draws beyond a bound is cut to it.
 */
function drawWait(
  failure: FailureContext,
  wait: Omit<BackoffOptions, 'random'>,
  longestMs: number,
  { random = Math.random }: StandardStrategyOptions,
): number | undefined {
  const { deadlineInMs = Number.POSITIVE_INFINITY } = failure;
  const isTold = wait.toldMs !== undefined && wait.toldMs > 0;
  const leastMs = isTold ? Math.ceil(wait.toldMs ?? 0) : 0;
  if (leastMs >= deadlineInMs) return undefined;
  const mostMs = Math.max(leastMs, Math.min(longestMs, Math.ceil(deadlineInMs) - 1));
  return Math.min(mostMs, backoffDelay({ ...wait, random }));
}

function decideFallback(failure: FailureContext): RecoveryDecision | undefined {
  const target = failure.fallbacks[0];
  if (target !== undefined) return { action: 'fallback', target };
  return failure.declaredResult === undefined ? undefined : { action: 'fallback', result: failure.declaredResult };
}

function decideSkip(failure: FailureContext, entry: Options): RecoveryDecision | undefined {
  if (isUsedUp(failure, entry)) return undefined;
  const { step } = failure;
  const keepsAnswer = entry['keepAnswer'] === true;
  const mayBeLeftOut = step.isOptional === true || (step.kind === 'tool-call' && entry['onlyOptional'] !== true);
  if (!keepsAnswer && !mayBeLeftOut) return undefined;
  return {
    action: 'skip',
    note: typeof entry['note'] === 'string' ? entry['note'] : skipNote(failure),
    ...(failure.declaredResult === undefined || keepsAnswer ? {} : { result: failure.declaredResult }),
    ...(keepsAnswer ? { keepsAnswer: true } : {}),
  };
}

/** What the model is told about a tool call that gave nothing. */
function skipNote({ error, step }: FailureContext): string {
  const subject = step.kind === 'tool-call' ? `Tool "${step.name}"` : `"${step.name}"`;
  const advice = error.advice === undefined ? '' : ` ${error.advice}`;
  return `${subject} gave no result: ${error.category} ${error.code}. ${error.message}${advice}`;
}

function decideEscalate(failure: FailureContext, entry: Options): RecoveryDecision | undefined {
  if (!failure.canEscalate || isUsedUp(failure, entry)) return undefined;
  return { action: 'escalate', reason: `${failure.error.code}: ${failure.error.message}` };
}

const RESET_SCOPES: readonly unknown[] = [
  'context',
  'request',
  'transcript',
  'instructions',
  'connection',
  'component',
] satisfies readonly ResetScope[];

/** Resets after which the model is asked again, and no call is repeated. */
const ASKS_AGAIN: readonly ResetScope[] = ['context', 'transcript', 'instructions'];

/** The attempt that a reset gives is a repeat: a tool call that may have taken effect gets none. */
function decideReset(failure: FailureContext, entry: Options): RecoveryDecision | undefined {
  if (isUsedUp(failure, entry)) return undefined;
  const scope = RESET_SCOPES.includes(entry['scope']) ? (entry['scope'] as ResetScope) : 'component';
  const isRepeat = failure.step.kind === 'tool-call' && !ASKS_AGAIN.includes(scope);
  if (isRepeat && !failure.error.isReplaySafe) return undefined;
  const hint = typeof entry['hint'] === 'string' ? entry['hint'] : hintOf(failure);
  return { action: 'reset', scope, ...(scope === 'instructions' || scope === 'request' ? { hint } : {}) };
}

function hintOf({ error }: FailureContext): string {
  const issues = error.details?.['issues'];
  const told = Array.isArray(issues) ? ` ${issues.slice(0, 5).map(String).join('; ')}` : '';
  return `${error.message}${told}`;
}

function decideTerminate(failure: FailureContext, entry: Options): RecoveryDecision {
  const scope = entry['scope'] === 'orchestrator' ? 'orchestrator' : 'task';
  return { action: 'terminate', scope, reason: `${failure.error.code}: ${failure.error.message}` };
}

function isUsedUp(failure: FailureContext, entry: Options): boolean {
  return (failure.usedHere ?? 0) >= numberOr(entry['times'], 1);
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}
