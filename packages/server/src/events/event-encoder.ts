import type { EventOf, OrchestratorEvent } from '@master-orchestrator/contracts';
import type { Redactor } from '@master-orchestrator/errors';
import { SecretFilter } from './secret-filter.js';

/** An event with its JSON. */
export interface EncodedEvent {
  readonly event: OrchestratorEvent;
  /** Secrets masked. */ readonly data: string;
}

interface Masking {
  readonly filter: SecretFilter;
  last: EventOf<'model-call-delta'>;
}

/** Masks secrets in events, also those that pieces of an answer cut in two, and writes them as JSON. */
export class EventEncoder {
  readonly #redactor: Redactor;
  /** By task, then by what kind of text it is. */ readonly #open = new Map<string, Map<string, Masking>>();

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** What is to be told for an event: itself, later, or with words that were held before it. */
  encode(event: OrchestratorEvent): EncodedEvent[] {
    const { taskId } = event;
    if (taskId === undefined) return [this.#plain(event)];
    if (event.type === 'model-call-delta') return this.#delta(taskId, event);
    const isPause = event.type === 'tool-call-progress' || event.type === 'budget-settle';
    return [...(isPause ? [] : this.#flush(taskId)), this.#plain(event)];
  }

  #delta(taskId: string, event: EventOf<'model-call-delta'>): EncodedEvent[] {
    const { kind, callId, text } = event.data;
    const texts = this.#textsOf(taskId);
    const key = callId === undefined ? kind : `${kind}:${callId}`;
    const masking = texts.get(key) ?? { filter: new SecretFilter(this.#redactor), last: event };
    texts.set(key, masking);
    masking.last = event;
    return encodeDelta(event, masking.filter.push(text));
  }

  /** An answer or an attempt is over: what was held is told. */
  #flush(taskId: string): EncodedEvent[] {
    const texts = this.#open.get(taskId);
    if (texts === undefined) return [];
    this.#open.delete(taskId);
    return [...texts.values()].flatMap(({ filter, last }) => encodeDelta(last, filter.end()));
  }

  #textsOf(taskId: string): Map<string, Masking> {
    const known = this.#open.get(taskId);
    if (known !== undefined) return known;
    const texts = new Map<string, Masking>();
    this.#open.set(taskId, texts);
    return texts;
  }

  #plain(event: OrchestratorEvent): EncodedEvent {
    return { event, data: JSON.stringify(this.#redactor.redact(event)) };
  }
}

/** The text is masked already; the rest of a delta holds ids and numbers. */
function encodeDelta(event: EventOf<'model-call-delta'>, text: string): EncodedEvent[] {
  if (text === '') return [];
  const told = { ...event, data: { ...event.data, text } };
  return [{ event: told, data: JSON.stringify(told) }];
}
