import type { ErrorCode } from '../error-catalog.js';
import type { AnswerFlaw, ErrorRule, FailureSign } from '../recovery.js';
import { rulesOf, type HttpRow } from './http-row.js';

/** What the content of an answer shows, by code. */
const FLAW_CODES = {
  'not-json': 'RESPONSE_MALFORMED',
  'missing-fields': 'RESPONSE_MALFORMED',
  'no-terminal-sign': 'STREAM_CUT',
  'broken-line': 'STREAM_MALFORMED',
  truncated: 'OUTPUT_TRUNCATED',
  'tool-call-truncated': 'TOOL_CALL_TRUNCATED',
  filtered: 'OUTPUT_FILTERED',
  refused: 'MODEL_REFUSED',
  empty: 'OUTPUT_EMPTY',
  'schema-mismatch': 'OUTPUT_INVALID',
  'context-cut': 'CONTEXT_CUT_SILENTLY',
  'tool-arguments': 'TOOL_ARGUMENTS_INVALID',
  'tool-unknown': 'TOOL_UNKNOWN',
  'tool-forbidden': 'TOOL_FORBIDDEN',
  'tool-call-id': 'TOOL_CALL_ID_INVALID',
} as const satisfies Record<AnswerFlaw, ErrorCode>;

const FLAW_RULES: readonly ErrorRule[] = Object.entries(FLAW_CODES).map(([flaw, code]) => ({
  name: `model:flaw:${flaw}`,
  matches: (sign) => sign.flaw === flaw,
  code,
}));

/** What the official client throws where the answer itself is at fault: no status, known by text or class. */
const CLIENT_RULES: readonly ErrorRule[] = [
  clientRule('STREAM_MALFORMED', /malformed (?:server-sent event|newline-delimited) JSON/i),
  clientRule('OUTPUT_TRUNCATED', /could not parse response content as the length limit was reached/i),
  clientRule('OUTPUT_FILTERED', /could not parse response content as the request was rejected by the content filter/i),
  {
    name: 'model:client:cut-body',
    matches: (sign) =>
      isAnswerlessModelFailure(sign) && (sign.isInBody === true || sign.message === 'terminated') && isCut(sign),
    code: 'STREAM_CUT',
  },
  {
    name: 'model:client:not-json',
    matches: (sign) => isAnswerlessModelFailure(sign) && sign.name === 'SyntaxError',
    code: 'RESPONSE_MALFORMED',
  },
];

function clientRule(code: ErrorCode, pattern: RegExp): ErrorRule {
  return {
    name: `model:client:${code}`,
    matches: (sign) => isAnswerlessModelFailure(sign) && sign.message !== undefined && pattern.test(sign.message),
    code,
  };
}

function isAnswerlessModelFailure(sign: FailureSign): boolean {
  return sign.source === 'model' && sign.status === undefined;
}

const CUT_CODES = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'UND_ERR_SOCKET',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
]);

function isCut(sign: FailureSign): boolean {
  return sign.message === 'terminated' || (sign.nodeCode !== undefined && CUT_CODES.has(sign.nodeCode));
}

/** Limit and need of "Request too large for … Limit 10000, Requested 20000". */
const LIMIT_AND_NEED = /limit:?\s+(\d+)[^\d]{1,40}requested:?\s+(\d+)/i;

/** A request that alone is over the limit never passes; "requested" below the limit is an ordinary rate limit. */
function isOverLimit({ status, message }: FailureSign): boolean {
  if ((status !== 429 && status !== 500) || message === undefined || !/request too large/i.test(message)) return false;
  const numbers = LIMIT_AND_NEED.exec(message);
  return numbers === null || Number(numbers[2]) > Number(numbers[1]);
}

const BAD_REQUEST = [400, 413, 422, 500];
const OVERLOAD_STATUSES = [429, 500, 502, 503, 529];

