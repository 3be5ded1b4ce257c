import type { ContentPart, MessageItem, ModelItem, ToolCallItem } from '@master-orchestrator/contracts';
import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionContentPart,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions/completions';
import { isObject, type JsonObject } from '../wire/json-value.js';
import { instructionsOf, wordsOf } from '../wire/request-parts.js';
import type { BodyInput } from '../wire/wire-api.js';

/** Fields in which compatible servers give their reasoning; what came in one goes back in it. */
export const REASONING_FIELDS = ['reasoning_content', 'reasoning'] as const;

/** The transcript as Chat Completions reads it: what the assistant said and called in one go is one message. */
export function chatMessages(input: BodyInput): ChatCompletionMessageParam[] {
  const builder = new MessageBuilder(input);
  const instructions = instructionsOf(input.request, input.capabilities);
  if (instructions !== undefined) builder.addInstructions(instructions);
  for (const item of input.request.items) builder.add(item);
  return builder.messages;
}

class MessageBuilder {
  readonly messages: ChatCompletionMessageParam[] = [];
  readonly #input: BodyInput;
  #assistant: ChatCompletionAssistantMessageParam | undefined;
  #reasoning: JsonObject | undefined;

  constructor(input: BodyInput) {
    this.#input = input;
  }

  addInstructions(content: string): void {
    this.#addOther({ role: this.#input.capabilities.instructionRole, content });
  }

  add(item: ModelItem): void {
    switch (item.type) {
      case 'message':
        if (item.role === 'assistant') return this.#addAnswer(item);
        if (item.role === 'system') return this.addInstructions(wordsOf(item));
        return this.#addOther({ role: 'user', content: userContent(item) });
      case 'tool-call':
        return this.#addCall(item);
      case 'tool-result':
        return this.#addOther({ role: 'tool', tool_call_id: item.callId, content: item.output });
      case 'provider-item':
        if (item.origin === this.#input.origin && this.#input.capabilities.reasoningContent) {
          this.#reasoning = reasoningOf(item.data);
        }
    }
  }

  #addAnswer(message: MessageItem): void {
    const assistant = this.#open((one) => one.content === null && one.tool_calls === undefined);
    assistant.content = wordsOf(message);
    if (message.refusal !== undefined) assistant.refusal = message.refusal;
  }

  #addCall(call: ToolCallItem): void {
    const assistant = this.#open(() => true);
    const text = this.#input.isOpenAI ? call.arguments : parsableArguments(call.arguments);
    assistant.tool_calls = [
      ...(assistant.tool_calls ?? []),
      { id: call.callId, type: 'function', function: { name: call.name, arguments: text } },
    ];
  }

  /** The assistant's message at the end where it can take more, else a new one. */
  #open(canTake: (one: ChatCompletionAssistantMessageParam) => boolean): ChatCompletionAssistantMessageParam {
    if (this.#assistant && canTake(this.#assistant)) return this.#assistant;
    const assistant: ChatCompletionAssistantMessageParam = { role: 'assistant', content: null, ...this.#reasoning };
    this.#reasoning = undefined;
    this.#assistant = assistant;
    this.messages.push(assistant);
    return assistant;
  }

  #addOther(message: ChatCompletionMessageParam): void {
    this.#assistant = undefined;
    this.#reasoning = undefined;
    this.messages.push(message);
  }
}

function reasoningOf(data: unknown): JsonObject | undefined {
  if (!isObject(data)) return undefined;
  const field = REASONING_FIELDS.find((name) => typeof data[name] === 'string');
  return field === undefined ? undefined : { [field]: data[field] };
}

/** Compatible servers parse the arguments of earlier calls and fail on what is no JSON object; OpenAI reads any text. */
function parsableArguments(text: string): string {
  const known = parsable.get(text);
  if (known !== undefined) return known;
  const sent = asParsable(text);
  if (text.length > LONGEST_KEPT) return sent;
  if (parsable.size >= MOST_KEPT) parsable.clear();
  parsable.set(text, sent);
  return sent;
}

/** A call goes out again with every later request of its conversation. */
const parsable = new Map<string, string>();
const MOST_KEPT = 1_000;
const LONGEST_KEPT = 500;

function asParsable(text: string): string {
  try {
    return isObject(JSON.parse(text)) ? text : JSON.stringify({ value: text });
  } catch {
    return JSON.stringify({ invalid_arguments: text });
  }
}

function userContent({ content }: MessageItem): string | ChatCompletionContentPart[] {
  return typeof content === 'string' ? content : content.map(partOf);
}

function partOf(part: ContentPart): ChatCompletionContentPart {
  if (part.type === 'text') return { type: 'text', text: part.text };
  if (part.type === 'image') {
    return { type: 'image_url', image_url: { url: part.url, ...(part.detail ? { detail: part.detail } : {}) } };
  }
  if (part.fileId !== undefined) return { type: 'file', file: { file_id: part.fileId } };
  return { type: 'file', file: { filename: part.name, ...(part.data === undefined ? {} : { file_data: part.data }) } };
}
