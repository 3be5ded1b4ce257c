import type { BreakerRegistry } from './breaker-registry.js';
import { classify } from './classify.js';
import type { ClassifyContext } from './classify-context.js';
import { isCancelled } from './cancelled-error.js';
import { systemClock, type Clock, type Random } from './clock.js';
import { decideRecovery, type HandledDecision } from './decide-recovery.js';
import { ErrorCounter, type ErrorStatistics } from './error-statistics.js';
import { tell } from './internal/guard.js';
import type { OrchestratorError } from './orchestrator-error.js';
import type { ErrorRule, FailureContext, RecoveryPlan, RecoveryStrategy } from './recovery.js';
import type { RecoveryLimits } from './recovery-limits.js';
import { findPlan, mergePlans, STANDARD_PLANS, type PlanTable } from './standard-plans.js';
import { createStandardStrategies } from './standard-strategies.js';
import { Emitter, type Subscribable } from './subscribable.js';
import { createToken } from './token.js';

/** Settings of an {@link ErrorHandler}. */
export interface ErrorHandlerOptions {
  /** @default the system clock */ readonly clock?: Clock;
  /** Chance of the standard strategies. @default Math.random */ readonly random?: Random;
  /** Strategies by which plans may be made up; the last of a name wins. @default the six standard ones */
  readonly strategies?: readonly RecoveryStrategy[];
  /** Plans by key; they replace the standard ones of the same key. */ readonly plans?: PlanTable;
  /** Rows of the classification that are asked before the built-in ones; their plans apply to their codes. */
  readonly rules?: readonly ErrorRule[];
  /** Bounds that hold whatever plans and strategies say. */ readonly limits?: RecoveryLimits;
  /** Breakers whose state the statistics tell. */ readonly breakers?: BreakerRegistry;
  /** Hears of every failure and every decision. */ readonly onEvent?: (event: ErrorHandlerEvent) => void;
}

/** What is known about a failure besides the failure itself. What is left out is taken as the least. */
export type ErrorContext = Partial<Omit<FailureContext, 'error'>> &
  ClassifyContext & {
    /** Plans of this agent, tool or task; they replace the handler's of the same key. */ readonly plans?: PlanTable;
  };

/** A failure with a name, and what is to be done about it where that was asked. */
export interface HandledError {
  readonly error: OrchestratorError;
  readonly decision?: HandledDecision;
}

/** A failure as `errors$` tells it. */
export interface ErrorReport extends HandledError {
  /** Wall clock, milliseconds since the epoch. */ readonly at: number;
  readonly context: ErrorContext;
}

/** What an {@link ErrorHandler} tells. */
export type ErrorHandlerEvent =
  | { readonly type: 'error-raise'; readonly report: ErrorReport }
  | { readonly type: 'recovery-decide'; readonly failure: FailureContext; readonly decision: HandledDecision };

/** Token of the error handler a composition root hands out. */
export const ERROR_HANDLER = createToken<ErrorHandler>('errors.ErrorHandler');

/**
 * Names failures, counts them, and decides what to do about them: classify, plan of the code or category, strategies in
 * order, a decision as data. It does nothing itself; whoever runs the step acts.
 */
export class ErrorHandler {
  readonly #clock: Clock;
  readonly #strategies: ReadonlyMap<string, RecoveryStrategy>;
  readonly #plans: PlanTable;
  readonly #merged = new WeakMap<PlanTable, PlanTable>();
  readonly #rules: readonly ErrorRule[];
  readonly #limits: RecoveryLimits;
  readonly #breakers: BreakerRegistry | undefined;
  readonly #onEvent: ((event: ErrorHandlerEvent) => void) | undefined;
  readonly #counter = new ErrorCounter();
  readonly #errors = new Emitter<ErrorReport>();
  /** Every failure handed to {@link ErrorHandler.handleError}; cancellations are none. RxJS: `from(handler.errors$)`. */
  readonly errors$: Subscribable<ErrorReport> = this.#errors.stream;

  constructor(options: ErrorHandlerOptions = {}) {
    const random = options.random ?? Math.random;
    const strategies = options.strategies ?? createStandardStrategies({ random });
    this.#clock = options.clock ?? systemClock;
    this.#strategies = new Map(strategies.map((strategy) => [strategy.name, strategy]));
    this.#plans = mergePlans(STANDARD_PLANS, plansOf(options.rules ?? []), options.plans);
    this.#rules = options.rules ?? [];
    this.#limits = options.limits ?? {};
    this.#breakers = options.breakers;
    this.#onEvent = options.onEvent;
  }

