import type { ErrorCategory, Json, SerializedError } from '@master-orchestrator/errors';
import { createToken } from '@master-orchestrator/errors';
import type { Observable, Subscription } from 'rxjs';
import type { EpochMs } from './ids.js';
import type { ModelFinish, ModelUsage } from './model.js';
import type { ToolOutcome } from './tool.js';

/** How a task can end. */
export type TaskOutcome = 'completed' | 'failed' | 'cancelled' | 'skipped';

/** Why a task gave its slot back without ending. */
export type ParkReason = 'approval' | 'escalation' | 'retry' | 'children' | 'timer' | 'paused';

/** The data of every event, by its type. A new row is a minor release. */
export interface EventData {
  'agent-create': { readonly name: string; readonly revision: number; readonly template?: string };
  'agent-update': { readonly name: string; readonly revision: number };
  'agent-delete': { readonly name: string };

  'task-queue': { readonly priority: number; readonly agentName: string; readonly notBefore?: EpochMs };
  'task-start': { readonly delivery: number };
  'task-park': { readonly reason: ParkReason; readonly until?: EpochMs };
  'task-end': {
    readonly status: TaskOutcome;
    readonly durationMs: number;
    /** Times a worker of any process took it up; 0: it never began. */ readonly delivery?: number;
    readonly usage: ModelUsage;
    readonly costUsd?: number;
    readonly error?: SerializedError;
    readonly reason?: string;
    readonly deadLetterId?: string;
  };

  'run-start': {
    readonly agentName: string;
    readonly model: string;
    readonly tools: readonly string[];
    readonly depth: number;
  };
  'run-end': {
    readonly outcome: TaskOutcome;
    readonly turns: number;
    readonly usage: ModelUsage;
    readonly durationMs: number;
  };
  'turn-start': { readonly turn: number };
  'turn-end': { readonly turn: number; readonly finish: ModelFinish | 'error'; readonly toolCalls: number };

  'model-call-start': { readonly turn: number; readonly model: string; readonly attempt: number };
  'model-call-delta': {
    readonly turn: number;
    readonly kind: 'text' | 'refusal' | 'reasoning' | 'tool-arguments';
    readonly text: string;
    readonly callId?: string;
  };
  'model-call-restart': {
    readonly turn: number;
    readonly model: string;
    readonly attempt: number;
    readonly reason: string;
  };
  'model-call-end': {
    readonly turn: number;
    readonly model: string;
    readonly attempt: number;
    readonly outcome: 'ok' | 'error' | 'cancelled';
    readonly durationMs: number;
    readonly usage?: ModelUsage;
    readonly costUsd?: number;
    readonly finish?: ModelFinish;
    readonly error?: SerializedError;
  };

  'tool-call-start': {
    readonly turn: number;
    readonly callId: string;
    readonly tool: string;
    /** Without what looks like a secret. */ readonly arguments: Json;
  };
  'tool-call-progress': { readonly callId: string; readonly tool: string; readonly update: Json };
  'tool-call-end': {
    readonly turn: number;
    readonly callId: string;
    readonly tool: string;
    readonly outcome: ToolOutcome;
    readonly durationMs: number;
    readonly bytes?: number;
    /** First characters of the result, redacted. */ readonly excerpt?: string;
    readonly error?: SerializedError;
    readonly isFromCache?: boolean;
  };

  'error-raise': { readonly error: SerializedError; readonly step: string };
  'recovery-decide': {
    readonly code: string;
    readonly category: ErrorCategory;
    readonly step: string;
    readonly strategy: string;
    readonly action: 'retry' | 'fallback' | 'skip' | 'escalate' | 'reset' | 'terminate';
    /** The attempt that failed, counted over all targets. */ readonly attempt: number;
    /** Attempts there will be at most unless the target changes; of a retry, where its strategy has a number. */
    readonly maxAttempts?: number;
    /** Wait before the next attempt, in milliseconds. */ readonly delayMs?: number;
    readonly target?: string;
    readonly scope?: string;
  };
  'breaker-change': {
    readonly key: string;
    readonly from: BreakerState;
    readonly to: BreakerState;
    readonly reason: string;
  };
  'limiter-change': { readonly key: string; readonly from: number; readonly to: number; readonly reason: string };