/** The rows that an HTTP answer or an error object in mid-stream shows. */
const HTTP_ROWS: readonly HttpRow[] = [
  { code: 'REQUEST_OVER_LIMIT', first: isOverLimit },
  {
    code: 'CREDENTIAL_REJECTED',
    first: (sign) => sign.status === 401,
    codes: ['invalid_api_key', 'ip_not_authorized', 'invalid_organization', 'mismatched_organization'],
    types: ['authentication_error', 'invalid_api_key'],
    within: [400, 403, 500],
  },
  {
    code: 'QUOTA_EXHAUSTED',
    first: (sign) => sign.status === 402,
    codes: [
      'insufficient_quota',
      'credit_balance_exhausted',
      'organization_spend_limit_exceeded',
      'project_spend_limit_exceeded',
      'organization_usage_limit_exceeded',
      'billing_not_active',
      'billing_hard_limit_reached',
      'account_deactivated',
    ],
    types: ['insufficient_quota', 'billing_not_active', 'billing_hard_limit_reached'],
    within: [400, 403, 429, 500],
  },
  { code: 'PROXY_FAILED', first: (sign) => sign.status === 407 },
  {
    code: 'CONTEXT_TOO_LONG',
    codes: ['context_length_exceeded'],
    types: ['context_length_exceeded', 'exceed_context_size_error'],
    messages: [/maximum context length/i, /longer than the context length/i, /exceeds? the available context/i],
    within: BAD_REQUEST,
  },
  {
    code: 'PROMPT_REFUSED',
    codes: [
      'invalid_prompt',
      'content_filter',
      'responsibleaipolicyviolation',
      'content_policy_violation',
      'bio_policy',
      'image_content_policy_violation',
    ],
    types: ['content_filter', 'responsibleaipolicyviolation', 'content_policy_violation'],
    within: [...BAD_REQUEST, 403],
  },
  {
    code: 'REQUEST_INVALID',
    codes: [
      'unsupported_parameter',
      'unsupported_value',
      'invalid_type',
      'missing_required_parameter',
      'invalid_function_parameters',
      'invalid_json_schema',
      'unknown_parameter',
      'data_residency_mismatch',
    ],
    within: BAD_REQUEST,
    statuses: [400, 422],
  },
  {
    code: 'TRANSCRIPT_BROKEN',
    messages: [/must be followed by tool messages/i, /no tool output found/i, /no tool call found/i],
    within: BAD_REQUEST,
  },
  {
    code: 'INPUT_MEDIA_INVALID',
    codes: [
      'invalid_image*',
      'image_too_*',
      'empty_image_file',
      'failed_to_download_image',
      'unsupported_image_media_type',
      'invalid_base64_image',
      'image_parse_error',
      'image_file_too_large',
      'image_file_not_found',
    ],
    within: BAD_REQUEST,
  },
  {
    code: 'ACCESS_DENIED',
    codes: ['unsupported_country_region_territory', 'request_forbidden'],
    types: ['unsupported_country_region_territory', 'request_forbidden', 'permission_error'],
    within: [400, 403, 451, 500],
    statuses: [403, 451],
  },
  {
    code: 'MODEL_NOT_FOUND',
    codes: ['model_not_found', 'deploymentnotfound'],
    types: ['model_not_found', 'notfounderror', 'not_found_error'],
    within: [400, 404, 500],
  },
  {
    code: 'PROVIDER_TIMEOUT',
    codes: ['vector_store_timeout'],
    statuses: [408, 499, 504, 524],
  },
  { code: 'REQUEST_TOO_LARGE', codes: ['string_above_max_length'], within: BAD_REQUEST, statuses: [413] },
  {
    code: 'SLOW_DOWN',
    codes: ['slow_down'],
    types: ['slow_down'],
    within: OVERLOAD_STATUSES,
  },
  {
    code: 'PROVIDER_OVERLOADED',
    codes: ['server_is_overloaded', 'engine_overloaded_error', 'overloaded_error'],
    types: ['engine_overloaded_error', 'server_is_overloaded', 'overloaded_error'],
    messages: [/high demand/i, /server (?:is )?busy/i, /currently overloaded/i],
    within: OVERLOAD_STATUSES,
    statuses: [503, 529],
  },
  {
    code: 'RATE_LIMITED',
    codes: ['rate_limit_exceeded'],
    types: ['requests', 'tokens', 'rate_limit_exceeded', 'rate_limit_error'],
    within: [403, 429, 500, 503],
    statuses: [429],
  },
  {
    code: 'PROVIDER_ERROR',
    codes: ['server_error', 'internal_server_error', 'internal_error'],
    types: ['server_error', 'internal_server_error', 'internalservererror', 'api_error'],
    within: [500, 520],
    statuses: [500, 507, 508, 520],
  },
  {
    code: 'ENDPOINT_MISMATCH',
    statuses: [404, 405, 406, 410, 411, 414, 415, 421, 426, 428, 431, 501, 505],
  },
  { code: 'PROVIDER_CONFLICT', statuses: [409, 423, 425] },
  { code: 'DEPENDENCY_FAILED', statuses: [424] },
  { code: 'GATEWAY_ERROR', statuses: [502, 521, 522, 523, 530] },
];

/** Statuses without a row of their own. */
const REST_RULES: readonly ErrorRule[] = [
  statusRule('lasting-5xx', 'PROVIDER_ERROR', (status) => [511, 525, 526].includes(status), false),
  statusRule('5xx', 'PROVIDER_ERROR', (status) => status >= 500 && status <= 599),
  statusRule('2xx', 'RESPONSE_MALFORMED', (status) => status >= 200 && status <= 299),
  statusRule('other', 'RESPONSE_UNEXPECTED', () => true),
];

function statusRule(
  name: string,
  code: ErrorCode,
  includes: (status: number) => boolean,
  isRetryable?: boolean,
): ErrorRule {
  return {
    name: `model:status:${name}`,
    matches: ({ status }) => status !== undefined && includes(status),
    code,
    ...(isRetryable === undefined ? {} : { isRetryable }),
  };
}

/** Rules of the official client's own errors and of answers with wrong content; asked before {@link MODEL_HTTP_RULES}. */
export const MODEL_CONTENT_RULES: readonly ErrorRule[] = [...FLAW_RULES, ...CLIENT_RULES];

/** Rules of HTTP answers and error objects. */
export const MODEL_HTTP_RULES: readonly ErrorRule[] = [...rulesOf(HTTP_ROWS, 'model'), ...REST_RULES];

/** Every row of the classification of model providers, in the order in which they are asked. */
export const MODEL_ERROR_RULES: readonly ErrorRule[] = [...MODEL_CONTENT_RULES, ...MODEL_HTTP_RULES];
