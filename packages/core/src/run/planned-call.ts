import type { ToolCallItem } from '@master-orchestrator/contracts';
import type { OrchestratorError, SerializedError } from '@master-orchestrator/errors';
import type { PreparedCall, ToolCallResult } from '@master-orchestrator/tools';
import type { DelegationTool } from './delegation.js';

/** What a tool call gave the model; kept in the journal. */
export interface ToolAnswer {
  readonly output: string;
  readonly isError: boolean;
  readonly outcome: ToolCallResult['outcome'];
  /** True where `output` is only the beginning. */ readonly isCut?: boolean;
  /** Set where the failure must not stay with the model alone. */ readonly fatal?: FatalFailure;
}

/** A failure of a tool call that concerns the whole task; kept in the journal. */
export interface FatalFailure {
  readonly error: SerializedError;
  /** `ask`: whoever can decide. `fail`: end the task. `stop`: end it, and stop the orchestrator in order. */
  readonly action: 'ask' | 'fail' | 'stop';
}

/** A call of a turn with how it is to be done, and in the end with its answer. */
export interface Planned {
  readonly call: ToolCallItem;
  readonly key: string;
  readonly prepared?: PreparedCall;
  readonly delegation?: DelegationTool;
  /** The person who approved the call, where one had to. */ approvedBy?: string;
  answer?: ToolAnswer;
}

/** What a model is told of a failure. */
export function textOfError(error: OrchestratorError): string {
  return `${error.category} ${error.code}: ${error.message}${error.advice === undefined ? '' : ` ${error.advice}`}`;
}
