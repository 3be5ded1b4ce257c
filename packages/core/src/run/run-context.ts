import type {
  HandoffDefinition,
  Logger,
  ModelToolSpec,
  ParkReason,
  StepPolicy,
  StepScope,
  TaskRun,
} from '@master-orchestrator/contracts';
import type { Clock, ErrorHandler, Json, OrchestratorError, SerializedError } from '@master-orchestrator/errors';
import type { ToolRegistry } from '@master-orchestrator/tools';
import type { AgentBook, AgentRevision } from '../agents/agent-book.js';
import type { BudgetLedger } from '../budgets/budget-ledger.js';
import type { WallWatch } from '../budgets/wall-watch.js';
import type { TaskEvents } from '../events/task-events.js';
import type { ModelGateway } from '../models/model-gateway.js';
import type { ModelRegistry, ModelTarget } from '../models/model-registry.js';
import type { LiveTask } from '../tasks/task-book.js';
import type { WorkDesks } from '../tasks/work-desks.js';
import type { AlertGate } from './alert-gate.js';
import type { BackgroundChild } from './child-tasks.js';
import { delegationTools, type DelegationTool } from './delegation.js';
import type { RunClock } from './run-clock.js';
import type { StepRecovery, StepRecoveryFacts } from './step-recovery.js';
import type { Transcript } from './transcript.js';
import { userContextFor } from './user-context.js';

/** Settings of runs, from the configuration. */
export interface RunSettings {
  /** Model calls of a run. */ readonly turns: number;
  /** Tool calls of a turn at once. */ readonly parallelToolCalls: number;
  /** One turn, its tools included, in milliseconds; absent: no limit. */ readonly turnTimeoutMs?: number;
  /** How often work may be handed on below a task. */ readonly delegationDepth: number;
  /** Equal turns in a row that count as a loop. */ readonly repeatsBeforeLoop: number;
  /** Running time of a task, in milliseconds. */ readonly taskTimeoutMs: number;
  /** True: a failed step may wait in the queue and be tried again. */ readonly canPark: boolean;
  /** True: somebody answers escalations. */ readonly canAskPeople: boolean;
  readonly approvals: {
    /** How long a question waits, in milliseconds. Absent: for ever. */ readonly expiryMs?: number;
    /** The answer where nobody gave one in time. */ readonly onExpiry: 'approve' | 'deny';
  };
}

/** Submits a child task and tells how children ended. */
export interface Children {
  /** The stored record and engine spec of a child, made once under the given id. */
  prepare(
    parent: LiveTask,
    id: string,
    agent: AgentRevision,
    description: string,
  ): Promise<import('@master-orchestrator/contracts').TaskSpec>;
  /** Cancels a child that is not wanted any more. */
  cancelChild(id: string, reason: string): Promise<void>;
  /** What a child has used, where this process knows it. */
  spendingOf(id: string): LiveTask['spending'] | undefined;
}

/** What every run needs. */
export interface RunServices {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly agents: AgentBook;
  /** A revision this process does not have yet, from the store. */
  findRevision(id: string, revision: number): Promise<AgentRevision | undefined>;
  readonly models: ModelRegistry;
  readonly gateway: ModelGateway;
  readonly tools: ToolRegistry;
  readonly errors: ErrorHandler;
  readonly budgets: BudgetLedger;
  readonly desks: WorkDesks;
  readonly children: Children;
  readonly settings: RunSettings;
  readonly alerts: AlertGate;
  /** A failure that concerns the whole orchestrator: it must stop in order. */
  onFatal(error: OrchestratorError): void;
  /** Makes the recovery of one step. */ recovery(facts: StepRecoveryFacts): StepRecovery;
}

/** The agent that is at work in a run, with all that follows from it. */
export interface ActiveAgent {
  readonly agent: AgentRevision;
  readonly targets: readonly ModelTarget[];
  readonly toolSpecs: readonly ModelToolSpec[];
  readonly delegations: ReadonlyMap<string, DelegationTool>;
  /** Tokens the first model takes; absent where unknown. */ readonly contextWindow: number | undefined;
  /** Tokens of its longest answer; absent where unknown. */ readonly maxOutputTokens: number | undefined;
  /** The user context of the task as its schema reads it. */ readonly userContext: unknown;
}

/**
 * Resolves an agent's models and tools.
 *
 * @throws OrchestratorError where a name does not resolve; USER_CONTEXT_INVALID
 */
export function activate(
  agent: AgentRevision,
  services: RunServices,
  { runId, userContext: given }: { readonly runId: string; readonly userContext: Json | undefined },
): ActiveAgent {
  const userContext = userContextFor(agent, given);
  const delegations = delegationTools(agent, services.agents);
  const isOpen = agent.definition.tools === undefined && agent.tools.length === 0;
  const own = services.tools.toolsOf(agent.tools, { agentId: agent.id, isOpen, runId });
  const toolSpecs = delegations.size === 0 ? own : [...own, ...[...delegations.values()].map(({ spec }) => spec)];
  const targets = services.models.targets(agent.definition.model);
  const [first] = targets;
  const { contextWindow, maxOutputTokens } = first?.provider.describe(first.model) ?? {};
  return { agent, targets, toolSpecs, delegations, contextWindow, maxOutputTokens, userContext };
}

/** Failures of its steps that a run keeps. */
const FAILURES_KEPT = 50;

