import type { SerializedError } from '@master-orchestrator/errors';

/** A stored error as answers show it: what caused it stays inside. */
export function withoutCause({ cause: _cause, ...error }: SerializedError): Omit<SerializedError, 'cause'> {
  return error;
}
