import type { OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';

/** Body of every error answer. */
export const errorBodySchema = z.object({
  error: z.object({
    code: z.string().describe('Stable name of the failure.'),
    category: z.string().describe('One of the eight categories of failures.'),
    message: z.string().describe('What happened, to which thing, and what to do.'),
    requestId: z.string().describe('The same as in the header x-request-id and in the log.'),
    isRetryable: z.boolean().describe('The same request may succeed later with nothing changed.'),
    isReplaySafe: z.boolean().describe('The request had no effect, or repeating it has none.'),
    advice: z.string().optional().describe('What to do, one sentence.'),
    deadLetterId: z.string().optional().describe('Where a failed task is kept.'),
    type: z.string().optional().describe('Kind of failure in the words of OpenAI; under /v1 alone.'),
    param: z.null().optional().describe('Always null; under /v1 alone.'),
  }),
});

/** An error answer. */
export type ErrorBody = z.output<typeof errorBodySchema>;

/** The body of an error: no stack, no cause. */
export function errorBody(error: OrchestratorError, requestId: string): ErrorBody {
  const { code, category, message, isRetryable, isReplaySafe, advice, deadLetterId } = error;
  return {
    error: {
      code,
      category,
      message,
      requestId,
      isRetryable,
      isReplaySafe,
      ...(advice === undefined ? {} : { advice }),
      ...(deadLetterId === undefined ? {} : { deadLetterId }),
    },
  };
}

/** The same with the fields that OpenAI clients look at. */
export function openaiErrorBody(error: OrchestratorError, requestId: string, status: number): ErrorBody {
  const body = errorBody(error, requestId);
  return { error: { ...body.error, type: openaiType(status), param: null } };
}

function openaiType(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error';
    case 403:
      return 'permission_error';
    case 404:
      return 'not_found_error';
    case 429:
      return 'rate_limit_error';
    default:
      return status >= 500 ? 'server_error' : 'invalid_request_error';
  }
}
