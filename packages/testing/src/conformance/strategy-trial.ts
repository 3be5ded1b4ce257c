import { isDeepStrictEqual } from 'node:util';
import type { FailureContext, RecoveryDecision, RecoveryStrategy } from '@master-orchestrator/errors';
import * as fc from 'fast-check';
import { z } from 'zod';
import { show } from './check.js';
import { failureArbitrary } from './failure-arbitrary.js';

type Settings = Readonly<Record<string, unknown>>;

/** Longest single decision, in milliseconds. A decision takes microseconds; garbage collection may take some more. */
const SLOW_MS = 250;
/** Decisions after which a strategy alone must have come to an end: 12 in place, 10 parked, and resets between them. */
const LAST_DECISION = 60;

const decisionSchema = z.union([
  z.strictObject({
    action: z.literal('retry'),
    delayMs: z.number().min(0),
    isParked: z.boolean().optional(),
    maxAttempts: z.int().optional(),
  }),
  z.strictObject({ action: z.literal('fallback'), target: z.string().min(1) }),
  z.strictObject({ action: z.literal('fallback'), result: z.unknown() }),
  z.strictObject({
    action: z.literal('skip'),
    note: z.string().min(1),
    result: z.unknown().optional(),
    keepsAnswer: z.boolean().optional(),
  }),
  z.strictObject({ action: z.literal('escalate'), reason: z.string().min(1) }),
  z.strictObject({
    action: z.literal('reset'),
    scope: z.enum(['context', 'request', 'transcript', 'instructions', 'connection', 'component']),
    hint: z.string().optional(),
  }),
  z.strictObject({
    action: z.literal('terminate'),
    scope: z.enum(['task', 'orchestrator']),
    reason: z.string().min(1),
  }),
]);

/** Values that configuration may hold where a strategy expects a number, a list or a text. */
const ODD_SETTINGS: readonly unknown[] = ['six', -1, 0, NaN, 1e9, null, [], {}, true, [1, 'two'], '\0'];

/** Asks one strategy about many failures. */
export class StrategyTrial {
  readonly #strategy: RecoveryStrategy;
  readonly #settings: readonly Settings[];
  readonly #failures: readonly FailureContext[];

  constructor(strategy: RecoveryStrategy, settings: readonly Settings[], runs: number, seed: number) {
    this.#strategy = strategy;
    this.#settings = settings;
    this.#failures = fc.sample(failureArbitrary(), { numRuns: runs, seed });
  }

  answersAll(): void {
    this.#each((failure, settings) => void this.#decide(failure, settings));
  }

  bearsOddSettings(): void {
    const names = [
      ...new Set([...this.#settings.flatMap(Object.keys), 'attempts', 'times', 'targets', 'reason', 'scope']),
    ];
    for (const [index, failure] of this.#failures.slice(0, 200).entries()) {
      const odd = Object.fromEntries(
        names.map((name, position) => [name, ODD_SETTINGS[(index + position) % ODD_SETTINGS.length]]),
      );
      this.#decide(failure, odd);
    }
  }

  isPure(): void {
    this.#each((failure, settings) => {
      const before = snapshot(failure);
      const first = this.#decide(frozen(failure), frozen(settings));
      if (!isDeepStrictEqual(snapshot(failure), before)) throw new Error(`It changed the failure ${show(before)}.`);
      const second = this.#decide(failure, settings);
      if (!isDeepStrictEqual(withoutDelay(first), withoutDelay(second))) {
        throw new Error(`About ${describe(failure)} it decided ${show(first)}, then ${show(second)}.`);
      }
    });
  }

