import type { Clock } from './clock.js';
import type { ErrorCode } from './error-catalog.js';
import type { AnswerFlaw, ErrorRule, FailureSource } from './recovery.js';

/** Which of our own time limits there are. */
export type TimeLimitKind =
  | 'connect'
  | 'headers'
  | 'first-token'
  | 'silence'
  | 'attempt'
  | 'tool'
  | 'turn'
  | 'task'
  | 'deadline'
  | 'queue';

/** A time limit of ours that ran out. */
export interface TimeLimit {
  readonly kind: TimeLimitKind;
  /** Length of the limit, in milliseconds. */ readonly ms: number;
}

/** What the caller knows about a failure. All of it is optional; the more is given, the better the verdict. */
export interface ClassifyContext {
  /** The caller's signal, not one derived for a limit: where it is aborted, the failure is a cancellation. */
  readonly signal?: AbortSignal;
  /** Who was asked. `tool` makes what matches no row a TOOL_FAILED. @default model rules for HTTP answers */
  readonly source?: FailureSource;
  /** Our own limit that fired, if one did. */ readonly timeLimit?: TimeLimit;
  /** Breaker the failure counts for. */ readonly breakerKey?: string;
  /** Breaker of the credential used, for CREDENTIAL_REJECTED and QUOTA_EXHAUSTED. */ readonly credentialKey?: string;
  /** Rows that are asked before the built-in ones. */ readonly rules?: readonly ErrorRule[];
  /**
   * Whether repeating the step does no harm: the tool's effect, or that no tool of this model call has started.
   * Requests that are known never to have left stay replay-safe. @default true for `model`, else the catalogue's
   */
  readonly isReplaySafe?: boolean;
  readonly toolName?: string;
  /** Name of the thing that failed, used in the message: `Model "gpt-5"`. */ readonly what?: string;
  /** True where part of the answer's body had arrived. */ readonly isInBody?: boolean;
  /** What is wrong with an answer that arrived well. */ readonly flaw?: AnswerFlaw;
  /** Wall clock for `Retry-After` dates. @default the system clock */ readonly clock?: Clock;
}

/** What is said of each of our limits when it ran out. */
export const TIME_LIMIT_CODES = {
  connect: 'CONNECT_TIMEOUT',
  headers: 'RESPONSE_TIMEOUT',
  'first-token': 'RESPONSE_TIMEOUT',
  silence: 'RESPONSE_TIMEOUT',
  attempt: 'RESPONSE_TIMEOUT',
  tool: 'TOOL_TIMEOUT',
  turn: 'TURN_TIMEOUT',
  task: 'TASK_TIMEOUT',
  deadline: 'DEADLINE_EXCEEDED',
  queue: 'QUEUE_TIMEOUT',
} as const satisfies Record<TimeLimitKind, ErrorCode>;
