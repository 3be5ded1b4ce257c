import { OrchestratorError } from '@master-orchestrator/errors';

/** What was given does not fit: the model can mend it and ask again. */
export function invalid(message: string, details?: Readonly<Record<string, string | number>>): OrchestratorError {
  return new OrchestratorError('TOOL_ARGUMENTS_INVALID', message, details === undefined ? {} : { details });
}

/** A size limit was reached: asking again with the same input cannot help. */
export function tooLarge(message: string, details?: Readonly<Record<string, string | number>>): OrchestratorError {
  return new OrchestratorError('RESPONSE_TOO_LARGE', message, details === undefined ? {} : { details });
}

/**
 * Bytes of a text in UTF-8.
 *
 * @throws OrchestratorError RESPONSE_TOO_LARGE when it has more than `maxBytes`.
 */
export function checkBytes(text: string, maxBytes: number, what: string): number {
  const bytes = text.length > maxBytes ? text.length : Buffer.byteLength(text);
  if (bytes <= maxBytes) return bytes;
  throw tooLarge(`${what} has at least ${bytes} bytes; the limit is ${maxBytes}. Hand over a smaller part.`, {
    bytes,
    maxBytes,
  });
}

/** The results of a query are larger than allowed. */
export function resultsTooLarge(maxBytes: number): OrchestratorError {
  return tooLarge(
    `The results have more than ${maxBytes} bytes as JSON. Select less, or ask for fewer with maxResults.`,
    {
      maxBytes,
    },
  );
}
