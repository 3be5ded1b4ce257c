import type { Progress } from '../transport/exchange.js';
import { isObject, textOf, type JsonObject } from '../wire/json-value.js';
import { argumentsOf } from '../wire/tool-arguments.js';
import type { AnswerBody, AnswerContext, StreamAssembler } from '../wire/wire-api.js';
import { choiceOf, contentText, finishChat, hasError, reasoningOf } from './chat-answer.js';

interface OpenCall {
  readonly callId: string;
  /** Id as the server gave it, while the call is being told. */ readonly offeredId: string | undefined;
  readonly index: number | undefined;
  name: string;
  arguments: string;
}

/** Puts a chat answer together from its chunks. Ids of chunks mean nothing: some servers change them in mid-stream. */
export class ChatAssembler implements StreamAssembler {
  readonly #context: AnswerContext;
  readonly #calls: OpenCall[] = [];
  #progress: Progress = 'waiting';
  #id: string | undefined;
  #model: string | undefined;
  #text = '';
  #refusal = '';
  #reasoning: { field: string; text: string } | undefined;
  #finishReason: string | undefined;
  #usage: unknown;

  constructor(context: AnswerContext) {
    this.#context = context;
  }

  accept(chunk: JsonObject): Progress {
    if (hasError(chunk)) throw this.#context.reported(chunk);
    this.#id ??= textOf(chunk['id']);
    this.#model ??= textOf(chunk['model']);
    if (isObject(chunk['usage'])) this.#usage = chunk['usage'];
    const choice = choiceOf(chunk);
    if (choice === undefined) return this.#progress;
    if (hasError(choice)) throw this.#context.reported(choice);
    const delta = choice['delta'] ?? choice['message'];
    if (isObject(delta)) this.#take(delta);
    if (isObject(choice['usage'])) this.#usage = choice['usage'];
    const finishReason = textOf(choice['finish_reason']);
    if (finishReason !== undefined) {
      this.#finishReason = finishReason;
      this.#progress = 'closing';
    }
    return this.#progress;
  }

  done(): Progress {
    if (this.#finishReason !== undefined) this.#progress = 'closed';
    return this.#progress;
  }

  finish(): AnswerBody | undefined {
    if (this.#finishReason === undefined) return undefined;
    return finishChat(
      {
        id: this.#id,
        model: this.#model,
        text: this.#text,
        refusal: this.#refusal,
        reasoning: this.#reasoning,
        calls: this.#calls.map((call) => ({ ...pick(call), arguments: argumentsOf(call.arguments) })),
        finishReason: this.#finishReason,
        usage: this.#usage,
      },
      this.#context,
    );
  }

  #take(delta: JsonObject): void {
    const text = contentText(delta['content']);
    if (text !== '') this.#text += this.#tell('text', text);
    const refusal = textOf(delta['refusal']);
    if (refusal !== undefined) this.#refusal += this.#tell('refusal', refusal);
    const reasoning = reasoningOf(delta);
    if (reasoning !== undefined) {
      this.#reasoning ??= { field: reasoning.field, text: '' };
      this.#reasoning.text += this.#tell('reasoning', reasoning.text);
    }
    const calls = delta['tool_calls'];
    if (Array.isArray(calls)) for (const part of calls) if (isObject(part)) this.#takeCall(part);
  }

  #tell(type: 'text' | 'refusal' | 'reasoning', text: string): string {
    this.#flow();
    this.#context.onDelta?.({ type, text });
    return text;
  }

  #takeCall(part: JsonObject): void {
    this.#flow();
    const told = isObject(part['function']) ? part['function'] : part;
    const call = this.#callOf(part, textOf(told['name'])) ?? this.#openCall(part);
    if (call.name === '') call.name = textOf(told['name']) ?? '';
    const value = told['arguments'];
    const text = typeof value === 'string' ? value : isObject(value) ? argumentsOf(value) : '';
    if (text === '') return;
    call.arguments += text;
    this.#context.onDelta?.({ type: 'tool-arguments', callId: call.callId, name: call.name, text });
  }

  /** The call that a piece belongs to, or `undefined` where it opens a new one. */
  #callOf(part: JsonObject, name: string | undefined): OpenCall | undefined {
    const id = textOf(part['id']);
    const { index } = part;
    if (typeof index !== 'number') {
      const same = id === undefined ? undefined : this.#calls.findLast((call) => call.offeredId === id);
      return same ?? (name === undefined ? this.#calls.at(-1) : undefined);
    }
    const call = this.#calls.findLast((one) => one.index === index);
    // Some servers number every call 0. A new id with a name opens a call, unless the one before is still being told.
    const isOther = call !== undefined && id !== undefined && name !== undefined && id !== call.offeredId;
    return isOther && isWhole(call.arguments) ? undefined : call;
  }

  #openCall(part: JsonObject): OpenCall {
    const index = typeof part['index'] === 'number' ? part['index'] : undefined;
    const callId = this.#context.callIds.take(part['id'], this.#calls.length);
    const call: OpenCall = { callId, offeredId: textOf(part['id']), index, name: '', arguments: '' };
    this.#calls.push(call);
    return call;
  }

  #flow(): void {
    if (this.#progress === 'waiting') this.#progress = 'flowing';
  }
}

function pick({ callId, name }: OpenCall): { callId: string; name: string } {
  return { callId, name };
}

function isWhole(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
