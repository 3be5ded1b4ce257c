import {
  classify,
  classifyResponse,
  createRedactor,
  OrchestratorError,
  timeLimitError,
  type ClassifyContext,
  type Clock,
  type ErrorRule,
  type Redactor,
  type TimeLimitKind,
} from '@master-orchestrator/errors';
import type { Refusal } from './capability-learning.js';
import type { Expiry } from './transport/attempt-watch.js';
import type { AnswerHeaders } from './transport/exchange.js';
import { announcedLimits } from './wire/announced-limits.js';
import { isObject, type JsonObject } from './wire/json-value.js';

/** What every failure of one call has in common. */
export interface CallFacts {
  readonly provider: string;
  readonly model: string;
  /** Address people are shown. */ readonly shownUrl: string;
  readonly origin: string;
  readonly credentialId: string | undefined;
  /** The key in use; at most its last characters are ever shown. */ readonly secret: string | undefined;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Rows of plugins. */ readonly rules?: readonly ErrorRule[] | undefined;
}

const LIMIT_KINDS: Readonly<Record<Expiry['limit'], TimeLimitKind>> = {
  connectMs: 'connect',
  headersMs: 'headers',
  firstTokenMs: 'first-token',
  silenceMs: 'silence',
  drain: 'silence',
  attemptMs: 'attempt',
};

/** Of a shorter key its end would say too much. */
const SHOWN_FROM_LENGTH = 12;
const SHOWN_CHARACTERS = 4;

/** Makes the errors of one call; costs nothing while all goes well. */
export class CallFailures {
  readonly #facts: CallFacts;
  #context: ClassifyContext | undefined;
  #redactor: Redactor | undefined;

  constructor(facts: CallFacts) {
    this.#facts = facts;
  }

  /** An answer with an error status. */
  ofStatus(status: number, headers: AnswerHeaders, body: string): OrchestratorError {
    const error = classifyResponse({ status, headers: headersOf(headers), body: this.#redact(body) }, this.#base());
    if (error.code === 'CREDENTIAL_REJECTED') return this.#withKeyEnd(error, status, headers, body);
    const limits = announcedLimits(headers);
    return limits === undefined ? error : error.with({ details: { ...error.details, limits: { ...limits } } });
  }

  /** A failure reported within an answer with a good status: an object with `error`, or an error event. */
  reported(report: unknown, headers?: AnswerHeaders): OrchestratorError {
    const body: unknown = JSON.parse(this.#redact(JSON.stringify(report)));
    const status = statusIn(report);
    return classifyResponse(
      { ...(status === undefined ? {} : { status }), ...(headers ? { headers: headersOf(headers) } : {}), body },
      this.#base(),
    );
  }

  /** An answer with a good status that does not hold what it must. */
  malformed(what: string, body?: string): OrchestratorError {
    const excerpt = body === undefined || body.trim() === '' ? '' : `: ${body.trim().slice(0, 200)}`;
    return this.#flawed('missing-fields', `The answer ${what}${this.#redact(excerpt)}`);
  }

  /** A stream that ended without a terminal sign. */
  cut(): OrchestratorError {
    return this.#flawed('no-terminal-sign', 'The stream ended before the answer was complete.');
  }

  /** An event of a stream that is no JSON. */
  brokenLine(data: string): OrchestratorError {
    return this.#flawed('broken-line', `An event of the stream is no JSON: ${this.#redact(data.slice(0, 200))}`);
  }

  /** A connection that failed or broke. */
  broken(cause: unknown, isInBody: boolean): OrchestratorError {
    return classify(cause, { ...this.#base(), isInBody });
  }

  /** A request that cannot be written as JSON. */
  unsendable(cause: unknown): OrchestratorError {
    const message = `${this.#base().what ?? ''}: the request cannot be written as JSON. Put plain JSON into settings.extra and schemas.`;
    return new OrchestratorError('REQUEST_INVALID', message, { cause });
  }

  /** A time limit that ran out. */
  timedOut({ limit, limitMs }: Expiry): OrchestratorError {
    return timeLimitError({ kind: LIMIT_KINDS[limit], ms: limitMs }, this.#base());
  }

  /** A body beyond the size limit. */
  tooLarge(maxBytes: number): OrchestratorError {
    const { what } = this.#base();
    const message = `${what}: the answer is larger than ${maxBytes} bytes. Ask for less, or raise the option maxResponseBytes.`;
    return new OrchestratorError('RESPONSE_TOO_LARGE', message, { isReplaySafe: true, details: { maxBytes } });
  }

  #base(): ClassifyContext {
    const { provider, model, shownUrl, origin, credentialId, signal, clock, rules } = this.#facts;
    this.#context ??= {
      source: 'model',
      what: `Model "${model}" of provider "${provider}" at ${shownUrl}`,
      breakerKey: `model:${origin}:${model}`,
      ...(credentialId === undefined ? {} : { credentialKey: `credential:${credentialId}` }),
      signal,
      clock,
      ...(rules === undefined ? {} : { rules }),
    };
    return this.#context;
  }

  #flawed(flaw: 'missing-fields' | 'no-terminal-sign' | 'broken-line', message: string): OrchestratorError {
    return classify(new Error(message), { ...this.#base(), flaw });
  }

  #withKeyEnd(error: OrchestratorError, status: number, headers: AnswerHeaders, body: string): OrchestratorError {
    const { secret } = this.#facts;
    if (secret === undefined) return error;
    const shown = secret.length < SHOWN_FROM_LENGTH ? '' : ` ending in "${secret.slice(-SHOWN_CHARACTERS)}"`;
    const context = { ...this.#base(), what: `${this.#base().what ?? ''} with the key${shown}` };
    return classifyResponse({ status, headers: headersOf(headers), body: this.#redact(body) }, context);
  }

  /** Takes the key out of a text, should a server repeat it. */
  #redact(text: string): string {
    const { secret } = this.#facts;
    this.#redactor ??= createRedactor({ secrets: secret === undefined ? [] : [secret], maxTextLength: 65_536 });
    return this.#redactor.redactText(text);
  }
}

/** What a server said when it refused a request, as far as it may be corrected. */
export function refusalIn(error: OrchestratorError): Refusal | undefined {
  const { status, param, code, excerpt } = error.details ?? {};
  if (typeof status !== 'number') return undefined;
  return {
    status,
    param: typeof param === 'string' ? param : undefined,
    code: typeof code === 'string' ? code : undefined,
    message: typeof excerpt === 'string' ? excerpt : '',
  };
}

/** The status that a report names as its code, as some gateways do. */
function statusIn(report: unknown): number | undefined {
  if (!isObject(report)) return undefined;
  const error: JsonObject = isObject(report['error']) ? report['error'] : report;
  const status = Number(error['code'] ?? error['status'] ?? undefined);
  return Number.isInteger(status) && status >= 400 && status <= 599 ? status : undefined;
}

function headersOf(headers: AnswerHeaders): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}
