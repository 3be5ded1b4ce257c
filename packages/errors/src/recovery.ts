import type { OrchestratorError } from './orchestrator-error.js';

/** What kind of step failed. `run` is the agent's run as a whole (loop, turn limit), `task` what stands around it. */
export type StepKind = 'model-call' | 'tool-call' | 'run' | 'task';

/** Everything a recovery strategy may look at. Plain data: a strategy decides and does nothing. */
export interface FailureContext {
  readonly error: OrchestratorError;
  readonly step: {
    readonly kind: StepKind;
    /** Model key, tool name or agent name. */ readonly name: string;
    /** True where the step may be left out. @default false */ readonly isOptional?: boolean;
  };
  /** Attempts made so far at the present target, the failed one included; 1 after the first failure. */
  readonly attempt: number;
  /** Attempts made so far over all targets and resets of this step. */ readonly totalAttempts: number;
  /** How often each plan entry has been used in this step, by its position. */ readonly used: readonly number[];
  /** Alternative targets that have not been tried, best first: models, tools or agents. */
  readonly fallbacks: readonly string[];
  /** A declared result for a step that may be skipped or answered from its declaration. */
  readonly declaredResult?: unknown;
  /** Parked retries so far of this task. */ readonly parkedRetries: number;
  /** True where the task can wait in the queue without a slot. */ readonly canPark: boolean;
  /** True where a parent agent or a person can answer. */ readonly canEscalate: boolean;
  /** Time left until the task's deadline, in milliseconds; absent without one. */ readonly deadlineInMs?: number;
  /** False when the retry budget of this key is spent. */ readonly hasRetryToken: boolean;
  readonly taskId?: string;
  readonly runId?: string;
  readonly agentId?: string;
  readonly parentTaskId?: string;
  /** How often the entry that is asked now has been used in this step; set by the handler that asks. @default 0 */
  readonly usedHere?: number;
  /** Failures in a row of this tool, this one included; the third runs the AGENT_ERROR plan. @default 1 */
  readonly failuresInRow?: number;
}

/** What a `reset` rebuilds before the one attempt it gives. */
export type ResetScope = 'context' | 'request' | 'transcript' | 'instructions' | 'connection' | 'component';

/** What to do about a failure, as data. The runner acts on it. */
export type RecoveryDecision =
  | {
      readonly action: 'retry';
      /** Wait before the next attempt, in milliseconds. */ readonly delayMs: number;
      /** True: the task goes back to the queue and holds no slot while it waits. */ readonly isParked?: boolean;
      /** Attempts at the present target that the strategy allows, the first included; absent where it has no number. */
      readonly maxAttempts?: number;
    }
  | { readonly action: 'fallback'; readonly target: string }
  | { readonly action: 'fallback'; readonly result: unknown }
  | {
      readonly action: 'skip';
      readonly note: string;
      readonly result?: unknown;
      /** True: the answer at hand is kept and flagged, instead of the declared result. */ readonly keepsAnswer?: boolean;
    }
  | { readonly action: 'escalate'; readonly reason: string }
  | {
      readonly action: 'reset';
      readonly scope: ResetScope;
      /** What the model is told, where the scope is `instructions`. */ readonly hint?: string;
    }
  | { readonly action: 'terminate'; readonly scope: 'task' | 'orchestrator'; readonly reason: string };

/** One entry of a plan: a strategy by name with its settings for this place. */
export interface PlanEntry {
  /** Name of a registered strategy: one of the six standard ones or a plugin's. */ readonly strategy: string;
  /** Settings the strategy understands, for example `{ attempts: 6 }`. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What is tried, in order, about a kind of failure. After the last entry every plan ends in `terminate`. */
export type RecoveryPlan = readonly PlanEntry[];

/** Decides about a failure. Stateless: all it may use is in the failure and in its options. */
export interface RecoveryStrategy {
  /** Unique name by which plans refer to it, for example `RETRY`. */ readonly name: string;
  /** Returns what to do, or `undefined` to let the next entry of the plan be asked. Must not throw and not wait. */
  decide(failure: FailureContext, options: Readonly<Record<string, unknown>>): RecoveryDecision | undefined;
}

/** Who was asked when the failure came. */
export type FailureSource = 'model' | 'tool' | 'file' | 'engine' | 'system';

/** What is wrong with an answer that arrived with a good status. */
export type AnswerFlaw =
  | 'not-json'
  | 'missing-fields'
  | 'no-terminal-sign'
  | 'broken-line'
  | 'truncated'
  | 'tool-call-truncated'
  | 'filtered'
  | 'refused'
  | 'empty'
  | 'schema-mismatch'
  | 'context-cut'
  | 'tool-arguments'
  | 'tool-unknown'
  | 'tool-forbidden'
  | 'tool-call-id';

/** What is known about a failure before it has a code; what error rules match against. */
export interface FailureSign {
  /** The thrown value itself. */ readonly error?: unknown;
  /** HTTP status of the answer. */ readonly status?: number;
  /** Header names in lower case. */ readonly headers?: Readonly<Record<string, string>>;
  /** `code` of the error body, in lower case; numbers are left out. */ readonly code?: string;
  /** `type` of the error body, in lower case. */ readonly type?: string;
  /** The message, from the body or the error. */ readonly message?: string;
  /** Node or undici code found on the error or a cause. */ readonly nodeCode?: string;
  /** System call that failed, as Node names it: `connect`, `getaddrinfo`, `read`. */ readonly syscall?: string;
  /** Class name of the error that carries the code or message. */ readonly name?: string;
  readonly source?: FailureSource;
  /** True where part of the answer's body had arrived. */ readonly isInBody?: boolean;
  /** True where a `response.failed` object told the failure. */ readonly isResponseFailed?: boolean;
  readonly flaw?: AnswerFlaw;
}

/** One row of the classification, contributed by a plugin or built in. */
export interface ErrorRule {
  /** Unique name, shown in logs. */ readonly name: string;
  /** Which failures this row is about. Must be quick and must not throw. */ matches(sign: FailureSign): boolean;
  /** A code of the catalogue, or a new one with `category` and `severity` given. */ readonly code: string;
  readonly category?: import('./error-category.js').ErrorCategory;
  readonly severity?: import('./error-category.js').Severity;
  readonly isRetryable?: boolean;
  readonly isReplaySafe?: boolean;
  /** The plan for this code where it differs from the category's. */ readonly plan?: RecoveryPlan;
  /** What the reader should do, one sentence. */ readonly advice?: string;
}