  'budget-reserve': { readonly budget: string; readonly tokens: number; readonly costUsd?: number };
  'budget-settle': { readonly budget: string; readonly tokens: number; readonly costUsd?: number };
  'budget-refuse': {
    readonly budget: string;
    readonly bound: string;
    readonly limit: number;
    readonly used: number;
    readonly wanted: number;
  };
  'budget-warn': { readonly budget: string; readonly bound: string; readonly limit: number; readonly used: number };

  'approval-request': {
    readonly approvalId: string;
    readonly tool: string;
    readonly callId: string;
    /** Without what looks like a secret; the approval itself holds them whole. */ readonly arguments: Json;
    /** SHA-256 of the canonical arguments. */ readonly argumentsHash: string;
    readonly expiresAt?: EpochMs;
  };
  'approval-answer': {
    readonly approvalId: string;
    readonly decision: 'approve' | 'approve-for-run' | 'deny' | 'expire';
    readonly by: string;
    readonly note?: string;
  };
  'escalation-request': {
    readonly escalationId: string;
    readonly to: 'parent' | 'person';
    readonly error: SerializedError;
    readonly question: string;
    /**
     * False where another task has alerted people for a CRITICAL failure within the last minute: ask, but do not wake
     * anybody again. @default true
     */
    readonly isAlert?: boolean;
  };
  'escalation-answer': {
    readonly escalationId: string;
    readonly action: string;
    readonly by: string;
    readonly note?: string;
  };

  'handoff-start': {
    /** `fallback`: the agent stands in for one that could not go on. */ readonly mode:
      | 'delegate'
      | 'handoff'
      | 'fallback';
    readonly to: string;
    readonly toName: string;
    readonly childTaskId?: string;
  };
  'handoff-end': {
    /** `fallback`: the agent stands in for one that could not go on. */ readonly mode:
      | 'delegate'
      | 'handoff'
      | 'fallback';
    readonly to: string;
    readonly outcome: TaskOutcome;
    readonly childTaskId?: string;
  };

  'deadletter-write': { readonly deadLetterId: string; readonly reason: string };
  'deadletter-replay': { readonly deadLetterId: string; readonly newTaskId: string };

  'listener-fail': { readonly listener: string; readonly message: string };
  'stream-gap': { readonly from: number; readonly to: number };

  'plugin-register': {
    readonly plugin: string;
    readonly version: string;
    readonly contributes: Readonly<Record<string, readonly string[]>>;
  };
  'plugin-fail': { readonly plugin: string; readonly hook: string; readonly error: SerializedError };
  'plugin-remove': { readonly plugin: string };
}

/** State of a circuit breaker. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** Name of an event. */
export type EventType = keyof EventData;

/** What every event carries around its data. */
export interface EventEnvelope<Type extends EventType> {
  /** Counts from 1 within a task; events of no task count in a stream of their own. */ readonly seq: number;
  readonly at: EpochMs;
  readonly type: Type;
  readonly taskId?: string;
  readonly runId?: string;
  readonly agentId?: string;
  readonly parentTaskId?: string;
  readonly data: EventData[Type];
}

/** An event of one type. */
export type EventOf<Type extends EventType> = { [T in Type]: EventEnvelope<T> }[Type];

/** Every event there is; a `switch` over `type` tells them apart. */
export type OrchestratorEvent = EventOf<EventType>;

/** The one stream that logs, metrics, progress bars and dashboards read. */
export interface EventStream {
  /** Every event, in the order of publishing. Never errors; completes when the orchestrator closes. */
  readonly events$: Observable<OrchestratorEvent>;
  /** Guarded subscription: a throw becomes a `listener-fail` event. */
  listen(name: string, handle: (event: OrchestratorEvent) => void): Subscription;
}

/** The writing side of the stream. */
export interface EventPublisher {
  publish(event: OrchestratorEvent): void;
}

/** Token of the stream a composition root hands out. */
export const EVENT_STREAM = createToken<EventStream>('contracts.EventStream');

/** Ends a `switch` over a union: the compiler fails where a member was forgotten. */
export function assertNever(value: never): never {
  throw new TypeError(`Unexpected value: ${JSON.stringify(value)}`);
}