interface Kept {
  readonly v: Json;
  readonly s: number;
}

/** One delivery of a task: the engine's side of it, its events, its time and its abort signal. */
export class RunContext {
  readonly services: RunServices;
  readonly run: TaskRun;
  readonly task: LiveTask;
  readonly events: TaskEvents;
  readonly signal: AbortSignal;
  readonly runId: string;
  /** Stops everything of the run at once; it ends with this error. */ readonly abort: (
    error: OrchestratorError,
  ) => void;
  readonly #clock: RunClock;
  readonly #wall: WallWatch;
  transcript: Transcript;
  active: ActiveAgent;
  /** Model calls begun. */ turn = 0;
  /** True once a result was too large for the model: it may read the rest. */ hasLargeResult = false;
  /** Children at work whose answers were not collected yet. */ readonly background: BackgroundChild[] = [];
  /** Times the conversation has changed hands. */ handoffs = 0;
  /** What the agent that took over sees of the conversation; applied once the turn is complete. */
  filterNext: HandoffDefinition['filter'] | undefined;
  /** Agents that could not go on and were replaced; none of them gets it back. */ readonly replacedAgents =
    new Set<string>();
  /** Times the task was parked for a retry. */ parkedRetries = 0;
  readonly notes: string[] = [];
  /** Failures of its steps so far, the newest last. */ readonly failures: SerializedError[] = [];
  /** How often each tool has failed in a row. */ readonly failuresInRow = new Map<string, number>();
  /** By tool, who approved it for the rest of the run: `approve-for-run` holds for its further calls. */
  readonly approvers = new Map<string, string>();
  readonly #told = new Set<OrchestratorError>();

  constructor(parts: {
    readonly services: RunServices;
    readonly run: TaskRun;
    readonly task: LiveTask;
    readonly signal: AbortSignal;
    readonly abort: (error: OrchestratorError) => void;
    readonly runId: string;
    readonly clock: RunClock;
    readonly wall: WallWatch;
    readonly transcript: Transcript;
    readonly active: ActiveAgent;
  }) {
    this.services = parts.services;
    this.run = parts.run;
    this.task = parts.task;
    this.events = parts.task.events;
    this.signal = parts.signal;
    this.abort = parts.abort;
    this.runId = parts.runId;
    this.#clock = parts.clock;
    this.#wall = parts.wall;
    this.transcript = parts.transcript;
    this.active = parts.active;
  }

  /** What the task was given for tools and hooks. */
  get userContext(): Json | undefined {
    return this.task.record.userContext;
  }

  /** Marks a failure as counted and published, and gives it back. */
  told(error: OrchestratorError): OrchestratorError {
    this.#told.add(error);
    return error;
  }

  /** Keeps a failure of a step, for the dead letter of the task; its caller has counted and published it. */
  noteFailure(error: OrchestratorError): void {
    this.told(error);
    this.failures.push(error.toJSON());
    if (this.failures.length > FAILURES_KEPT) this.failures.shift();
  }

  /** True for a failure that was counted and published already. */
  isTold(error: OrchestratorError): boolean {
    return this.#told.has(error);
  }

  /** Runs a step once; in a later delivery its kept result comes back and its events are not published again. */
  async step<T>(key: string, policy: StepPolicy, body: (scope: StepScope) => Promise<T>): Promise<T> {
    let isFresh = false;
    const kept = (await this.run.step(key, policy, (scope) => {
      isFresh = true;
      return this.#record(body, scope);
    })) as unknown as Kept;
    if (!isFresh) this.events.skipTo(kept.s);
    return kept.v as T;
  }

  /** Steps at once, each kept under its key. */
  async parallel<T>(
    parts: readonly {
      readonly key: string;
      readonly policy: StepPolicy;
      readonly body: (scope: StepScope) => Promise<T>;
    }[],
  ): Promise<T[]> {
    if (parts.length === 1) {
      const [part] = parts as [(typeof parts)[number]];
      return [await this.step(part.key, part.policy, part.body)];
    }
    let fresh = 0;
    const kept = (await this.run.parallel(
      parts.map(({ key, policy, body }) => ({
        key,
        policy,
        body: (scope) => {
          fresh += 1;
          return this.#record(body, scope);
        },
      })),
    )) as unknown as Kept[];
    if (fresh === 0) for (const { s } of kept) this.events.skipTo(s);
    return kept.map(({ v }) => v as T);
  }

  /**
   * Waits without a slot; the waiting time does not count as running time. A wait that the journal answers at once is not
   * told again.
   */
  async park<T>(reason: ParkReason, wait: () => Promise<T>, until?: number): Promise<T> {
    this.events.hold('task-park', { reason, ...(until === undefined ? {} : { until }) });
    const told = setImmediate(() => this.events.flush());
    const budget = `task:${this.task.record.id}`;
    this.#clock.stop();
    this.#wall.stop();
    this.services.budgets.pause(budget);
    try {
      return await wait();
    } finally {
      clearImmediate(told);
      this.services.budgets.resume(budget);
      this.#wall.start();
      this.#clock.start();
    }
  }

  async #record<T>(body: (scope: StepScope) => Promise<T>, scope: StepScope): Promise<Json> {
    this.signal.throwIfAborted();
    const end = this.events.beginBody();
    try {
      const v = (await body(scope)) as Json;
      return { v, s: this.events.seq };
    } finally {
      end();
    }
  }
}
