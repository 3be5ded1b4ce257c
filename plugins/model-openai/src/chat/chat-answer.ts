import type { MessageItem, ModelFinish, ModelItem, ModelUsage, Writable } from '@master-orchestrator/contracts';
import { estimateUsage } from '../token-estimate.js';
import { countOf, isObject, listOf, textOf, type JsonObject } from '../wire/json-value.js';
import { argumentsOf } from '../wire/tool-arguments.js';
import type { AnswerBody, AnswerContext } from '../wire/wire-api.js';

/** What a chat answer consists of, plain or gathered from a stream. */
export interface ChatDraft {
  readonly id: string | undefined;
  readonly model: string | undefined;
  readonly text: string;
  readonly refusal: string;
  /** The field the reasoning came in, and its text. */ readonly reasoning:
    | { readonly field: string; readonly text: string }
    | undefined;
  readonly calls: readonly { readonly callId: string; readonly name: string; readonly arguments: string }[];
  readonly finishReason: string | undefined;
  readonly usage: unknown;
}

/** Reads a plain answer of Chat Completions. */
export function chatAnswer(body: JsonObject, context: AnswerContext): AnswerBody {
  if (hasError(body)) throw context.reported(body);
  const choice = choiceOf(body);
  if (choice === undefined) throw context.malformed('has no choices');
  if (hasError(choice)) throw context.reported(choice);
  const message = choice['message'];
  if (!isObject(message)) throw context.malformed('has a choice without a message');
  const calls: ChatDraft['calls'][number][] = [];
  for (const call of listOf(message['tool_calls'])) if (isObject(call)) calls.push(callOf(call, calls.length, context));
  return finishChat(
    {
      id: textOf(body['id']),
      model: textOf(body['model']),
      text: contentText(message['content']),
      refusal: textOf(message['refusal']) ?? '',
      reasoning: reasoningOf(message),
      calls,
      finishReason: textOf(choice['finish_reason']),
      usage: body['usage'],
    },
    context,
  );
}

/** True for a body or event that reports a failure. */
export function hasError(body: JsonObject): boolean {
  return body['object'] === 'error' || isObject(body['error']) || textOf(body['error']) !== undefined;
}

/** The first choice of a body or an event. */
export function choiceOf(body: JsonObject): JsonObject | undefined {
  let first: JsonObject | undefined;
  for (const choice of listOf(body['choices'])) {
    if (!isObject(choice)) continue;
    if ((choice['index'] ?? 0) === 0) return choice;
    first ??= choice;
  }
  return first;
}

/** Text of a message's content, which some servers give in parts. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  let text = '';
  for (const part of listOf(content)) if (isObject(part)) text += textOf(part['text']) ?? '';
  return text;
}

/** The reasoning of a message or delta, with the field it came in. */
export function reasoningOf(message: JsonObject): { field: string; text: string } | undefined {
  const content = textOf(message['reasoning_content']);
  if (content !== undefined) return { field: 'reasoning_content', text: content };
  const text = textOf(message['reasoning']);
  return text === undefined ? undefined : { field: 'reasoning', text };
}

/** The answer that a draft stands for. */
export function finishChat(draft: ChatDraft, context: AnswerContext): AnswerBody {
  if (draft.finishReason === 'error') {
    throw context.reported({ error: { code: 'server_error', message: 'The model ended with an error.' } });
  }
  const items: ModelItem[] = [];
  if (draft.reasoning !== undefined) {
    const { field, text } = draft.reasoning;
    items.push({ type: 'provider-item', origin: context.origin, data: { [field]: text } });
  }
  if (draft.text !== '' || draft.refusal !== '') {
    const message: Writable<MessageItem> = { type: 'message', role: 'assistant', content: draft.text };
    if (draft.refusal !== '') message.refusal = draft.refusal;
    items.push(message);
  }
  for (const call of draft.calls) {
    items.push({ type: 'tool-call', callId: call.callId, name: call.name, arguments: call.arguments });
  }
  const usage = usageOf(draft.usage) ?? estimateUsage(context.request, items);
  const answer: Writable<AnswerBody> = { items, usage, finish: finishOf(draft) };
  if (draft.id !== undefined) answer.responseId = draft.id;
  if (draft.model !== undefined) answer.model = draft.model;
  return answer;
}

function callOf(call: JsonObject, place: number, { callIds }: AnswerContext): ChatDraft['calls'][number] {
  const named = isObject(call['function']) ? call['function'] : call;
  return {
    callId: callIds.take(call['id'], place),
    name: textOf(named['name']) ?? '',
    arguments: argumentsOf(named['arguments']),
  };
}

function finishOf({ finishReason, refusal, calls }: ChatDraft): ModelFinish {
  if (finishReason === 'length' || finishReason === 'max_tokens') return 'length';
  if (finishReason === 'content_filter') return 'filtered';
  if (calls.length > 0) return 'tool_calls';
  return refusal === '' ? 'stop' : 'refused';
}

function usageOf(usage: unknown): ModelUsage | undefined {
  if (!isObject(usage)) return undefined;
  const inputTokens = countOf(usage['prompt_tokens']);
  const outputTokens = countOf(usage['completion_tokens']);
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  const input = usage['prompt_tokens_details'];
  const output = usage['completion_tokens_details'];
  const cached = isObject(input) ? countOf(input['cached_tokens']) : undefined;
  return {
    inputTokens,
    outputTokens,
    cachedInputTokens: cached ?? countOf(usage['prompt_cache_hit_tokens']) ?? countOf(usage['cached_tokens']) ?? 0,
    reasoningTokens: (isObject(output) ? countOf(output['reasoning_tokens']) : undefined) ?? 0,
  };
}
