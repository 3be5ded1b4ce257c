import { addUsage, NO_USAGE, type AgentId, type BudgetLimits, type ModelUsage } from '@master-orchestrator/contracts';
import type { SerializedError } from '@master-orchestrator/errors';
import type { PlanTask } from './plan.js';

/** A task of a plan with what became of it. */
export interface ExecutedTask extends PlanTask {
  readonly status: 'waiting' | 'running' | 'completed' | 'failed' | 'skipped';
  /** Agent that did it. */ readonly agentId?: string;
  readonly agentName?: string;
  /** Task of the orchestrator. */ readonly taskId?: string;
  readonly text?: string;
  readonly error?: SerializedError;
  readonly usage?: ModelUsage;
  /** US dollars; absent where a price is unknown. */ readonly costUsd?: number;
  readonly durationMs?: number;
  /** True for an agent that was made from a template for this task. */ readonly isMadeForGoal?: boolean;
}

/** What came of a goal. */
export interface GoalResult {
  readonly goalId: string;
  readonly goal: string;
  /** `partial`: some tasks failed and could not be replanned; the answer says which. */
  readonly status: 'completed' | 'partial';
  /** The answer. */ readonly text: string;
  /** The plan as executed, replanned tasks included, in the order in which they were planned. */
  readonly tasks: readonly ExecutedTask[];
  /** How often the plan was changed after a failure. */ readonly replans: number;
  readonly usage: ModelUsage;
  /** US dollars; absent where a price is unknown. */ readonly costUsd?: number;
  readonly createdAgents: readonly { readonly id: AgentId; readonly template: string }[];
}

/** What `achieve` takes beside the goal. */
export interface AchieveOptions {
  /**
   * Names the goal, 1 to 128 characters. On a durable engine a goal that is achieved again under the same name, also by
   * another process after a crash, goes on where it stopped: plans and results that are there are used, nothing that is
   * done is done again. @default a new name
   */
  readonly goalId?: string;
  /** Cancels the goal and every task of it. */ readonly signal?: AbortSignal;
  /** For the whole goal: planning, tasks and answer. */ readonly budget?: BudgetLimits;
  /**
   * Facts for the tools and hooks of every task of the goal, as `createTask` takes them. No model is told, that of the
   * master included: what an agent must say or know belongs into the goal.
   */
  readonly userContext?: unknown;
  /** Sees the plan before it runs; false refuses it. */
  readonly approvePlan?: (tasks: readonly PlanTask[]) => boolean | Promise<boolean>;
  /** Hears of each change of the plan's state. */ readonly onProgress?: (tasks: readonly ExecutedTask[]) => void;
}

/** Sums what several steps used; the cost is unknown as soon as one is. */
export class Tally {
  usage: ModelUsage = NO_USAGE;
  costUsd: number | undefined = 0;

  add(usage: ModelUsage, costUsd: number | undefined): void {
    this.usage = addUsage(this.usage, usage);
    this.costUsd = this.costUsd === undefined || costUsd === undefined ? undefined : this.costUsd + costUsd;
  }
}
