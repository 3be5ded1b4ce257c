import type { ModelDelta, ModelRequest, ModelResponse } from '@master-orchestrator/contracts';
import { systemClock } from '@master-orchestrator/errors';
import { chatApi } from '../../src/chat/chat-api.js';
import { CallFailures } from '../../src/failures.js';
import { responsesApi } from '../../src/responses/responses-api.js';
import { HttpAnswerReader } from '../../src/wire/answer-reader.js';
import { CallIds } from '../../src/wire/call-ids.js';
import { requestOf } from './requests.js';

export interface Reading {
  readonly response: ModelResponse;
  readonly deltas: readonly ModelDelta[];
}

interface ReadOptions {
  readonly api?: 'chat' | 'responses';
  readonly request?: ModelRequest;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Reads an answer that arrives in these chunks. Throws what a call would be rejected with. */
export function readChunks(chunks: readonly Buffer[], options: ReadOptions = {}): Reading {
  const { api = 'chat', request = requestOf(), type = 'text/event-stream', headers = {} } = options;
  const deltas: ModelDelta[] = [];
  const reader = new HttpAnswerReader({
    wire: api === 'chat' ? chatApi : responsesApi,
    failures: new CallFailures({
      provider: 'openai',
      model: request.model,
      shownUrl: 'https://api.openai.com/v1',
      origin: 'https://api.openai.com',
      credentialId: undefined,
      secret: undefined,
      signal: new AbortController().signal,
      clock: systemClock,
    }),
    request,
    origin: 'https://api.openai.com',
    callIds: new CallIds(request, () => 0.5),
    onDelta: (delta) => deltas.push(delta),
  });
  reader.begin(200, { 'content-type': type, ...headers });
  for (const bytes of chunks) reader.read(bytes);
  return { response: reader.finish(), deltas };
}

/** Reads a whole event stream given as text. */
export function readStream(text: string, options: ReadOptions = {}): Reading {
  return readChunks([Buffer.from(text)], options);
}

/** Reads a plain body. */
export function readJson(body: unknown, options: ReadOptions = {}): ModelResponse {
  return readChunks([Buffer.from(JSON.stringify(body))], { type: 'application/json', ...options }).response;
}

/** One event of a stream. */
export function event(data: unknown, lineEnd = '\n'): string {
  return `data: ${typeof data === 'string' ? data : JSON.stringify(data)}${lineEnd}${lineEnd}`;
}

/** A chunk of Chat Completions. */
export function chunk(delta: object | undefined, finishReason: string | null = null, more: object = {}): object {
  const choice = { index: 0, ...(delta === undefined ? {} : { delta }), finish_reason: finishReason };
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o', choices: [choice], ...more };
}
