import type { ModelFinish, ModelItem, ModelUsage } from '@master-orchestrator/contracts';
import { estimateUsage } from '../token-estimate.js';
import { countOf, isObject, listOf, textOf, type JsonObject } from '../wire/json-value.js';
import { argumentsOf } from '../wire/tool-arguments.js';
import type { AnswerBody, AnswerContext } from '../wire/wire-api.js';
import { carry, nameOf, type CarriedName } from './carried-item.js';

/** Reads a response object of the Responses API, plain or from the last event of a stream. */
export function responsesAnswer(
  body: JsonObject,
  context: AnswerContext,
  collected: readonly JsonObject[] = [],
): AnswerBody {
  const { status, error } = body;
  if (isObject(error) || textOf(error) !== undefined) throw context.reported({ error });
  if (status === 'failed' || status === 'cancelled') {
    throw context.reported({ error: { code: 'server_error', message: `The response has the status "${status}".` } });
  }
  if (status === 'queued' || status === 'in_progress')
    throw context.malformed(`has the status "${status}": background answers are not read`);
  const output = Array.isArray(body['output']) ? (body['output'] as readonly unknown[]).filter(isObject) : undefined;
  if (output === undefined && collected.length === 0) throw context.malformed('has no output');
  const items = new ItemReader(context).read(output !== undefined && output.length > 0 ? output : collected);
  const responseId = textOf(body['id']);
  const model = textOf(body['model']);
  return {
    items,
    usage: usageOf(body['usage']) ?? estimateUsage(context.request, items),
    finish: finishOf(body, items),
    ...(responseId === undefined ? {} : { responseId }),
    ...(model === undefined ? {} : { model }),
  };
}

/** Turns output items into items of a transcript, in their order. */
class ItemReader {
  readonly #context: AnswerContext;
  readonly #items: ModelItem[] = [];
  #following: CarriedName[] | undefined;

  constructor(context: AnswerContext) {
    this.#context = context;
  }

  read(output: readonly JsonObject[]): readonly ModelItem[] {
    output.forEach((item, place) => this.#add(item, place));
    return this.#items;
  }

  #add(item: JsonObject, place: number): void {
    if (item['type'] === 'message') this.#addMessage(item);
    else if (item['type'] === 'function_call') this.#addCall(item, place);
    else this.#carry(item);
  }

  #addMessage(item: JsonObject): void {
    const { text, refusal } = contentOf(item['content']);
    if (text === '' && refusal === '') return;
    this.#name(item, undefined);
    this.#items.push({ type: 'message', role: 'assistant', content: text, ...(refusal === '' ? {} : { refusal }) });
  }

  #addCall(item: JsonObject, place: number): void {
    const callId = this.#context.callIds.take(item['call_id'], place);
    this.#name(item, callId);
    const name = textOf(item['name']) ?? '';
    this.#items.push({ type: 'tool-call', callId, name, arguments: argumentsOf(item['arguments']) });
  }

  /** Names are kept with the reasoning before them; elsewhere only a phase is worth an item of its own. */
  #name(item: JsonObject, callId: string | undefined): void {
    const name = nameOf(item);
    if (name === undefined) return;
    if (this.#following === undefined && name.phase === undefined) return;
    if (this.#following === undefined) this.#carry(undefined);
    this.#following?.push(callId === undefined ? name : { ...name, callId });
  }

  #carry(item: JsonObject | undefined): void {
    this.#following = [];
    const { origin, request } = this.#context;
    this.#items.push(
      carry(origin, { model: request.model, ...(item === undefined ? {} : { item }), following: this.#following }),
    );
  }
}

function contentOf(content: unknown): { text: string; refusal: string } {
  if (typeof content === 'string') return { text: content, refusal: '' };
  let text = '';
  let refusal = '';
  for (const part of listOf(content)) {
    if (!isObject(part)) continue;
    if (part['type'] === 'refusal') refusal += textOf(part['refusal']) ?? '';
    else text += textOf(part['text']) ?? '';
  }
  return { text, refusal };
}

function finishOf(body: JsonObject, items: readonly ModelItem[]): ModelFinish {
  if (body['status'] === 'incomplete') {
    const details = body['incomplete_details'];
    return isObject(details) && details['reason'] === 'content_filter' ? 'filtered' : 'length';
  }
  if (items.some((item) => item.type === 'tool-call')) return 'tool_calls';
  return items.some((item) => item.type === 'message' && item.refusal !== undefined) ? 'refused' : 'stop';
}

function usageOf(usage: unknown): ModelUsage | undefined {
  if (!isObject(usage)) return undefined;
  const inputTokens = countOf(usage['input_tokens']);
  const outputTokens = countOf(usage['output_tokens']);
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  const input = usage['input_tokens_details'];
  const output = usage['output_tokens_details'];
  return {
    inputTokens,
    outputTokens,
    cachedInputTokens: (isObject(input) ? countOf(input['cached_tokens']) : undefined) ?? 0,
    reasoningTokens: (isObject(output) ? countOf(output['reasoning_tokens']) : undefined) ?? 0,
  };
}
