import type { ZodType } from 'zod';
import type { Json } from '@master-orchestrator/errors';
import type { EpochMs } from './ids.js';
import type { MessageItem, ModelItem, ModelSettings, ModelUsage } from './model.js';

declare const OUTPUT: unique symbol;
declare const USER_CONTEXT: unique symbol;

/** Id of an agent; carries, for the compiler, the types of its output and of the user context its tasks are given. */
export type AgentId<Output = unknown, UserContext = unknown> = string & {
  readonly [OUTPUT]?: Output;
  readonly [USER_CONTEXT]?: UserContext;
};

/** Id of a task; carries the type of its output for the compiler. */
export type TaskId<Output = unknown> = string & { readonly [OUTPUT]?: Output };

/** What may be spent. Each bound is for the whole node, its children included. */
export interface BudgetLimits {
  /** Input and output tokens together. */ readonly tokens?: number;
  /** Model calls. */ readonly requests?: number;
  /** Money, in US dollars. */ readonly costUsd?: number;
  /** Running time, in milliseconds. */ readonly wallMs?: number;
  /** Part of a bound at which a `budget-warn` event comes and the model is told to wrap up. @default 0.8 */
  readonly warnAt?: number;
  /** Allow models without a price under a money bound; their cost counts as zero. @default false */
  readonly allowUnpriced?: boolean;
  /** What happens at the bound: fail, or ask a person to raise it. @default 'fail' */
  readonly onExhausted?: 'fail' | 'ask';
}

/**
 * Bounds of an agent's runs, its time limits among them: the whole task, a turn, a tool call, and of each model call the
 * connection, the headers, the first token, the silence between two pieces and the attempt as a whole. Each covers bodies
 * and streams.
 */
export interface AgentLimits {
  /** Model calls in one run. @default 20 */ readonly turns?: number;
  /** Tool calls of one turn that run at once. @default 16 */ readonly parallelToolCalls?: number;
  /** One turn: the model call and its tools, in milliseconds. @default no limit */ readonly turnTimeoutMs?: number;
  /** The task's running time, in milliseconds; waiting does not count. @default 1_800_000 */
  readonly taskTimeoutMs?: number;
  /** One tool call, in milliseconds; a shorter limit of the tool goes before. @default that of the tool */
  readonly toolTimeoutMs?: number;
  /** Tasks of this agent that run at once. @default no limit */ readonly concurrentTasks?: number;
  /** Time limits of model calls. */ readonly model?: ModelSettings['limits'];
}

/** A moment of a run, for stop conditions and hooks. */
export interface RunState<UserContext = unknown> {
  readonly taskId: string;
  readonly runId: string;
  readonly agentId: string;
  /** Model calls made so far. */ readonly turn: number;
  readonly items: readonly ModelItem[];
  readonly usage: ModelUsage;
  readonly costUsd?: number;
  /** Tool calls of the last turn. */ readonly lastToolCalls: readonly {
    readonly name: string;
    readonly isError: boolean;
  }[];
  /**
   * What the task was given for tools and hooks, as the agent's `userContextSchema` reads it; `undefined` where it was
   * given nothing. Frozen; the model never sees it.
   */
  readonly userContext: UserContext;
}

/** Ends a run with what there is as soon as it says true. */
export type StopCondition<UserContext = unknown> = {
  // A method, so that a condition for one kind of user context fits lists of conditions for any.
  isMet(state: RunState<UserContext>): boolean;
}['isMet'];

/** What a hook before a turn may change, for this turn alone (`items`: from now on). */
export interface TurnEdit {
  readonly model?: string;
  readonly instructions?: string;
  /** A subset of the agent's tools. */ readonly tools?: readonly string[];
  readonly settings?: ModelSettings;
  readonly items?: readonly ModelItem[];
}

/** Verdict of a guardrail. */
export type GuardrailVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Changes the turn that is about to begin, or leaves it as it is. */
export type TurnHook<UserContext = unknown> = {
  edit(state: RunState<UserContext>): TurnEdit | undefined | Promise<TurnEdit | undefined>;
}['edit'];

/**
 * Checks what goes in or comes out. Those of an answer look at it when it is whole; deltas were told by
 * then. A verdict that is not ok fails the run with GUARDRAIL_TRIPPED.
 */
export interface Guardrail<UserContext = unknown> {
  readonly name: string;
  /**
   * `blocking`: one after the other, before the model is asked or the answer is read. `parallel`: beside the first model
   * call, which a bad verdict aborts; those of an answer all at once. @default 'blocking'
   */
  readonly mode?: 'blocking' | 'parallel';
  check(text: string, state: RunState<UserContext>, signal: AbortSignal): Promise<GuardrailVerdict> | GuardrailVerdict;
}