  /** Names of the strategies that plans may name. */
  get strategies(): readonly string[] {
    return [...this.#strategies.keys()];
  }

  /** Rows that are asked before the built-in ones. */
  get rules(): readonly ErrorRule[] {
    return this.#rules;
  }

  /** Names a failure with the rules of this handler. See `classify`. */
  classify(value: unknown, context: ClassifyContext = {}): OrchestratorError {
    const rules = context.rules === undefined ? this.#rules : [...context.rules, ...this.#rules];
    return classify(value, { clock: this.#clock, ...context, rules });
  }

  /**
   * Decides about a failure.
   *
   * @param plans - Plans of this agent, tool or task; they replace the handler's of the same key.
   */
  decide(failure: FailureContext, plans?: PlanTable): HandledDecision {
    const decision = this.#decide(failure, plans);
    tell(this.#onEvent, { type: 'recovery-decide', failure, decision });
    return decision;
  }

  /** Key of the plan that applies to a failure: what its used entries are counted under. */
  planKey(failure: Pick<FailureContext, 'error' | 'step' | 'failuresInRow'>, plans?: PlanTable): string {
    return findPlan(this.#tableWith(plans), failure).key;
  }

  /**
   * Names and counts a failure and, with `autoRecover`, decides about it.
   *
   * @param value - What was thrown.
   */
  handleError(value: unknown, context: ErrorContext = {}, options: { autoRecover?: boolean } = {}): HandledError {
    const error = this.classify(value, context);
    const failure = failureOf(error, context);
    const decision = options.autoRecover === true ? this.#decide(failure, context.plans) : undefined;
    this.#report(decision === undefined ? { error } : { error, decision }, context, failure);
    if (decision === undefined) return { error };
    tell(this.#onEvent, { type: 'recovery-decide', failure, decision });
    return { error, decision };
  }

  /**
   * Counts a failure that has its name already, and decides about it. What a runner asks that keeps the whole
   * {@link FailureContext} itself, as `PlanCursor` does.
   *
   * @param context - What else is known, for those who listen; its `plans` replace the handler's of the same key.
   */
  handleFailure(failure: FailureContext, context: ErrorContext = {}): HandledDecision {
    const { error } = failure;
    const decision = this.#decide(failure, context.plans);
    this.#report({ error, decision }, { ...context, ...failure }, failure);
    tell(this.#onEvent, { type: 'recovery-decide', failure, decision });
    return decision;
  }

  /** Tells whether a strategy helped: the step that went on after it ended well or failed again. */
  recordRecovery(recovery: { readonly strategy: string; readonly isSuccess: boolean }): void {
    this.#counter.recordRecovery(recovery.strategy, recovery.isSuccess);
  }

  /** What was counted so far. */
  getErrorStatistics(): ErrorStatistics {
    return this.#counter.statistics(this.#clock.monotonic(), this.#breakers?.openKeys() ?? []);
  }

  /** Ends `errors$`. */
  close(): void {
    this.#errors.complete();
  }

  #decide(failure: FailureContext, plans: PlanTable | undefined): HandledDecision {
    return decideRecovery(failure, findPlan(this.#tableWith(plans), failure), this.#strategies, this.#limits);
  }

  /** The same object of plans, for example an agent's, is laid over the handler's once. */
  #tableWith(plans: PlanTable | undefined): PlanTable {
    if (plans === undefined) return this.#plans;
    const known = this.#merged.get(plans);
    if (known !== undefined) return known;
    const merged = mergePlans(this.#plans, plans);
    this.#merged.set(plans, merged);
    return merged;
  }

  #report(handled: HandledError, context: ErrorContext, failure: FailureContext): void {
    if (isCancelled(handled.error)) return;
    const toolName = context.toolName ?? (failure.step.kind === 'tool-call' ? failure.step.name : undefined);
    this.#counter.count(handled.error, { agentId: context.agentId, toolName }, this.#clock.monotonic());
    if (!this.#errors.isObserved && this.#onEvent === undefined) return;
    const report: ErrorReport = { ...handled, at: this.#clock.now(), context };
    tell(this.#onEvent, { type: 'error-raise', report });
    this.#errors.next(report);
  }
}

function plansOf(rules: readonly ErrorRule[]): PlanTable {
  const plans: Record<string, RecoveryPlan> = {};
  for (const rule of rules) if (rule.plan !== undefined) plans[rule.code] ??= rule.plan;
  return plans;
}

/** What a failure may know of its context; the rest of an {@link ErrorContext} is for naming it. */
const FAILURE_KEYS = [
  'step',
  'totalAttempts',
  'used',
  'fallbacks',
  'declaredResult',
  'parkedRetries',
  'canPark',
  'canEscalate',
  'deadlineInMs',
  'hasRetryToken',
  'taskId',
  'runId',
  'agentId',
  'parentTaskId',
  'usedHere',
  'failuresInRow',
] as const satisfies readonly (keyof FailureContext)[];

function failureOf(error: OrchestratorError, context: ErrorContext): FailureContext {
  const attempt = context.attempt ?? 1;
  const known: Partial<Record<keyof FailureContext, unknown>> = {};
  for (const key of FAILURE_KEYS) if (context[key] !== undefined) known[key] = context[key];
  return {
    step: { kind: 'task', name: context.toolName ?? 'task' },
    totalAttempts: attempt,
    used: [],
    fallbacks: [],
    parkedRetries: 0,
    canPark: false,
    canEscalate: false,
    hasRetryToken: true,
    ...(known as Partial<FailureContext>),
    attempt,
    error,
  };
}
