import { classify, OrchestratorError } from '@master-orchestrator/errors';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { FastifyError } from 'fastify';

/** Problems of one request that are told at once. */
const MOST_PROBLEMS = 5;

/** Issues of zod that are about a value of the right shape. */
const VALUE_ISSUES = new Set(['too_small', 'too_big', 'invalid_format', 'not_multiple_of', 'invalid_value', 'custom']);

/** A status that does not follow from the code of an error. */
export interface ApiError {
  readonly error: OrchestratorError;
  readonly status?: number;
}

/** Turns whatever was thrown while a request was handled into an error of ours. */
export function apiErrorOf(thrown: unknown): ApiError {
  if (OrchestratorError.isInstance(thrown)) return { error: thrown };
  if (hasZodFastifySchemaValidationErrors(thrown)) return validationError(thrown);
  const known = fromFramework(thrown);
  if (known !== undefined) return known;
  const found = classify(thrown);
  if (found.code !== 'UNKNOWN_ERROR') return { error: found };
  // The words of an unknown failure may tell too much about the inside.
  const message = 'The server met a failure it does not know. The log has it under this request id.';
  return { error: new OrchestratorError('UNKNOWN_ERROR', message, { cause: thrown }) };
}

function validationError({
  validation = [],
  validationContext,
}: Omit<FastifyError, 'validation'> & { validation?: FastifyError['validation'] }): ApiError {
  const what = validationContext ?? 'request';
  const issues = validation.map(({ instancePath, message, keyword }) => {
    const path = instancePath.replace(/^\//, '').replaceAll('/', '.');
    return { keyword, text: `${path === '' ? what : path}: ${message ?? 'not valid'}` };
  });
  const isShapeKnown = issues.length > 0 && issues.every(({ keyword }) => VALUE_ISSUES.has(keyword));
  const words = issues.slice(0, MOST_PROBLEMS).map(({ text }) => text);
  const more = issues.length > MOST_PROBLEMS ? ` and ${issues.length - MOST_PROBLEMS} more` : '';
  const message = `The ${what} of this request is not valid: ${words.join('; ')}${more}.`;
  return { error: new OrchestratorError('REQUEST_INVALID', message), status: isShapeKnown ? 422 : 400 };
}

/** Errors of fastify itself, by their stable codes. */
function fromFramework(thrown: unknown): ApiError | undefined {
  const { code, statusCode } = (thrown ?? {}) as Partial<FastifyError>;
  if (typeof code !== 'string' || !code.startsWith('FST_')) {
    // The JSON parser marks its errors with a status and nothing else.
    if (statusCode === 400 && thrown instanceof SyntaxError) return malformed('The body is not valid JSON.');
    return undefined;
  }
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return apiError('REQUEST_TOO_LARGE', 'The body is larger than server.bodyBytes allows. Send less.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return apiError('MEDIA_TYPE_UNSUPPORTED', 'The body is not JSON by its Content-Type. Send application/json.');
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return malformed('The body is not valid JSON.');
    case 'FST_ERR_BAD_URL':
      return malformed('The path is not a valid URL component. Percent-encode it.');
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return apiError('NOT_FOUND', 'There is nothing under so long an id.');
    default:
      return (statusCode ?? 500) < 500 ? malformed('The request is malformed.') : undefined;
  }
}

function malformed(message: string): ApiError {
  return apiError('REQUEST_INVALID', message);
}

function apiError(code: string, message: string): ApiError {
  return { error: new OrchestratorError(code, message) };
}