/** What handing a task to another agent looks like. */
export interface HandoffDefinition {
  /** Name or id of the agent that takes over. */ readonly agent: string;
  /** Told to the model. */ readonly description?: string;
  /** Typed input of the handoff. */ readonly inputSchema?: ZodType;
  /** What of the conversation the next agent sees. @default all */
  readonly filter?: (items: readonly ModelItem[]) => readonly ModelItem[];
}

/**
 * What an agent is. Data, but for the schemas, hooks and predicates that code may add.
 *
 * `UserContext` is what its hooks see, `UserContextInput` what a task of it is given: they differ where the schema fills
 * in defaults.
 */
export interface AgentDefinition<Output = string, UserContext = unknown, UserContextInput = UserContext> {
  /** Shown to people and to agents that delegate to it. */ readonly name: string;
  readonly description?: string;
  /** A role that grants and rules may name. */ readonly role?: string;
  readonly instructions: string;
  /** `<provider>:<model>`, a bare model name, or a list in order of preference. @default the configured default */
  readonly model?: string | readonly string[];
  readonly settings?: ModelSettings;
  /** Names of tools; naming one in code grants it. */ readonly tools?: readonly string[];
  /** Agents (ids or names) it may hand work to and get an answer from. */ readonly delegates?: readonly string[];
  /**
   * True: it may also start delegates in the background (`start_<agent>`) and collect their answers later
   * (`collect_results`). @default false
   */
  readonly canStartInBackground?: boolean;
  /** Agents it may hand control to. */ readonly handoffs?: readonly (string | HandoffDefinition)[];
  /** The shape of the final answer; without it the answer is text. */ readonly outputSchema?: ZodType<Output>;
  /** Answer used when the model cannot meet `outputSchema`. */ readonly outputFallback?: Output;
  /**
   * The user context its tasks need; `createTask` checks it and fills in defaults. It must accept what it gives: defaults
   * may be filled in, types stay. Without it a task may be given any, or none.
   */
  readonly userContextSchema?: ZodType<UserContext, UserContextInput>;
  /** Agents (ids or names) that take its conversation over, in this order, where none of its models can go on. */
  readonly fallbackAgents?: readonly string[];
  /** Answer the task completes with, marked as partial, where no model and no agent in its place can go on. */
  readonly fallbackResult?: Output;
  readonly limits?: AgentLimits;
  readonly budget?: BudgetLimits;
  /** Recovery plans of this agent, by category or code. */ readonly recovery?: RecoveryOverrides;
  /** Ends the run with what there is as soon as one is true. */
  readonly stopWhen?: readonly StopCondition<UserContext>[];
  /** Called before each turn. */
  readonly beforeTurn?: TurnHook<UserContext>;
  readonly inputGuardrails?: readonly Guardrail<UserContext>[];
  readonly outputGuardrails?: readonly Guardrail<UserContext>[];
  /** Free labels. */ readonly labels?: Readonly<Record<string, string>>;
}

/** Plans by category or error code that replace the standard ones. */
export type RecoveryOverrides = Readonly<
  Record<string, readonly { readonly strategy: string; readonly options?: Readonly<Record<string, unknown>> }[]>
>;

/** An agent as the orchestrator lists it. */
export interface AgentView {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly role?: string;
  readonly team?: string;
  readonly model?: string | readonly string[];
  readonly tools: readonly string[];
  readonly delegates: readonly string[];
  /** Counts up with each update; running tasks keep theirs. */ readonly revision: number;
  readonly status: 'idle' | 'running' | 'paused';
  readonly createdAt: EpochMs;
  readonly labels: Readonly<Record<string, string>>;
}

/** The input of a task: words, or messages with images and files. */
export type TaskInput = string | readonly MessageItem[];

/** States of a task. The last four are final. */
export const TASK_STATUSES = [
  'pending',
  'queued',
  'running',
  'waiting',
  'paused',
  'completed',
  'failed',
  'cancelled',
  'skipped',
] as const;

/** One of {@link TASK_STATUSES}. */
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** What a completed task gives. */
export interface TaskResult<Output = unknown> {
  readonly taskId: string;
  readonly status: 'completed';
  /** Validated by the output schema; the text where there is none. */ readonly output: Output;
  /** The final answer as text. */ readonly text: string;
  readonly usage: ModelUsage;
  /** Id of the last answer at its provider, for `previousResponseId` of a later task. */ readonly responseId?: string;
  /** Money spent in US dollars; absent where a price is unknown. */ readonly costUsd?: number;
  /** True where something was cut or repaired and the answer may be incomplete; `notes` says what. */
  readonly isPartial?: boolean;
  readonly notes?: readonly string[];
}

/** A file or value that a task produced, as tools report it. */
export interface Artifact {
  readonly name: string;
  readonly mediaType: string;
  /** Where it was written, where it was. */ readonly path?: string;
  readonly data?: Json;
}
