import { piecesOf, type AnswerContent, type ContentCall } from './answer-content.js';
import type { WireError } from './fault.js';
import type { Frame } from './sse.js';

/** What of the request comes back in the answer. */
export interface ResponseEcho {
  readonly instructions: unknown;
  readonly tools: unknown;
  readonly toolChoice: unknown;
  readonly temperature: unknown;
  readonly topP: unknown;
  readonly maxOutputTokens: unknown;
  readonly parallelToolCalls: unknown;
  readonly previousResponseId: unknown;
  readonly text: unknown;
  readonly reasoning: unknown;
  readonly metadata: unknown;
}

type Status = 'in_progress' | 'completed' | 'incomplete' | 'failed';

/** Reads from a request what its answer repeats. */
export function echoOf(request: Readonly<Record<string, unknown>>): ResponseEcho {
  return {
    instructions: request['instructions'] ?? null,
    tools: request['tools'] ?? [],
    toolChoice: request['tool_choice'] ?? 'auto',
    temperature: request['temperature'] ?? 1,
    topP: request['top_p'] ?? 1,
    maxOutputTokens: request['max_output_tokens'] ?? null,
    parallelToolCalls: request['parallel_tool_calls'] ?? true,
    previousResponseId: request['previous_response_id'] ?? null,
    text: request['text'] ?? { format: { type: 'text' } },
    reasoning: request['reasoning'] ?? { effort: null, summary: null },
    metadata: request['metadata'] ?? {},
  };
}

/** A plain answer of the Responses API; with `error` one that failed. */
export function responseBody(content: AnswerContent, echo: ResponseEcho, error?: WireError): object {
  if (error !== undefined) return response(content, echo, 'failed', [], error);
  return response(content, echo, statusOf(content), outputItems(content));
}

/** A streamed answer of the Responses API, from `response.created` to its terminal event. */
export function responseFrames(content: AnswerContent, echo: ResponseEcho, error?: WireError): readonly Frame[] {
  const frames: Frame[] = [];
  const emit = (event: string, fields: object, isTerminal = false): void => {
    const data = JSON.stringify({ type: event, ...fields, sequence_number: frames.length });
    frames.push({ event, data, ...(isTerminal ? { isTerminal } : {}) });
  };
  emit('response.created', { response: response(content, echo, 'in_progress', []) });
  emit('response.in_progress', { response: response(content, echo, 'in_progress', []) });
  if (error !== undefined) {
    emit('response.failed', { response: response(content, echo, 'failed', [], error) }, true);
    return frames;
  }
  let position = 0;
  if (content.reasoning !== undefined) emitReasoning(content, position++, emit);
  if (hasMessage(content)) emitMessage(content, position++, emit);
  for (const call of content.calls) emitCall(content, call, position++, emit);
  const status = statusOf(content);
  emit(`response.${status}`, { response: response(content, echo, status, outputItems(content)) }, true);
  return frames;
}

type Emit = (event: string, fields: object) => void;

function emitReasoning(content: AnswerContent, outputIndex: number, emit: Emit): void {
  const text = content.reasoning ?? '';
  const place = { item_id: `rs_${content.id}`, output_index: outputIndex, summary_index: 0 };
  const empty = { type: 'reasoning', id: place.item_id, summary: [], status: 'in_progress' };
  emit('response.output_item.added', { output_index: outputIndex, item: empty });
  emit('response.reasoning_summary_part.added', { ...place, part: { type: 'summary_text', text: '' } });
  for (const delta of piecesOf(text, content.chunkSize)) {
    emit('response.reasoning_summary_text.delta', { ...place, delta });
  }
  emit('response.reasoning_summary_text.done', { ...place, text });
  emit('response.reasoning_summary_part.done', { ...place, part: { type: 'summary_text', text } });
  emit('response.output_item.done', { output_index: outputIndex, item: reasoningItem(content) });
}

function emitMessage(content: AnswerContent, outputIndex: number, emit: Emit): void {
  const itemId = `msg_${content.id}`;
  const empty = { id: itemId, type: 'message', role: 'assistant', status: 'in_progress', content: [] };
  emit('response.output_item.added', { output_index: outputIndex, item: empty });
  messageParts(content).forEach((part, contentIndex) => {
    const place = { item_id: itemId, output_index: outputIndex, content_index: contentIndex };
    const blank = part.type === 'refusal' ? { ...part, refusal: '' } : { ...part, text: '' };
    emit('response.content_part.added', { ...place, part: blank });
    if (part.type === 'refusal') {
      for (const delta of piecesOf(part.refusal, content.chunkSize)) {
        emit('response.refusal.delta', { ...place, delta });
      }
      emit('response.refusal.done', { ...place, refusal: part.refusal });
    } else {
      for (const delta of piecesOf(part.text, content.chunkSize)) {
        emit('response.output_text.delta', { ...place, delta, logprobs: [] });
      }
      emit('response.output_text.done', { ...place, text: part.text, logprobs: [] });
    }
    emit('response.content_part.done', { ...place, part });
  });
  emit('response.output_item.done', { output_index: outputIndex, item: messageItem(content) });
}