  isQuick(): void {
    this.#each((failure, settings) => {
      const startedAt = performance.now();
      this.#decide(failure, settings);
      const tookMs = performance.now() - startedAt;
      if (tookMs > SLOW_MS) throw new Error(`It took ${Math.round(tookMs)} ms to decide about ${describe(failure)}.`);
    });
  }

  keepsBounds(): void {
    this.#each((failure, settings) => {
      const decision = this.#decide(failure, settings);
      const problem = decision === undefined ? undefined : outOfBounds(decision, failure);
      if (problem !== undefined)
        throw new Error(`About ${describe(failure)} it decided ${show(decision)}: ${problem}.`);
    });
  }

  ends(): void {
    this.#each((failure, settings) => {
      const start = { attempt: 1, totalAttempts: 1, used: [0], usedHere: 0, parkedRetries: 0 };
      let asked: FailureContext = { ...failure, ...start };
      for (let count = 0; count < LAST_DECISION; count += 1) {
        const decision = this.#decide(asked, settings);
        const next = decision === undefined ? undefined : afterwards(asked, decision);
        if (next === undefined) return;
        asked = next;
      }
      throw new Error(`It had not ended after ${LAST_DECISION} decisions about ${describe(failure)}.`);
    });
  }

  #each(look: (failure: FailureContext, settings: Settings) => void): void {
    for (const settings of this.#settings) for (const failure of this.#failures) look(failure, settings);
  }

  #decide(failure: FailureContext, settings: Settings): RecoveryDecision | undefined {
    let decision: unknown;
    try {
      decision = this.#strategy.decide(failure, settings);
    } catch (error) {
      throw new Error(`decide() threw ${show(error)} about ${describe(failure)} with ${show(settings)}.`, {
        cause: error,
      });
    }
    if (decision === undefined) return undefined;
    const parsed = decisionSchema.safeParse(decision);
    if (parsed.success) return decision as RecoveryDecision;
    const kind = decision instanceof Promise ? 'a promise' : show(decision);
    throw new Error(`About ${describe(failure)} with ${show(settings)} it gave ${kind}, which is no decision.`);
  }
}

/** Says which bound of the failure a decision breaks. */
function outOfBounds(decision: RecoveryDecision, failure: FailureContext): string | undefined {
  if (decision.action === 'fallback' && 'target' in decision && !failure.fallbacks.includes(decision.target)) {
    return 'the target is not among the fallbacks';
  }
  if (decision.action === 'escalate' && !failure.canEscalate) return 'nobody can answer';
  return decision.action === 'retry' ? outOfRetryBounds(decision, failure) : undefined;
}

function outOfRetryBounds(
  decision: Extract<RecoveryDecision, { action: 'retry' }>,
  { error, attempt, canPark, hasRetryToken, deadlineInMs }: FailureContext,
): string | undefined {
  if (!error.isRetryable) return 'the error is not retryable';
  if (!error.isReplaySafe) return 'the step may have had its effect';
  if (decision.isParked === true && !canPark) return 'the task cannot be parked';
  if (decision.isParked !== true && !hasRetryToken) return 'the retry budget is spent';
  if (decision.maxAttempts !== undefined && decision.maxAttempts <= attempt) return 'by maxAttempts no attempt is left';
  if (deadlineInMs !== undefined && decision.delayMs >= deadlineInMs) return 'the wait ends past the deadline';
  return undefined;
}

/** The failure as it would be asked about next if all goes wrong again; `undefined` where the decision is the end. */
function afterwards(failure: FailureContext, decision: RecoveryDecision): FailureContext | undefined {
  const usedHere = (failure.usedHere ?? 0) + 1;
  const used = [usedHere, ...failure.used.slice(1)];
  const totalAttempts = failure.totalAttempts + 1;
  const counted = { ...failure, used, usedHere, totalAttempts };
  if (decision.action === 'retry') {
    const parkedRetries = failure.parkedRetries + (decision.isParked === true ? 1 : 0);
    return { ...counted, parkedRetries, attempt: failure.attempt + 1 };
  }
  if (decision.action === 'reset') return { ...counted, attempt: failure.attempt + 1 };
  if (decision.action === 'fallback' && 'target' in decision) {
    const fallbacks = failure.fallbacks.filter((name) => name !== decision.target);
    return { ...counted, fallbacks, attempt: 1 };
  }
  return undefined;
}

function withoutDelay(decision: RecoveryDecision | undefined): unknown {
  if (decision?.action !== 'retry') return decision;
  const { delayMs: _drawn, ...rest } = decision;
  return rest;
}

/** The failure as plain data; an error compares by its fields. */
function snapshot(failure: FailureContext): unknown {
  const { error, ...rest } = failure;
  return structuredClone({ ...rest, error: Object.assign({}, error, { message: error.message }) });
}

/** A copy that throws where somebody writes to it. */
function frozen<T extends object>(value: T): T {
  const copy = Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      Array.isArray(child) ? Object.freeze([...(child as unknown[])]) : child,
    ]),
  );
  return Object.freeze(copy) as T;
}

function describe({ error, step, attempt, hasRetryToken, canPark, deadlineInMs }: FailureContext): string {
  const { code, isRetryable, isReplaySafe, retryAfterMs } = error;
  return show({
    code,
    isRetryable,
    isReplaySafe,
    retryAfterMs,
    step: step.kind,
    attempt,
    hasRetryToken,
    canPark,
    deadlineInMs,
  });
}
