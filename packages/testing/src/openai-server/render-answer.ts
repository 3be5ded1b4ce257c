import { contentOf, type AnswerContent } from './answer-content.js';
import { chatBody, chatFrames } from './chat-wire.js';
import { wordError } from './error-bodies.js';
import type { Fault, WireError } from './fault.js';
import { modelOf } from './recorded-request.js';
import { echoOf, responseBody, responseFrames } from './responses-wire.js';
import type { RecordedRequest, ScriptedAnswer, WireApi } from './scripted-answer.js';
import type { Frame } from './sse.js';
import type { Transmission } from './transmit.js';

/** What the server adds to a scripted answer. */
export interface RenderSource {
  /** How many answers came before; makes the ids. */ readonly serial: number;
  /** Seconds since the Unix epoch. */ readonly createdAt: number;
  /** Told the content of an answer of the Responses API, which a later request may continue. */
  readonly onResponse: (content: AnswerContent) => void;
}

/** Makes of a scripted answer what the request asked for: which API, plain or streamed. */
export function renderAnswer(request: RecordedRequest, answer: ScriptedAnswer, source: RenderSource): Transmission {
  const common = {
    headers: { 'x-request-id': `req_${request.index}`, ...answer.headers },
    fault: faultFor(request.api, answer.fault),
    wire: answer.wire ?? {},
    delayMs: answer.delayMs ?? 0,
    chunkDelayMs: answer.chunkDelayMs ?? 0,
    errorFrame: errorFrameOf(request.api),
  };
  if (answer.error !== undefined || (answer.status ?? 200) >= 400) return { ...common, ...errorOf(answer) };
  const status = answer.status ?? 200;
  const payload = payloadOf(request, answer, source);
  if (typeof payload === 'string') return { ...common, status, contentType: 'application/json', payload };
  return { ...common, status, contentType: 'text/event-stream; charset=utf-8', payload };
}

/** A refusal in OpenAI's shape. */
export function refuse(status: number, error: WireError): Transmission {
  const { body, contentType } = wordError(status, 'openai', error);
  return { ...plain(status, {}), contentType, payload: body };
}

/** A plain JSON answer. */
export function plain(status: number, body: object): Transmission {
  return {
    status,
    headers: {},
    contentType: 'application/json',
    payload: JSON.stringify(body),
    fault: undefined,
    wire: {},
    delayMs: 0,
    chunkDelayMs: 0,
    errorFrame: errorFrameOf('chat'),
  };
}

function payloadOf(request: RecordedRequest, answer: ScriptedAnswer, source: RenderSource): readonly Frame[] | string {
  const body = (request.body ?? {}) as Readonly<Record<string, unknown>>;
  const { serial, createdAt } = source;
  const content = contentOf(answer, { serial, createdAt, model: modelOf(request), rawRequest: request.rawBody });
  if (request.api === 'chat') {
    const withUsage = (body['stream_options'] as { include_usage?: boolean } | undefined)?.include_usage === true;
    if (request.isStream) return chatFrames(content, withUsage, answer.wire);
    return JSON.stringify(chatBody(content, answer.wire));
  }
  const failure = answer.fault?.kind === 'failed' ? (answer.fault.error ?? {}) : undefined;
  source.onResponse(content);
  if (request.isStream) return responseFrames(content, echoOf(body), failure);
  return JSON.stringify(responseBody(content, echoOf(body), failure));
}

/** Chat Completions has no answer that failed: there it is an error in the stream, or status 500. */
function faultFor(api: WireApi, fault: Fault | undefined): Fault | undefined {
  if (api !== 'chat' || fault?.kind !== 'failed') return fault;
  return { kind: 'error-event', ...(fault.error === undefined ? {} : { error: fault.error }) };
}

function errorFrameOf(api: WireApi): Transmission['errorFrame'] {
  return (error, position) => {
    const message = error.message ?? 'The server had an error while processing your request.';
    const code = error.code === undefined ? 'server_error' : error.code;
    const param = error.param ?? null;
    if (api === 'chat')
      return { data: JSON.stringify({ error: { message, type: error.type ?? 'server_error', param, code } }) };
    return { event: 'error', data: JSON.stringify({ type: 'error', code, message, param, sequence_number: position }) };
  };
}

function errorOf(answer: ScriptedAnswer): Pick<Transmission, 'status' | 'contentType' | 'payload'> {
  const status = answer.status ?? 500;
  if (typeof answer.error === 'object') {
    return { status, contentType: 'application/json', payload: JSON.stringify(answer.error) };
  }
  const worded = wordError(status, 'openai', answer.error === undefined ? {} : { message: answer.error });
  return { status, contentType: worded.contentType, payload: worded.body };
}
