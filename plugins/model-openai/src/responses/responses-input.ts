import type { ContentPart, MessageItem, ModelItem } from '@master-orchestrator/contracts';
import type { ResponseInputContent, ResponseInputItem } from 'openai/resources/responses/responses';
import type { BodyInput } from '../wire/wire-api.js';
import { textOf } from '../wire/json-value.js';
import { wordsOf } from '../wire/request-parts.js';
import { carriedBy, type Carried, type CarriedName } from './carried-item.js';

/** The transcript as the Responses API reads it. */
export function responsesInput(input: BodyInput): ResponseInputItem[] {
  const builder = new InputBuilder(input);
  for (const item of input.request.items) builder.add(item);
  return builder.items;
}

class InputBuilder {
  readonly items: ResponseInputItem[] = [];
  readonly #input: BodyInput;
  /** Reasoning that waits for the message or call it led to: alone it would be refused. */
  #waiting: ResponseInputItem[] = [];
  #names: readonly CarriedName[] = [];

  constructor(input: BodyInput) {
    this.#input = input;
  }

  add(item: ModelItem): void {
    switch (item.type) {
      case 'message':
        return item.role === 'assistant' ? this.#addAssistant(item) : this.#addOther(messageOf(item, this.#input));
      case 'tool-call':
        return this.#addOwn({
          type: 'function_call',
          call_id: item.callId,
          name: item.name,
          arguments: item.arguments,
          ...this.#idOf(item.callId),
        });
      case 'tool-result':
        return this.#addOther({ type: 'function_call_output', call_id: item.callId, output: item.output });
      case 'provider-item': {
        const carried = carriedBy(item, this.#input.origin);
        if (carried) this.#addCarried(carried);
      }
    }
  }

  #addAssistant(message: MessageItem): void {
    const words = wordsOf(message);
    const name = this.#names.find((one) => one.callId === undefined);
    this.#names = this.#names.filter((one) => one !== name);
    const phase = name?.phase as 'commentary' | 'final_answer' | undefined;
    const shared = phase === undefined ? {} : { phase };
    if (name?.id === undefined) {
      const content = [words, message.refusal ?? ''].filter(Boolean).join('\n');
      return this.#addOwn({ type: 'message', role: 'assistant', content, ...shared });
    }
    this.#addOwn({
      type: 'message',
      role: 'assistant',
      id: name.id,
      status: 'completed',
      content: [
        ...(words !== '' || message.refusal === undefined
          ? [{ type: 'output_text' as const, text: words, annotations: [], logprobs: [] }]
          : []),
        ...(message.refusal === undefined ? [] : [{ type: 'refusal' as const, refusal: message.refusal }]),
      ],
      ...shared,
    });
  }

  #idOf(callId: string): { id?: string } {
    const id = this.#names.find((name) => name.callId === callId)?.id;
    return id === undefined ? {} : { id };
  }

  #addCarried({ item, following, model }: Carried): void {
    const isReasoning = item?.['type'] === 'reasoning';
    // A server that stores nothing cannot look a reasoning item up, and another model cannot read it.
    const isReadable = this.#input.store !== false || textOf(item?.['encrypted_content']) !== undefined;
    const isUsable = model === this.#input.request.model && (!isReasoning || isReadable);
    // Ids without their reasoning are refused; a phase means something by itself.
    this.#names = isUsable ? following : following.map(({ id: _id, ...name }) => name);
    if (item === undefined) return;
    if (!isReasoning) this.#addOwn(item as unknown as ResponseInputItem);
    else if (isUsable) this.#waiting.push(item as unknown as ResponseInputItem);
  }

  #addOwn(item: ResponseInputItem): void {
    this.items.push(...this.#waiting, item);
    this.#waiting = [];
  }

  #addOther(item: ResponseInputItem): void {
    this.#waiting = [];
    this.#names = [];
    this.items.push(item);
  }
}

function messageOf(message: MessageItem, { capabilities }: BodyInput): ResponseInputItem {
  const role = message.role === 'system' ? capabilities.instructionRole : 'user';
  if (typeof message.content === 'string') return { type: 'message', role, content: message.content };
  return { type: 'message', role, content: message.content.map(contentOf) };
}

function contentOf(part: ContentPart): ResponseInputContent {
  if (part.type === 'text') return { type: 'input_text', text: part.text };
  if (part.type === 'image') return { type: 'input_image', image_url: part.url, detail: part.detail ?? 'auto' };
  if (part.fileId !== undefined) return { type: 'input_file', file_id: part.fileId };
  return { type: 'input_file', filename: part.name, ...(part.data === undefined ? {} : { file_data: part.data }) };
}
