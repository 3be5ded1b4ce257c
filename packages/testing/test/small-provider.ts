import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type {
  ModelDelta,
  ModelFinish,
  ModelItem,
  ModelProvider,
  ModelRequest,
  ModelResponse,
} from '@master-orchestrator/contracts';
import { classify, classifyResponse, type ClassifyContext, type TimeLimit } from '@master-orchestrator/errors';
import type { ModelPlace } from '../src/index.js';

type RespondOptions = Parameters<ModelProvider['respond']>[1];
type ChatCall = { index?: number; id?: string; function?: { name?: string; arguments?: string | null } };
type ChatMessage = { content?: string | null; refusal?: string | null; tool_calls?: ChatCall[] };
type ChatUsage = {
  prompt_tokens: number;
  completion_tokens: number;
  prompt_tokens_details?: { cached_tokens?: number };
  completion_tokens_details?: { reasoning_tokens?: number };
};
type ChatChunk = {
  error?: unknown;
  model?: string;
  usage?: ChatUsage | null;
  choices?: { finish_reason?: string | null; message?: ChatMessage; delta?: ChatMessage }[];
};

/** A whole provider over Chat Completions, as short as it can be: what the checks of models are tried on. */
export function smallProvider({ url, apiKey }: ModelPlace): ModelProvider {
  return {
    name: 'small',
    origin: new URL(url).origin,
    describe: () => ({}),
    respond: async (request, options) => {
      const limits = { headersMs: 60_000, attemptMs: 600_000, ...request.settings.limits };
      const own = new AbortController();
      let timeLimit: TimeLimit | undefined;
      const arm = (kind: 'headers' | 'attempt', ms: number): NodeJS.Timeout =>
        setTimeout(() => {
          timeLimit ??= { kind, ms };
          own.abort();
        }, ms);
      const timers = [arm('headers', limits.headersMs), arm('attempt', limits.attemptMs)];
      const context = (): ClassifyContext => ({
        signal: options.signal,
        source: 'model',
        ...(timeLimit === undefined ? {} : { timeLimit }),
      });
      try {
        options.signal.throwIfAborted();
        const signal = AbortSignal.any([options.signal, own.signal]);
        const answer = await post(`${url}/chat/completions`, apiKey, bodyOf(request, options), signal);
        clearTimeout(timers[0]);
        return await read(answer, request, options, context);
      } catch (error) {
        throw classify(error, context());
      } finally {
        timers.forEach((timer) => clearTimeout(timer));
      }
    },
  };
}

