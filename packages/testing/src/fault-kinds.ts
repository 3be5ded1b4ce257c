import type { ModelCallLimits } from '@master-orchestrator/contracts';
import type { ErrorCategory } from '@master-orchestrator/errors';
import type { Fault } from './openai-server/fault.js';
import type { ScriptedAnswer } from './openai-server/scripted-answer.js';

/** One way in which a model, or the way to it, fails. */
export interface FaultKind {
  /** Unique, in kebab-case. */ readonly name: string;
  /** What the client meets, one sentence. */ readonly what: string;
  /**
   * Where it fails: at a server that answers (`answer`), at a port where nothing listens (`refused`), at a name that
   * does not exist (`dns`), at a certificate nobody trusts (`tls`).
   */
  readonly place: 'answer' | 'refused' | 'dns' | 'tls';
  /** In which kinds of answers it exists. */ readonly modes: readonly ('plain' | 'stream')[];
  /** The answer to give; with `place: 'answer'` only. `tool` is the name of a tool the agent has. */
  readonly answer?: (tool: string) => ScriptedAnswer;
  /** Time limits under which it shows soon; without them a client waits for minutes. */
  readonly limits?: ModelCallLimits;
  /** Codes of which the first failure must have one. */ readonly codes: readonly string[];
  /** Category of that failure. */ readonly category: ErrorCategory;
  /** True where the model's answer is sound on the wire and the run around it must notice. */ readonly isOfTheRun: boolean;
}

type Mode = 'plain' | 'stream';

const BOTH: readonly Mode[] = ['plain', 'stream'];
const IMPATIENT: ModelCallLimits = {
  connectMs: 2_000,
  headersMs: 250,
  firstTokenMs: 250,
  silenceMs: 250,
  attemptMs: 1_000,
};
const TEXT = 'An answer that is long enough to be cut into several pieces on its way to the client.';

/**
 * The 38 kinds of fault that a run must survive or end in good order: the fault matrix. Iterate over it, give each
 * `answer` to `startOpenAIServer`, or let `startFault` set everything up.
 */
