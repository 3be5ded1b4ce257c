import type { ClassifyContext } from './classify-context.js';
import { systemClock, type Clock } from './clock.js';
import type { HandledDecision } from './decide-recovery.js';
import type { ErrorHandler } from './error-handler.js';
import type { OrchestratorError } from './orchestrator-error.js';
import type { FailureContext } from './recovery.js';
import type { RetryBudget } from './retry-budget.js';
import type { PlanTable } from './standard-plans.js';

/** Settings of a {@link PlanCursor}: what stays the same over all attempts of one step. */
export interface PlanCursorOptions {
  readonly handler: ErrorHandler;
  readonly step: FailureContext['step'];
  /** Alternative targets, best first; a function where they depend on the failure (a longer window, for example). */
  readonly fallbacks?: readonly string[] | ((error: OrchestratorError) => readonly string[]);
  readonly declaredResult?: unknown;
  /** @default false */ readonly canPark?: boolean;
  /** @default false */ readonly canEscalate?: boolean;
  /** Deadline of the task on the wall clock, milliseconds since the epoch. */ readonly deadlineAt?: number;
  /** @default the system clock */ readonly clock?: Clock;
  /** Retry budget of the present target. */
  readonly budget?: RetryBudget | ((target: string | undefined) => RetryBudget | undefined);
  /** Plans of this agent, tool or task. */ readonly plans?: PlanTable;
  /** Failures in a row of this tool before this step. @default 0 */ readonly failuresInRow?: number;
  /** Parked retries of the task before this step. @default 0 */ readonly parkedRetries?: number;
  /** Who is concerned. */
  readonly ids?: Pick<FailureContext, 'taskId' | 'runId' | 'agentId' | 'parentTaskId'>;
  /** Where an earlier delivery of the same step stopped, from {@link PlanCursor.toJSON}. */
  readonly state?: PlanCursorState;
}

/** One attempt that failed. */
export interface FailedAttempt {
  /** Absent for the first target. */ readonly target?: string;
  readonly code: string;
  /** What was decided about it. */ readonly strategy: string;
  /** Wait before the next attempt, in milliseconds. */ readonly delayMs?: number;
}

/** Where a {@link PlanCursor} stands, as plain data: what a parked task stores. */
export interface PlanCursorState {
  readonly attempt: number;
  readonly totalAttempts: number;
  readonly parkedRetries: number;
  readonly target?: string;
  readonly tried: readonly string[];
  readonly used: { readonly [plan: string]: readonly number[] };
  readonly isAfterPark: boolean;
  readonly attempts: readonly FailedAttempt[];
}

/** Failed attempts kept for the final error. */
const ATTEMPTS_KEPT = 24;

/**
 * Goes through the recovery of one step: keeps what was tried, so that a runner asks `fail` after each failed attempt
 * and acts on the answer, and `succeed` at the end. One cursor per step; not to be shared.
 */
export class PlanCursor {
  readonly #options: PlanCursorOptions;
  readonly #clock: Clock;
  readonly #used = new Map<string, number[]>();
  readonly #tried: Set<string>;
  readonly #attempts: FailedAttempt[];
  #attempt: number;
  #totalAttempts: number;
  #parkedRetries: number;
  #target: string | undefined;
  #isAfterPark: boolean;
  /** Strategy whose attempt is under way. */ #pending: string | undefined;

  constructor(options: PlanCursorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { state } = options;
    for (const [plan, used] of Object.entries(state?.used ?? {})) this.#used.set(plan, [...used]);
    this.#tried = new Set(state?.tried);
    this.#attempts = [...(state?.attempts ?? [])];
    this.#attempt = state?.attempt ?? 0;
    this.#totalAttempts = state?.totalAttempts ?? 0;
    this.#parkedRetries = state?.parkedRetries ?? options.parkedRetries ?? 0;
    this.#target = state?.target;
    this.#isAfterPark = state?.isAfterPark ?? false;
  }

  /** Target of the next attempt; `undefined` is the first one. */
  get target(): string | undefined {
    return this.#target;
  }

  /** Attempts that failed, the first first. */
  get attempts(): readonly FailedAttempt[] {
    return this.#attempts;
  }

  /** Attempts at the present target so far. */
  get attemptsHere(): number {
    return this.#attempt;
  }

  /** Parked retries of the task so far. */
  get parkedRetries(): number {
    return this.#parkedRetries;
  }

