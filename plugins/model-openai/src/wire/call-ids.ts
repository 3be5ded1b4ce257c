import type { ModelRequest } from '@master-orchestrator/contracts';
import type { Random } from '@master-orchestrator/errors';

const FRESH_LENGTH = 24;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/**
 * Gives every tool call of an answer an id that is unique in the whole conversation. Compatible servers leave ids out,
 * repeat one, or begin to count anew in each answer.
 */
export class CallIds {
  readonly #request: ModelRequest;
  readonly #random: Random;
  /** By place in the answer. */ #given: Map<unknown, string> | undefined;
  #earlier: Set<string> | undefined;

  constructor(request: ModelRequest, random: Random) {
    this.#request = request;
    this.#random = random;
  }

  /**
   * The id as the server gave it where it can be used, else a fresh one.
   *
   * @param place - Where in the answer the call stands; asked again for the same place, the same id is given.
   */
  take(offered: unknown, place: unknown): string {
    this.#given ??= new Map();
    const earlier = this.#given.get(place);
    if (earlier !== undefined) return earlier;
    const isUsable = typeof offered === 'string' && offered.length > 0 && this.#isNew(offered);
    const id = isUsable ? offered : this.#fresh();
    this.#given.set(place, id);
    return id;
  }

  #isNew(id: string): boolean {
    this.#earlier ??= earlierIds(this.#request);
    if (this.#earlier.has(id)) return false;
    for (const given of this.#given?.values() ?? []) if (given === id) return false;
    return true;
  }

  #fresh(): string {
    let id = 'call_';
    for (let i = 0; i < FRESH_LENGTH; i++) id += ALPHABET[Math.floor(this.#random() * ALPHABET.length)] ?? '0';
    // A source of chance may repeat itself; the count does not.
    return this.#isNew(id) ? id : `${id}_${this.#given?.size ?? 0}`;
  }
}

function earlierIds(request: ModelRequest): Set<string> {
  const ids = new Set<string>();
  for (const item of request.items) if (item.type === 'tool-call') ids.add(item.callId);
  return ids;
}
