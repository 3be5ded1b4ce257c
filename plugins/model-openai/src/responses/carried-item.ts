import type { ModelItem, ProviderItem } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { isObject, textOf, type JsonObject } from '../wire/json-value.js';

/**
 * What an answer's message or tool call was called by its server. A server that stores answers refuses a reasoning
 * item whose following item has lost its id, and newer models want the `phase` of their messages back.
 */
export interface CarriedName {
  readonly id?: string;
  readonly callId?: string;
  readonly phase?: string;
}

/** The content of a provider item: an output item as it came, and the names of the messages and calls after it. */
export interface Carried {
  /** Model that was asked: another one cannot read its reasoning, or refuses it. */ readonly model: string;
  /** The output item, untouched; absent where only names are carried. */ readonly item?: JsonObject;
  readonly following: readonly CarriedName[];
}

/** Wraps an output item that only its server understands. */
export function carry(origin: string, carried: Carried): ProviderItem {
  return { type: 'provider-item', origin, data: carried as unknown as Json };
}

/** Unwraps it again; `undefined` for an item of another origin or of another kind. */
export function carriedBy(item: ModelItem, origin: string): Carried | undefined {
  if (item.type !== 'provider-item' || item.origin !== origin || !isObject(item.data)) return undefined;
  const { item: raw, following, model } = item.data;
  if (!Array.isArray(following) || typeof model !== 'string') return undefined;
  const names = following.filter(isObject).map((name) => name as CarriedName);
  return isObject(raw) ? { model, item: raw, following: names } : { model, following: names };
}

/** The name of an output item, or `undefined` where there is none worth carrying. */
export function nameOf(item: JsonObject): CarriedName | undefined {
  const id = textOf(item['id']);
  const callId = textOf(item['call_id']);
  const phase = textOf(item['phase']);
  if (id === undefined && phase === undefined) return undefined;
  return {
    ...(id === undefined ? {} : { id }),
    ...(callId === undefined ? {} : { callId }),
    ...(phase === undefined ? {} : { phase }),
  };
}