  /**
   * An attempt failed: names the failure, counts it and decides.
   *
   * @param thrown - What was thrown.
   */
  fail(
    thrown: unknown,
    context: ClassifyContext = {},
  ): { readonly error: OrchestratorError; readonly decision: HandledDecision } {
    const { handler, plans } = this.#options;
    this.#countAttempt();
    const error = handler.classify(thrown, context);
    const more = plans === undefined ? context : { ...context, plans };
    const decision = handler.handleFailure(this.#failure(error), more);
    this.#note(error, decision);
    return { error, decision };
  }

  /** The step ended well. */
  succeed(): void {
    this.#settlePending(true);
    this.#budget()?.succeed();
  }

  /** The error to end with: it tells every attempt, and is at least as severe as the decision says. */
  finalError(error: OrchestratorError, decision: HandledDecision): OrchestratorError {
    const attempts = this.#attempts.map((attempt) => ({ ...attempt }));
    return error.with({ severity: decision.severity, details: { ...error.details, attempts } });
  }

  /** Where it stands, for a task that is parked; give it back as `state`. */
  toJSON(): PlanCursorState {
    return {
      attempt: this.#attempt,
      totalAttempts: this.#totalAttempts,
      parkedRetries: this.#parkedRetries,
      ...(this.#target === undefined ? {} : { target: this.#target }),
      tried: [...this.#tried],
      used: Object.fromEntries([...this.#used].map(([plan, used]) => [plan, Array.from(used, (count) => count ?? 0)])),
      isAfterPark: this.#isAfterPark,
      attempts: [...this.#attempts],
    };
  }

  /** The attempt after a parked wait is not one in place. */
  #countAttempt(): void {
    this.#settlePending(false);
    this.#attempt += 1;
    if (!this.#isAfterPark) this.#totalAttempts += 1;
    this.#isAfterPark = false;
  }

  #failure(error: OrchestratorError): FailureContext {
    const { handler, plans, step, declaredResult, deadlineAt, ids } = this.#options;
    const { canPark = false, canEscalate = false } = this.#options;
    const failuresInRow = this.#failuresInRow();
    const plan = handler.planKey({ error, step, failuresInRow }, plans);
    return {
      error,
      step,
      attempt: this.#attempt,
      totalAttempts: this.#totalAttempts,
      used: this.#used.get(plan) ?? [],
      fallbacks: this.#fallbacks(error),
      parkedRetries: this.#parkedRetries,
      canPark,
      canEscalate,
      hasRetryToken: this.#budget()?.has(retryCost(error)) ?? true,
      failuresInRow,
      ...(declaredResult === undefined ? {} : { declaredResult }),
      ...(deadlineAt === undefined ? {} : { deadlineInMs: deadlineAt - this.#clock.now() }),
      ...ids,
    };
  }

  /** This step counts once, however often it is tried. */
  #failuresInRow(): number {
    return (this.#options.failuresInRow ?? 0) + 1;
  }

  #fallbacks(error: OrchestratorError): readonly string[] {
    const { fallbacks = [] } = this.#options;
    const all = typeof fallbacks === 'function' ? fallbacks(error) : fallbacks;
    return all.filter((target) => !this.#tried.has(target) && target !== this.#target);
  }

  #note(error: OrchestratorError, decision: HandledDecision): void {
    const delayMs = decision.action === 'retry' ? decision.delayMs : undefined;
    this.#attempts.push({
      ...(this.#target === undefined ? {} : { target: this.#target }),
      code: error.code,
      strategy: decision.strategy,
      ...(delayMs === undefined ? {} : { delayMs }),
    });
    if (this.#attempts.length > ATTEMPTS_KEPT) this.#attempts.shift();
    if (decision.entry !== undefined) this.#use(decision.plan, decision.entry);
    this.#advance(error, decision);
  }

  #use(plan: string, entry: number): void {
    const used = this.#used.get(plan) ?? [];
    this.#used.set(plan, used);
    while (used.length <= entry) used.push(0);
    used[entry] = (used[entry] ?? 0) + 1;
  }

  #advance(error: OrchestratorError, decision: HandledDecision): void {
    switch (decision.action) {
      case 'retry':
        if (decision.isParked === true) {
          this.#parkedRetries += 1;
          this.#isAfterPark = true;
        } else {
          this.#budget()?.tryTake(retryCost(error));
        }
        this.#pending = decision.strategy;
        return;
      case 'fallback':
        if (!('target' in decision)) return this.#options.handler.recordRecovery(helped(decision.strategy));
        this.#target = decision.target;
        this.#tried.add(decision.target);
        this.#attempt = 0;
        this.#pending = decision.strategy;
        return;
      case 'skip':
        return this.#options.handler.recordRecovery(helped(decision.strategy));
      case 'reset':
      case 'escalate':
        this.#pending = decision.strategy;
        return;
      case 'terminate':
        return;
    }
  }

  #budget(): RetryBudget | undefined {
    const { budget } = this.#options;
    return typeof budget === 'function' ? budget(this.#target) : budget;
  }

  #settlePending(isSuccess: boolean): void {
    if (this.#pending === undefined) return;
    this.#options.handler.recordRecovery({ strategy: this.#pending, isSuccess });
    this.#pending = undefined;
  }
}

/** Tokens that a retry after this failure costs: a timeout has held the other side for long. */
export function retryCost(error: OrchestratorError): number {
  return error.category === 'TIMEOUT_ERROR' ? 2 : 1;
}

function helped(strategy: string): { readonly strategy: string; readonly isSuccess: boolean } {
  return { strategy, isSuccess: true };
}
