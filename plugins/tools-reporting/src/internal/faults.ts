import { OrchestratorError, type Json } from '@master-orchestrator/errors';

/** What was given does not fit: the model can mend it and ask again. */
export function invalid(message: string, details?: Readonly<Record<string, Json>>): OrchestratorError {
  return new OrchestratorError('TOOL_ARGUMENTS_INVALID', message, details === undefined ? {} : { details });
}

/** A size limit was reached: asking again with the same input cannot help. */
export function tooLarge(message: string, details?: Readonly<Record<string, Json>>): OrchestratorError {
  return new OrchestratorError('RESPONSE_TOO_LARGE', message, details === undefined ? {} : { details });
}
