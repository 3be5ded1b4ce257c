import type { Logger } from '@master-orchestrator/contracts';
import { ToolTimeoutError } from '@master-orchestrator/errors';
import type { RunOptions } from '../tool-call.js';
import type { CallAdmission } from './call-admission.js';
import type { ReadyToolCall } from './ready-tool-call.js';
import type { ExecutionHost } from './tool-execution.js';

/** What a running call needs of the runner. */
export interface RunningParts {
  readonly admission: CallAdmission;
  readonly logger: Logger;
  readonly graceMs: number;
}

/** The shorter one of the limits of tool and caller, in milliseconds. */
export function timeLimitOf({ entry }: ReadyToolCall, { timeoutMs = Infinity }: Pick<RunOptions, 'timeoutMs'>): number {
  return Math.min(entry.timeoutMs, timeoutMs);
}

/** What an execution asks and tells the runner. */
export class RunningCall implements ExecutionHost {
  constructor(
    readonly parts: RunningParts,
    readonly call: ReadyToolCall,
    readonly options: RunOptions,
  ) {}

  get timeoutMs(): number {
    return timeLimitOf(this.call, this.options);
  }

  get graceMs(): number {
    return this.parts.graceMs;
  }

  timeLimitError(): Error {
    return new ToolTimeoutError(this.call.tool.name, this.timeoutMs);
  }

  settled(wasAbandoned: boolean): void {
    const { statistics } = this.call.entry;
    statistics.running -= 1;
    this.parts.admission.releaseSlots(this.call);
    if (!wasAbandoned) return;
    statistics.stuck -= 1;
    const { runId, callId } = this.options;
    const fields = { toolName: this.call.tool.name, runId, callId };
    this.parts.logger.warn(fields, 'tool that ignored its abort has ended; its result is dropped');
  }
}
