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

/** What an execution asks and tells the runner. */
export class RunningCall implements ExecutionHost {
  constructor(
    readonly parts: RunningParts,
    readonly call: ReadyToolCall,
    readonly options: RunOptions,
  ) {}

  get timeoutMs(): number {
    return this.call.entry.timeoutMs;
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