function post(url: string, apiKey: string, body: object, signal: AbortSignal): Promise<IncomingMessage> {
  const text = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` };
  const ask = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    ask(url, { method: 'POST', headers, agent: false, signal }, resolve).on('error', reject).end(text);
  });
}

function bodyOf(
  { model, instructions, items, tools, toolChoice, outputSchema, settings }: ModelRequest,
  options: RespondOptions,
): object {
  const choice =
    typeof toolChoice === 'object' ? { type: 'function', function: { name: toolChoice.tool } } : toolChoice;
  const system = instructions === undefined ? [] : [{ role: 'system', content: instructions }];
  return {
    model,
    messages: [...system, ...messagesOf(items)],
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ isStrict, ...spec }) => ({ type: 'function', function: { ...spec, strict: isStrict } })),
        }),
    ...(choice === undefined ? {} : { tool_choice: choice }),
    ...(outputSchema === undefined
      ? {}
      : {
          response_format: {
            type: 'json_schema',
            json_schema: { name: outputSchema.name, schema: outputSchema.schema, strict: outputSchema.isStrict },
          },
        }),
    temperature: settings.temperature,
    top_p: settings.topP,
    max_completion_tokens: settings.maxOutputTokens,
    ...(options.onDelta === undefined ? {} : { stream: true, stream_options: { include_usage: true } }),
  };
}

function messagesOf(items: readonly ModelItem[]): object[] {
  const messages: { role: string; tool_calls?: object[] }[] = [];
  for (const item of items) {
    if (item.type === 'message') messages.push({ role: item.role, content: item.content } as { role: string });
    if (item.type === 'tool-result')
      messages.push({ role: 'tool', tool_call_id: item.callId, content: item.output } as { role: string });
    if (item.type !== 'tool-call') continue;
    const call = { id: item.callId, type: 'function', function: { name: item.name, arguments: item.arguments } };
    const last = messages.at(-1);
    if (last?.role === 'assistant') (last.tool_calls ??= []).push(call);
    else messages.push({ role: 'assistant', tool_calls: [call] });
  }
  return messages;
}

async function read(
  answer: IncomingMessage,
  request: ModelRequest,
  { onDelta }: RespondOptions,
  context: () => ClassifyContext,
): Promise<ModelResponse> {
  const { statusCode: status = 0, headers } = answer;
  const type = headers['content-type'] ?? '';
  let text = '';
  const built = new Built(onDelta ?? (() => {}));
  try {
    const decoder = new TextDecoder();
    for await (const bytes of answer as AsyncIterable<Uint8Array>) {
      text += decoder.decode(bytes, { stream: true });
      if (status === 200 && type.startsWith('text/event-stream')) text = readEvents(text, built, context);
    }
  } catch (error) {
    throw classify(error, { ...context(), isInBody: true });
  }
  if (status !== 200) throw classifyResponse({ status, headers, body: text }, context());
  if (!type.startsWith('text/event-stream')) built.whole(text, context);
  if (!built.isDone) throw classify(undefined, { ...context(), flaw: 'no-terminal-sign' });
  return built.response(request);
}

/** Reads the whole events of a text and gives back the rest. */
function readEvents(text: string, built: Built, context: () => ClassifyContext): string {
  const lines = text.split(/\r\n|\n|\r(?!$)/);
  const rest = lines.pop() ?? '';
  for (const line of lines) {
    if (!line.startsWith('data:') || line.slice(5).trim() === '[DONE]') continue;
    let chunk: ChatChunk;
    try {
      chunk = JSON.parse(line.slice(5)) as ChatChunk;
    } catch {
      throw classify(undefined, { ...context(), flaw: 'broken-line' });
    }
    if (chunk.error !== undefined) throw classifyResponse({ body: chunk }, context());
    built.add(chunk);
  }
  return rest;
}

class Built {
  isDone = false;
  #message: ChatMessage = {};
  readonly #calls: { id: string; name: string; text: string }[] = [];
  #finish = 'stop';
  #usage: ChatUsage | undefined;
  readonly #onDelta: (delta: ModelDelta) => void;

  constructor(onDelta: (delta: ModelDelta) => void) {
    this.#onDelta = onDelta;
  }

  whole(text: string, context: () => ClassifyContext): void {
    let body: ChatChunk;
    try {
      body = JSON.parse(text) as ChatChunk;
    } catch {
      throw classify(undefined, { ...context(), flaw: 'not-json' });
    }
    if (body.choices?.[0]?.message === undefined) throw classify(undefined, { ...context(), flaw: 'missing-fields' });
    this.add(body);
  }

  add({ choices = [], usage }: ChatChunk): void {
    this.#usage = usage ?? this.#usage;
    const [choice] = choices;
    const part = choice?.delta ?? choice?.message ?? {};
    if (typeof part.content === 'string') this.#text('content', 'text', part.content);
    if (typeof part.refusal === 'string') this.#text('refusal', 'refusal', part.refusal);
    // Without an index a call comes whole.
    for (const call of part.tool_calls ?? []) this.#call(call, call.index ?? this.#calls.length);
    if (typeof choice?.finish_reason !== 'string') return;
    this.#finish = choice.finish_reason;
    this.isDone = true;
  }

  #text(field: 'content' | 'refusal', type: 'text' | 'refusal', piece: string): void {
    this.#message[field] = (this.#message[field] ?? '') + piece;
    if (piece !== '') this.#onDelta({ type, text: piece });
  }

  #call(part: ChatCall, index: number): void {
    const call = (this.#calls[index] ??= { id: part.id ?? '', name: part.function?.name ?? '', text: '' });
    const text = part.function?.arguments ?? '';
    call.text += text;
    if (text !== '') this.#onDelta({ type: 'tool-arguments', callId: call.id, name: call.name, text });
  }

  response({ model }: ModelRequest): ModelResponse {
    const { content, refusal } = this.#message;
    const message: ModelItem = {
      type: 'message',
      role: 'assistant',
      content: content ?? '',
      ...(typeof refusal === 'string' ? { refusal } : {}),
    };
    const calls = this.#calls.map(({ id, name, text }): ModelItem => ({
      type: 'tool-call',
      callId: id,
      name,
      arguments: text,
    }));
    return {
      items: [...(content === undefined && typeof refusal !== 'string' ? [] : [message]), ...calls],
      finish: this.#ending(calls.length),
      model,
      usage: {
        inputTokens: this.#usage?.prompt_tokens ?? 0,
        outputTokens: this.#usage?.completion_tokens ?? 0,
        cachedInputTokens: this.#usage?.prompt_tokens_details?.cached_tokens ?? 0,
        reasoningTokens: this.#usage?.completion_tokens_details?.reasoning_tokens ?? 0,
      },
    };
  }

  #ending(calls: number): ModelFinish {
    if (this.#finish === 'length') return 'length';
    if (this.#finish === 'content_filter') return 'filtered';
    if (typeof this.#message.refusal === 'string') return 'refused';
    return calls > 0 ? 'tool_calls' : 'stop';
  }
}