export const FAULT_KINDS: readonly FaultKind[] = [
  elsewhere('refused', 'Nothing listens at the port.', 'refused', ['CONNECTION_FAILED'], 'NETWORK_ERROR'),
  wire('reset-before-headers', 'The connection is reset before the answer.', { kind: 'reset' }, ['CONNECTION_LOST']),
  wire(
    'reset-within-headers',
    'The connection is reset in the middle of the headers.',
    { kind: 'reset', when: 'within-headers' },
    ['CONNECTION_LOST', 'PROTOCOL_ERROR'],
  ),
  wire(
    'reset-after-headers',
    'The connection is reset between headers and body.',
    { kind: 'reset', when: 'after-headers' },
    ['CONNECTION_LOST', 'STREAM_CUT'],
  ),
  slow('silence', 'No answer comes, and the connection stays open.', { kind: 'silence' }),
  wire(
    'cut-at-chunk',
    'The connection is reset in the middle of the body.',
    { kind: 'reset', when: 'in-body', afterChunks: 3 },
    ['STREAM_CUT', 'CONNECTION_LOST'],
  ),
  wire(
    'clean-end',
    'The stream ends in order, without a terminal sign.',
    { kind: 'clean-end' },
    ['STREAM_CUT'],
    ['stream'],
  ),
  wire(
    'broken-line',
    'A line of the stream is no JSON.',
    { kind: 'broken-line', afterChunks: 2 },
    ['STREAM_MALFORMED'],
    ['stream'],
  ),
  wire(
    'error-in-stream',
    'The stream carries an error object after some text.',
    { kind: 'error-event', afterChunks: 3 },
    ['PROVIDER_ERROR'],
    ['stream'],
  ),
  wire('html', 'A page with status 200 comes instead of an answer.', { kind: 'html' }, ['RESPONSE_MALFORMED']),
  wire('empty', 'The answer has status 200 and no body.', { kind: 'empty' }, ['RESPONSE_MALFORMED', 'STREAM_CUT']),
  wire('cut-json', 'The body ends in the middle of the JSON.', { kind: 'cut-json' }, [
    'RESPONSE_MALFORMED',
    'STREAM_CUT',
    'STREAM_MALFORMED',
  ]),
  wire(
    'wrong-length',
    'The body is shorter than announced.',
    { kind: 'wrong-length' },
    ['CONNECTION_LOST', 'PROTOCOL_ERROR', 'RESPONSE_MALFORMED', 'STREAM_CUT'],
    ['plain'],
  ),
  http('http-400', 'A parameter is invalid.', 400, ['REQUEST_INVALID'], 'VALIDATION_ERROR'),
  http('http-401', 'The key is wrong.', 401, ['CREDENTIAL_REJECTED'], 'PERMISSION_ERROR'),
  http('http-403', 'The model may not be used from here.', 403, ['ACCESS_DENIED'], 'PERMISSION_ERROR'),
  http('http-404', 'The model does not exist.', 404, ['MODEL_NOT_FOUND'], 'VALIDATION_ERROR'),
  http('http-408', 'The service gave up waiting.', 408, ['PROVIDER_TIMEOUT'], 'TIMEOUT_ERROR'),
  http('http-409', 'The service reports a conflict.', 409, ['PROVIDER_CONFLICT'], 'NETWORK_ERROR'),
  http('http-413', 'The request is too large.', 413, ['REQUEST_TOO_LARGE'], 'RESOURCE_ERROR'),
  http('http-422', 'The request cannot be processed.', 422, ['REQUEST_INVALID'], 'VALIDATION_ERROR'),
  limited('http-429-told', 'Too many requests; the wait is told.', { 'retry-after-ms': '40' }),
  limited('http-429-untold', 'Too many requests; no wait is told.', {}),
  limited('http-429-zero', 'Too many requests; the wait told is zero.', { 'retry-after': '0' }),
  limited('http-429-day', 'Too many requests; the wait told is a day.', { 'retry-after': '86400' }),
  http('http-429-quota', 'The quota is used up.', 429, ['QUOTA_EXHAUSTED'], 'RESOURCE_ERROR', {
    message: 'You exceeded your current quota, please check your plan and billing details.',
    type: 'insufficient_quota',
    code: 'insufficient_quota',
  }),
  http('http-429-too-large', 'One request is larger than the limit.', 429, ['REQUEST_OVER_LIMIT'], 'RESOURCE_ERROR', {
    message: 'Request too large for gpt-loopback on tokens per min (TPM): Limit 30000, Requested 41245.',
    type: 'tokens',
    code: 'rate_limit_exceeded',
  }),
  http('http-500', 'The service broke.', 500, ['PROVIDER_ERROR'], 'NETWORK_ERROR'),
  wire(
    'http-502',
    'A gateway reached no service.',
    { kind: 'status', status: 502, shape: 'html', error: { message: 'Bad Gateway' } },
    ['GATEWAY_ERROR'],
  ),
  http('http-503', 'The service is overloaded.', 503, ['PROVIDER_OVERLOADED'], 'RESOURCE_ERROR'),
  http('http-529', 'The service is overloaded, in another way.', 529, ['PROVIDER_OVERLOADED'], 'RESOURCE_ERROR'),
  elsewhere('dns', 'The name does not exist.', 'dns', ['DNS_FAILED'], 'NETWORK_ERROR'),
  elsewhere('tls', 'The certificate is signed by nobody.', 'tls', ['TLS_UNTRUSTED'], 'PERMISSION_ERROR'),
  slow('answered-too-late', 'The service does the work, and answers after the limit.', {
    kind: 'late',
    delayMs: 10_000,
  }),
  slow(
    'one-byte-a-second',
    'The body comes one byte a second.',
    { kind: 'trickle' },
    { ...IMPATIENT, silenceMs: 5_000 },
  ),
  ofTheRun(
    'duplicate-call-ids',
    'Two tool calls have one id.',
    ['TOOL_CALL_ID_INVALID'],
    'VALIDATION_ERROR',
    (tool) => ({
      toolCalls: [
        { name: tool, arguments: {} },
        { name: tool, arguments: {} },
      ],
      fault: { kind: 'duplicate-call-ids' },
    }),
  ),
  ofTheRun(
    'broken-arguments',
    'The arguments of a tool call are no JSON.',
    ['TOOL_ARGUMENTS_INVALID'],
    'VALIDATION_ERROR',
    (tool) => ({
      toolCalls: [{ name: tool, arguments: {} }],
      fault: { kind: 'broken-arguments' },
    }),
  ),
  ofTheRun(
    'endless-tool-loop',
    'The model asks for the same call for ever.',
    ['LOOP_DETECTED', 'TURN_LIMIT'],
    'AGENT_ERROR',
    (tool) => ({
      toolCalls: [{ name: tool, arguments: {} }],
    }),
  ),
];

function wire(
  name: string,
  what: string,
  fault: Fault,
  codes: readonly string[],
  modes: readonly Mode[] = BOTH,
): FaultKind {
  const answer = (): ScriptedAnswer => ({ text: TEXT, fault });
  return { name, what, place: 'answer', modes, answer, codes, category: 'NETWORK_ERROR', isOfTheRun: false };
}

function slow(name: string, what: string, fault: Fault, limits: ModelCallLimits = IMPATIENT): FaultKind {
  return { ...wire(name, what, fault, ['RESPONSE_TIMEOUT']), limits, category: 'TIMEOUT_ERROR' };
}

function http(
  name: string,
  what: string,
  status: number,
  codes: readonly string[],
  category: ErrorCategory,
  error: { readonly message?: string; readonly type?: string; readonly code?: string } = {},
): FaultKind {
  return { ...wire(name, what, { kind: 'status', status, error }, codes), category };
}

function limited(name: string, what: string, headers: Readonly<Record<string, string>>): FaultKind {
  return {
    ...wire(name, what, { kind: 'status', status: 429, headers }, ['RATE_LIMITED']),
    category: 'RESOURCE_ERROR',
  };
}

function elsewhere(
  name: string,
  what: string,
  place: 'refused' | 'dns' | 'tls',
  codes: readonly string[],
  category: ErrorCategory,
): FaultKind {
  return { name, what, place, modes: BOTH, codes, category, isOfTheRun: false };
}

function ofTheRun(
  name: string,
  what: string,
  codes: readonly string[],
  category: ErrorCategory,
  answer: (tool: string) => ScriptedAnswer,
): FaultKind {
  return { name, what, place: 'answer', modes: BOTH, answer, codes, category, isOfTheRun: true };
}
