import type { EndpointCapabilities } from './capabilities.js';
import { isObject, type JsonObject } from './wire/json-value.js';

/** What a server said when it refused a request. */
export interface Refusal {
  readonly status: number;
  /** The parameter it named. */ readonly param: string | undefined;
  /** Its word for the failure, in lower case. */ readonly code: string | undefined;
  readonly message: string;
}

interface LearningRow {
  /** How the parameter is named in `param` or in the message. */ readonly names: RegExp;
  /** True where the refused request used it. */ isUsed(body: JsonObject): boolean;
  /** What to send from now on; `undefined`: there is nothing left to try. */
  correct(present: EndpointCapabilities, refusal: Refusal): Partial<EndpointCapabilities> | undefined;
}

/** Codes that say that a value is wrong in itself: leaving the parameter out would hide the mistake. */
const OWN_MISTAKES = new Set(['invalid_json_schema', 'invalid_function_parameters', 'context_length_exceeded']);
const SAYS_UNSUPPORTED =
  /unsupported|not support|unknown|unrecogni[sz]ed|unexpected|not permitted|not allowed|not available|unavailable|not enabled|does ?n.t support|extra (inputs|fields|parameters)|only the default|instead|invalid (role|parameter|value)/i;
const CORRECTABLE_STATUS = new Set([400, 404, 422, 501]);

const ROWS: readonly LearningRow[] = [
  {
    names: /\bmax_tokens\b|\bmax_completion_tokens\b/,
    isUsed: (body) => 'max_tokens' in body || 'max_completion_tokens' in body,
    correct: ({ maxTokensField }, { message }) => ({
      maxTokensField: maxTokensField === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens',
      // Said of a reasoning model, which refuses sampling settings next; there is one repeat to learn both.
      ...(maxTokensField === 'max_tokens' && /with this model/i.test(message) ? { sampling: false } : {}),
    }),
  },
  {
    names: /\btemperature\b|\btop_p\b/,
    isUsed: (body) => 'temperature' in body || 'top_p' in body,
    correct: () => ({ sampling: false }),
  },
  {
    names: /reasoning[._]effort/,
    isUsed: (body) => 'reasoning_effort' in body || isObject(body['reasoning']),
    correct: () => ({ reasoningEffort: false }),
  },
  {
    names: /\binclude\b|encrypted[ _]content/i,
    isUsed: (body) => 'include' in body,
    correct: () => ({ encryptedReasoning: 'never' }),
  },
  {
    names: /reasoning_content|messages.*\breasoning\b/,
    isUsed: (body) => JSON.stringify(body['messages'] ?? null).includes('"reasoning'),
    correct: () => ({ reasoningContent: false }),
  },
  {
    names: /stream_options|include_usage/,
    isUsed: (body) => 'stream_options' in body,
    correct: () => ({ streamUsage: false }),
  },
  {
    names: /parallel_tool_calls|parallel tool/i,
    isUsed: (body) => 'parallel_tool_calls' in body,
    correct: () => ({ parallelToolCalls: false }),
  },
  {
    names: /response_format|text\.format|json_schema|json_object|structured output/i,
    isUsed: (body) => 'response_format' in body || 'text' in body,
    correct: ({ outputFormat }) => {
      if (outputFormat === 'text') return undefined;
      return { outputFormat: outputFormat === 'json_schema' ? 'json_object' : 'text' };
    },
  },
  { names: /\bstrict\b/, isUsed: (body) => 'tools' in body, correct: () => ({ strictTools: false }) },
  { names: /tool_choice/, isUsed: (body) => 'tool_choice' in body, correct: () => ({ toolChoice: false }) },
  {
    names: /\brole\b|'(system|developer)'|messages\[\d+\]\.role/,
    isUsed: (body) => 'messages' in body || 'input' in body,
    correct: ({ instructionRole }) => ({ instructionRole: instructionRole === 'system' ? 'developer' : 'system' }),
  },
  { names: /\bseed\b/, isUsed: (body) => 'seed' in body, correct: () => ({ seed: false }) },
  { names: /service_tier/, isUsed: (body) => 'service_tier' in body, correct: () => ({ serviceTier: false }) },
  { names: /\bstore\b/, isUsed: (body) => 'store' in body, correct: () => ({ store: false }) },
];

/**
 * What to leave out or rename so that the refused request may pass, or `undefined` where the refusal is about
 * something else.
 *
 * @param body - The request as it was sent.
 */
export function correctionFor(
  refusal: Refusal,
  body: JsonObject,
  present: EndpointCapabilities,
): Partial<EndpointCapabilities> | undefined {
  if (!CORRECTABLE_STATUS.has(refusal.status) || OWN_MISTAKES.has(refusal.code ?? '')) return undefined;
  const isUnsupported = /^(unsupported|unknown)_/.test(refusal.code ?? '') || SAYS_UNSUPPORTED.test(refusal.message);
  if (!isUnsupported) return undefined;
  const isAbout = (row: LearningRow): boolean =>
    refusal.param === undefined ? row.names.test(refusal.message) : row.names.test(refusal.param);
  return ROWS.find((row) => isAbout(row) && row.isUsed(body))?.correct(present, refusal);
}
