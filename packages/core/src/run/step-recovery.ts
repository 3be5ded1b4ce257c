import { optional } from '@master-orchestrator/contracts';
import {
  PlanCursor,
  type Clock,
  type ErrorHandler,
  type HandledDecision,
  type OrchestratorError,
  type PlanCursorState,
  type StepKind,
} from '@master-orchestrator/errors';
import type { ModelGuards } from '../models/model-guards.js';
import type { PlanOwners, RecoveryPlans } from './recovery-plans.js';
import type { RunContext } from './run-context.js';

/** Which step is recovered, and what its plan may use. */
export interface StepRecoveryFacts {
  readonly kind: StepKind;
  /** Model, tool or agent. */ readonly name: string;
  readonly context: RunContext;
  /** The tool, where one is called: it may have plans of its own. */ readonly tool?: PlanOwners['tool'];
  /** Answer declared for the case that nothing helps. */ readonly declaredResult?: unknown;
  /** Where else it could be tried, best first; asked at each failure, with the target that failed. */
  readonly fallbacks?: (error: OrchestratorError, at: string | undefined) => readonly string[];
  /** Key of the retry budget of a target. @default none */ readonly budgetKey?: (target: string | undefined) => string;
  /** Failures in a row of this tool before this step. @default 0 */ readonly failuresInRow?: number;
}

/** Collaborators of every {@link StepRecovery}. */
export interface StepRecoveryParts {
  readonly errors: ErrorHandler;
  readonly guards: ModelGuards;
  readonly plans: RecoveryPlans;
  readonly clock: Clock;
}

/**
 * The recovery of one step: made with the step, at work only from its first failure on. Each failure and each decision
 * becomes an event.
 */
export class StepRecovery {
  readonly #parts: StepRecoveryParts;
  readonly #facts: StepRecoveryFacts;
  #cursor: PlanCursor | undefined;
  /** Where it was tried already: nothing is tried twice. */ #tried: Set<string> | undefined;
  /** Where it failed last. */ #at: string | undefined;

  constructor(parts: StepRecoveryParts, facts: StepRecoveryFacts) {
    this.#parts = parts;
    this.#facts = facts;
  }

  /**
   * Says what to do about a failure, and publishes both.
   *
   * @param target - Where the attempt was made, where routing did not take the first target.
   */
  decide(failure: OrchestratorError, target?: string): HandledDecision {
    if (target !== undefined) (this.#tried ??= new Set()).add(target);
    this.#at = target;
    const { context, name } = this.#facts;
    this.#cursor ??= this.#open();
    const attempt = this.#cursor.attempts.length + 1;
    const { error, decision } = this.#cursor.fail(failure);
    context.told(failure);
    context.noteFailure(error);
    context.parkedRetries = this.#cursor.parkedRetries;
    context.events.tell('error-raise', { error: error.toJSON(), step: name });
    context.events.tell('recovery-decide', {
      code: error.code,
      category: error.category,
      step: name,
      strategy: decision.strategy,
      action: decision.action,
      attempt,
      ...optional({
        maxAttempts: decision.action === 'retry' ? this.#maxAttempts(attempt, decision.maxAttempts) : undefined,
        delayMs: decision.action === 'retry' ? decision.delayMs : undefined,
        target: decision.action === 'fallback' && 'target' in decision ? decision.target : undefined,
        scope: decision.action === 'reset' || decision.action === 'terminate' ? decision.scope : undefined,
      }),
    });
    return decision;
  }

  /** The attempts of a strategy count at one target, those of an event over all of them. */
  #maxAttempts(attempt: number, here: number | undefined): number | undefined {
    return here === undefined || this.#cursor === undefined ? undefined : attempt - this.#cursor.attemptsHere + here;
  }

  /** The error to end with: it tells every attempt. */
  finalError(error: OrchestratorError, decision: HandledDecision): OrchestratorError {
    return this.#cursor?.finalError(error, decision) ?? error;
  }

  /** The step ended well at a target. */
  succeed(target?: string): void {
    if (this.#cursor !== undefined) this.#cursor.succeed();
    else if (this.#facts.budgetKey !== undefined)
      this.#parts.guards.retryBudget(this.#facts.budgetKey(target)).succeed();
  }

  /** Where it stands, for the journal; absent while nothing has failed. */
  get state(): PlanCursorState | undefined {
    return this.#cursor?.toJSON();
  }

  /** Goes on where the journal says that an earlier delivery stopped. */
  restore(state: PlanCursorState | undefined): void {
    if (this.#cursor !== undefined || state === undefined) return;
    this.#tried = new Set([...(this.#tried ?? []), ...state.tried]);
    this.#cursor = this.#open(state);
  }

  #open(state?: PlanCursorState): PlanCursor {
    const { kind, name, context, tool, declaredResult, fallbacks, budgetKey, failuresInRow } = this.#facts;
    const { errors, guards, plans, clock } = this.#parts;
    const { task, services, active } = context;
    const { parentTaskId } = task.record;
    return new PlanCursor({
      handler: errors,
      step: { kind, name },
      clock,
      // A call beside others cannot be parked alone: its wait would hold them up, or be forgotten.
      canPark: services.settings.canPark && kind !== 'tool-call',
      canEscalate: parentTaskId !== undefined || services.settings.canAskPeople,
      parkedRetries: context.parkedRetries,
      ids: { taskId: task.record.id, runId: context.runId, agentId: active.agent.id, ...optional({ parentTaskId }) },
      ...optional({
        declaredResult,
        fallbacks:
          fallbacks === undefined
            ? undefined
            : (error: OrchestratorError) =>
                fallbacks(error, this.#at).filter((each) => this.#tried?.has(each) !== true),
        failuresInRow,
        deadlineAt: task.deadline,
        plans: plans.for({ agent: active.agent.definition, tool, task: task.record }),
        budget:
          budgetKey === undefined ? undefined : (target: string | undefined) => guards.retryBudget(budgetKey(target)),
        state,
      }),
    });
  }
}
