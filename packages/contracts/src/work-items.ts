import type { Json, SerializedError } from '@master-orchestrator/errors';
import type { EpochMs } from './ids.js';

/** A tool call that waits for a person. */
export interface ApprovalRecord {
  readonly id: string;
  readonly taskId: string;
  readonly runId: string;
  readonly agentId: string;
  readonly agentName: string;
  readonly callId: string;
  readonly tool: string;
  readonly arguments: Json;
  /** SHA-256 of the canonical arguments: an answer holds for exactly these. */ readonly argumentsHash: string;
  /** Why a person is asked. */ readonly reason: string;
  readonly requestedAt: EpochMs;
  /** From then on the default answer holds. */ readonly expiresAt?: EpochMs;
  /** `expired`: nobody answered in time; `answer` then is the default answer. */
  readonly status: 'open' | 'approved' | 'denied' | 'expired';
  readonly answer?: ApprovalAnswer & { readonly at: EpochMs };
}

/** A person's answer to an approval. */
export interface ApprovalAnswer {
  readonly decision: 'approve' | 'approve-for-run' | 'deny';
  /** Who decided. */ readonly by: string;
  readonly note?: string;
}

/** A failure that waits for a person. */
export interface EscalationRecord {
  readonly id: string;
  readonly taskId: string;
  readonly runId?: string;
  readonly agentId?: string;
  readonly step: string;
  readonly error: SerializedError;
  readonly question: string;
  readonly requestedAt: EpochMs;
  readonly status: 'open' | 'answered' | 'expired';
  readonly answer?: EscalationAnswer & { readonly at: EpochMs };
}

/** A person's answer to an escalation. */
export interface EscalationAnswer {
  /** `retry` tries the step again; `skip` leaves it out; `result` takes the given one; `fail` ends the task. */
  readonly action: 'retry' | 'skip' | 'result' | 'fail';
  readonly by: string;
  readonly note?: string;
  /** With `result`: what the step is said to have given. */ readonly result?: Json;
}

/** A failed task, kept so that a person can look, replay or drop it. */
export interface DeadLetterRecord {
  readonly id: string;
  readonly taskId: string;
  readonly agentId: string;
  readonly reason: string;
  readonly input: Json;
  readonly errors: readonly SerializedError[];
  /** Hash of the transcript so far in the blob store, where there is one. */ readonly transcript?: string;
  readonly writtenAt: EpochMs;
  readonly status: 'open' | 'replayed' | 'dropped';
  readonly replayedAs?: string;
}
