import { OrchestratorError, type OrchestratorErrorOptions } from './orchestrator-error.js';
import { isRetryableStatus } from './internal/retryable-status.js';

/** A tool ran and failed in its own way. Retryable and replay-safe only where that is said. */
export class ToolFailedError extends OrchestratorError {
  /**
   * @param message - What went wrong, to be read by the model and by people.
   */
  constructor(
    readonly toolName: string,
    message: string,
    options: OrchestratorErrorOptions = {},
  ) {
    super('TOOL_FAILED', message, { ...options, details: { tool: toolName, ...options.details } });
  }

  /**
   * A service that a tool asked answered with an HTTP status that means failure. Retryable for 408, 425, 429 and the
   * server errors that pass.
   */
  static fromStatus(toolName: string, status: number, options: OrchestratorErrorOptions = {}): ToolFailedError {
    const isRetryable = isRetryableStatus(status);
    const hint = isRetryable ? 'Try again later.' : 'The same call would fail again.';
    return new ToolFailedError(toolName, `Tool "${toolName}": the service answered with status ${status}. ${hint}`, {
      isRetryable,
      ...options,
      details: { status, ...options.details },
    });
  }
}

/** A tool exceeded its time. Retryable. */
export class ToolTimeoutError extends OrchestratorError {
  constructor(
    readonly toolName: string,
    /** Milliseconds. */ readonly timeoutMs: number,
    cause?: unknown,
  ) {
    const message = `Tool "${toolName}" gave no answer within ${timeoutMs} ms. Raise its timeoutMs, or let it honour context.signal.`;
    super('TOOL_TIMEOUT', message, { cause, isRetryable: true, details: { tool: toolName, timeoutMs } });
  }
}
