import type { AnyTool, Effect, Logger, ToolOutcome } from '@master-orchestrator/contracts';
import type { Json, OrchestratorError } from '@master-orchestrator/errors';

/** A call as a model asked for it. */
export interface PrepareRequest {
  /** Name of the tool. */ readonly tool: string;
  /** The text the model wrote as arguments. */ readonly rawArguments: string;
  readonly agentId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly callId: string;
  /** What the task was given for tools, as `readUserContext` gave it. @default nothing */ readonly userContext?:
    | Json
    | undefined;
}

/** A call that does not run. `text` is what the model is told; the run goes on. */
export interface RefusedCall {
  readonly kind: 'refused';
  /** The name that was asked for. */ readonly tool: string;
  readonly error: OrchestratorError;
  readonly text: string;
}

/** A call that may run once a person approved it, where `approval` is set, and at once otherwise. */
export interface ReadyCall {
  readonly kind: 'ready';
  readonly tool: AnyTool;
  /** The arguments after validation: what the tool gets. */ readonly input: unknown;
  /** The arguments as JSON: what approvals, events and logs show. */ readonly arguments: {
    readonly [key: string]: Json;
  };
  /** The arguments as {@link canonicalJson} writes them, made on first use. */ readonly canonicalArguments: string;
  /** SHA-256 of the canonical arguments, computed on first use. */ readonly argumentsHash: string;
  /** What a second execution with this input would mean. */ readonly effect: Effect;
  /** Set where a person must approve first. */ readonly approval?: { readonly reason: string };
  /** What was repaired in the model's text. */ readonly repair?: string;
}

/** What `prepare` gives. */
export type PreparedCall = RefusedCall | ReadyCall;

/** What `run` needs to know about the place a call comes from. */
export interface RunOptions {
  /** Aborted on cancel, deadline and shutdown. */ readonly signal: AbortSignal;
  readonly agent: { readonly id: string; readonly name: string };
  readonly taskId: string;
  readonly runId: string;
  readonly callId: string;
  /** The same in every attempt and delivery: `<taskId>:<stepKey>`. */ readonly idempotencyKey: string;
  /** Who approved; needed where the prepared call asks for an approval that was not recorded. */ readonly approvedBy?: string;
  readonly logger?: Logger;
  /** Longest time of the call, in milliseconds; the tool's own limit holds too. */ readonly timeoutMs?: number;
  /** Receives the progress a tool reports, bounded in number and size. */ readonly onProgress?: (update: Json) => void;
}

/** How a call ended. */
export interface ToolCallResult {
  readonly outcome: ToolOutcome;
  /** The whole output, at most 1 MiB as JSON; with outcome `ok`. */ readonly output?: Json;
  /** What the model reads: the output or its beginning, or what went wrong and what to do. */ readonly text: string;
  /** With outcome `error`. */ readonly error?: OrchestratorError;
  /** Size of the output as JSON. */ readonly bytes: number;
  /** Execution time; waiting for a slot does not count. */ readonly durationMs: number;
  readonly isFromCache?: boolean;
  /** Where `text` is only the beginning: what `read_tool_result` takes to read more. */ readonly handle?: string;
}

/** What {@link ToolRegistry.executeTool} can be given. */
export interface ExecuteOptions {
  readonly signal?: AbortSignal;
  /** Who approved this call, for tools that need it. */ readonly approvedBy?: string;
  readonly taskId?: string;
  readonly runId?: string;
  readonly callId?: string;
  readonly idempotencyKey?: string;
  /** What the tool finds as `context.userContext`: plain JSON. @default nothing */ readonly userContext?: unknown;
  readonly onProgress?: (update: Json) => void;
}
