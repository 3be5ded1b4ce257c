import type { Progress } from '../transport/exchange.js';
import { isObject, textOf, type JsonObject } from '../wire/json-value.js';
import type { AnswerBody, AnswerContext, StreamAssembler } from '../wire/wire-api.js';
import { responsesAnswer } from './responses-answer.js';

interface OpenCall {
  readonly callId: string;
  readonly name: string;
}

/** Reads the events of a streamed response; the last one holds the whole answer. */
export class ResponsesAssembler implements StreamAssembler {
  readonly #context: AnswerContext;
  readonly #calls = new Map<unknown, OpenCall>();
  readonly #collected: JsonObject[] = [];
  #progress: Progress = 'waiting';
  #response: JsonObject | undefined;

  constructor(context: AnswerContext) {
    this.#context = context;
  }

  accept(event: JsonObject): Progress {
    switch (event['type']) {
      case 'response.output_text.delta':
        return this.#delta('text', event['delta']);
      case 'response.refusal.delta':
        return this.#delta('refusal', event['delta']);
      case 'response.reasoning_text.delta':
      case 'response.reasoning_summary_text.delta':
        return this.#delta('reasoning', event['delta']);
      case 'response.function_call_arguments.delta':
        return this.#arguments(event);
      case 'response.output_item.added':
        return this.#opened(event);
      case 'response.output_item.done':
        if (isObject(event['item'])) this.#collected.push(event['item']);
        return this.#progress;
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        return this.#ended(event);
      default:
        if (event['type'] === 'error' || hasError(event)) throw this.#context.reported(event);
        return this.#progress;
    }
  }

  done(): Progress {
    return this.#progress;
  }

  finish(): AnswerBody | undefined {
    if (this.#response === undefined) return undefined;
    return responsesAnswer(this.#response, this.#context, this.#collected);
  }

  #delta(type: 'text' | 'refusal' | 'reasoning', delta: unknown): Progress {
    const text = textOf(delta);
    if (text === undefined) return this.#progress;
    this.#context.onDelta?.({ type, text });
    return this.#flowing();
  }

  #arguments(event: JsonObject): Progress {
    const text = textOf(event['delta']);
    const call = this.#calls.get(event['output_index'] ?? event['item_id']);
    if (text === undefined || call === undefined) return this.#progress;
    this.#context.onDelta?.({ type: 'tool-arguments', callId: call.callId, name: call.name, text });
    return this.#flowing();
  }

  #opened(event: JsonObject): Progress {
    const { item } = event;
    if (!isObject(item) || item['type'] !== 'function_call') return this.#progress;
    const place = event['output_index'] ?? item['id'];
    const callId = this.#context.callIds.take(item['call_id'], place);
    this.#calls.set(place, { callId, name: textOf(item['name']) ?? '' });
    return this.#flowing();
  }

  #ended(event: JsonObject): Progress {
    const { response } = event;
    if (!isObject(response)) throw this.#context.malformed('ends with an event that holds no response');
    // The name of the event counts: some servers repeat the status of the beginning.
    const named = String(event['type']).slice('response.'.length);
    this.#response = { ...response, status: response['status'] === 'incomplete' ? 'incomplete' : named };
    this.#progress = 'closed';
    return this.#progress;
  }

  #flowing(): Progress {
    if (this.#progress === 'waiting') this.#progress = 'flowing';
    return this.#progress;
  }
}

function hasError(event: JsonObject): boolean {
  return event['object'] === 'error' || isObject(event['error']) || textOf(event['error']) !== undefined;
}
