import { createHash } from 'node:crypto';

/** One tool call of a turn with what came of it. */
export interface ObservedCall {
  readonly name: string;
  /** Canonical JSON of the arguments. */ readonly arguments: string;
  readonly output: string;
}

/** What the guard thinks of the last turn. */
export type LoopVerdict =
  | { readonly verdict: 'ok' }
  | {
      readonly verdict: 'warn' | 'reset' | 'stop';
      /** Turns of the cycle; 0 where calls repeat in no order. */ readonly period: number;
      readonly repeats: number;
      readonly calls: string;
    };

/** Longest cycle of turns that is recognised. */
const LONGEST_PERIOD = 8;
/** A call that has given the same result so often before tells nothing new. Once again may be a check. */
const TIMES_TO_BE_STALE = 2;
/** Turns in a row without anything new, for each repeat of a cycle that would have the same verdict. */
const STALE_PER_REPEAT = 3;
/** Results remembered; the one not seen for longest is forgotten first. */
const REMEMBERED = 1_000;
/** A longer text is compared by its hash. */
const LONGEST_COMPARED = 2_000;

/**
 * Recognises an agent that goes round in circles: turns whose calls, arguments and results repeat exactly, with a period
 * of one to eight turns; and one that makes no progress: turn after turn of calls whose results it has had at least twice.
 * Work over many items (other arguments) and polling (other results) never match.
 */
export class LoopGuard {
  readonly #turns: string[] = [];
  readonly #seen = new Map<string, number>();
  readonly #resetAt: number;
  #staleTurns = 0;

  /**
   * @param resetAt - Repeats of a cycle at which the model is told to change course; it is warned one repeat before and
   * stopped one after.
   */
  constructor(resetAt = 3) {
    this.#resetAt = resetAt;
  }

  /** Takes in the calls of a turn and judges. */
  observe(calls: readonly ObservedCall[]): LoopVerdict {
    if (calls.length === 0) {
      this.#turns.length = 0;
      this.#staleTurns = 0;
      return { verdict: 'ok' };
    }
    const signatures: string[] = [];
    for (const call of calls) signatures.push(signatureOf(call));
    this.#turns.push(signatures.length === 1 ? (signatures[0] as string) : signatures.sort().join('\u0001'));
    if (this.#turns.length > LONGEST_PERIOD * (this.#resetAt + 1)) this.#turns.shift();
    this.#staleTurns = this.#areStale(signatures) ? this.#staleTurns + 1 : 0;
    let worst = { period: 0, repeats: Math.max(1, Math.floor(this.#staleTurns / STALE_PER_REPEAT)) };
    for (let period = 1; period <= LONGEST_PERIOD; period += 1) {
      const repeats = this.#repeatsOf(period);
      if (repeats > worst.repeats) worst = { period, repeats };
    }
    if (worst.repeats < Math.max(2, this.#resetAt - 1)) return { verdict: 'ok' };
    const verdict = worst.repeats > this.#resetAt ? 'stop' : worst.repeats === this.#resetAt ? 'reset' : 'warn';
    return { verdict, ...worst, calls: [...new Set(calls.map(({ name }) => name))].join(', ') };
  }

  /** Counts the calls of a turn; true where every one of them has given the same result often enough before. */
  #areStale(signatures: readonly string[]): boolean {
    let areStale = true;
    for (const signature of signatures) {
      const times = this.#seen.get(signature) ?? 0;
      if (times < TIMES_TO_BE_STALE) areStale = false;
      this.#seen.delete(signature);
      this.#seen.set(signature, times + 1);
    }
    const oldest = this.#seen.keys().next();
    if (this.#seen.size > REMEMBERED && oldest.done !== true) this.#seen.delete(oldest.value);
    return areStale;
  }

  /** How often the last `period` turns have just happened in a row, themselves included. */
  #repeatsOf(period: number): number {
    const { length } = this.#turns;
    if (length < period) return 0;
    let repeats = 1;
    for (let start = length - 2 * period; start >= 0; start -= period) {
      for (let offset = 0; offset < period; offset += 1) {
        if (this.#turns[start + offset] !== this.#turns[length - period + offset]) return repeats;
      }
      repeats += 1;
    }
    return repeats;
  }
}

function signatureOf({ name, arguments: text, output }: ObservedCall): string {
  return `${name}\u0000${shortOf(text)}\u0000${shortOf(output)}`;
}

function shortOf(text: string): string {
  return text.length <= LONGEST_COMPARED ? text : createHash('sha256').update(text).digest('base64');
}