function emitCall(content: AnswerContent, call: ContentCall, outputIndex: number, emit: Emit): void {
  const place = { item_id: call.itemId, output_index: outputIndex };
  const open = { ...callItem(call), arguments: '', status: 'in_progress' };
  emit('response.output_item.added', { output_index: outputIndex, item: open });
  for (const delta of piecesOf(call.arguments ?? '', content.chunkSize)) {
    emit('response.function_call_arguments.delta', { ...place, delta });
  }
  emit('response.function_call_arguments.done', { ...place, name: call.name, arguments: call.arguments });
  emit('response.output_item.done', { output_index: outputIndex, item: callItem(call, partStatus(content)) });
}

function response(
  content: AnswerContent,
  echo: ResponseEcho,
  status: Status,
  output: readonly object[],
  error?: WireError,
): object {
  const isEnd = status !== 'in_progress';
  return {
    id: `resp_${content.id}`,
    object: 'response',
    created_at: content.createdAt,
    status,
    error: error === undefined ? null : { code: error.code ?? 'server_error', message: error.message ?? 'Failed.' },
    incomplete_details: status === 'incomplete' ? { reason: incompleteReason(content) } : null,
    instructions: echo.instructions,
    max_output_tokens: echo.maxOutputTokens,
    metadata: echo.metadata,
    model: content.model,
    output,
    parallel_tool_calls: echo.parallelToolCalls,
    previous_response_id: echo.previousResponseId,
    reasoning: echo.reasoning,
    store: false,
    temperature: echo.temperature,
    text: echo.text,
    tool_choice: echo.toolChoice,
    tools: echo.tools,
    top_p: echo.topP,
    truncation: 'disabled',
    ...(isEnd && error === undefined && content.usage !== undefined ? { usage: responseUsage(content) } : {}),
  };
}

function outputItems(content: AnswerContent): readonly object[] {
  return [
    ...(content.reasoning === undefined ? [] : [reasoningItem(content)]),
    ...(hasMessage(content) ? [messageItem(content)] : []),
    ...content.calls.map((call) => callItem(call, partStatus(content))),
  ];
}

type MessagePart =
  | {
      readonly type: 'output_text';
      readonly text: string;
      readonly annotations: readonly never[];
      readonly logprobs: readonly never[];
    }
  | { readonly type: 'refusal'; readonly refusal: string };

function messageParts(content: AnswerContent): readonly MessagePart[] {
  const parts: MessagePart[] = [];
  if (content.text !== undefined)
    parts.push({ type: 'output_text', text: content.text, annotations: [], logprobs: [] });
  if (content.refusal !== undefined) parts.push({ type: 'refusal', refusal: content.refusal });
  return parts;
}

function hasMessage(content: AnswerContent): boolean {
  return (content.text !== undefined && content.text !== '') || content.refusal !== undefined;
}

function reasoningItem(content: AnswerContent): object {
  const summary = [{ type: 'summary_text', text: content.reasoning ?? '' }];
  return { type: 'reasoning', id: `rs_${content.id}`, summary, status: 'completed' };
}

function messageItem(content: AnswerContent): object {
  const status = partStatus(content);
  return { id: `msg_${content.id}`, type: 'message', role: 'assistant', status, content: messageParts(content) };
}

function callItem(call: ContentCall, status = 'completed'): object {
  return {
    type: 'function_call',
    id: call.itemId,
    call_id: call.callId,
    name: call.name,
    arguments: call.arguments,
    status,
  };
}

function statusOf(content: AnswerContent): 'completed' | 'incomplete' {
  return content.finish === 'length' || content.finish === 'filtered' ? 'incomplete' : 'completed';
}

function partStatus(content: AnswerContent): string {
  return statusOf(content);
}

function incompleteReason(content: AnswerContent): string {
  return content.finish === 'filtered' ? 'content_filter' : 'max_output_tokens';
}

function responseUsage({ usage }: AnswerContent): object {
  const { inputTokens = 0, outputTokens = 0, cachedInputTokens = 0, reasoningTokens = 0 } = usage ?? {};
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedInputTokens, cache_write_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  };
}
