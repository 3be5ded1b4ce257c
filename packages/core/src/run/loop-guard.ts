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
      readonly period: number;
      readonly repeats: number;
      readonly calls: string;
    };

/** Longest cycle of turns that is recognised. */
const LONGEST_PERIOD = 4;
/**
 * Recognises an agent that goes round in circles: turns whose calls, arguments and results repeat exactly, with a period
 * of one to four turns. Work over many items (other arguments) and polling (other results) never match.
 */
export class LoopGuard {
  readonly #turns: string[] = [];
  readonly #resetAt: number;

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
      return { verdict: 'ok' };
    }
    this.#turns.push(signature(calls));
    if (this.#turns.length > LONGEST_PERIOD * (this.#resetAt + 1)) this.#turns.shift();
    let worst = { period: 0, repeats: 1 };
    for (let period = 1; period <= LONGEST_PERIOD; period += 1) {
      const repeats = this.#repeatsOf(period);
      if (repeats > worst.repeats) worst = { period, repeats };
    }
    if (worst.repeats < Math.max(2, this.#resetAt - 1)) return { verdict: 'ok' };
    const verdict = worst.repeats > this.#resetAt ? 'stop' : worst.repeats === this.#resetAt ? 'reset' : 'warn';
    return { verdict, ...worst, calls: [...new Set(calls.map(({ name }) => name))].join(', ') };
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

function signature(calls: readonly ObservedCall[]): string {
  return calls.length === 1 ? signatureOf(calls[0] as ObservedCall) : calls.map(signatureOf).sort().join('\u0001');
}

function signatureOf(call: ObservedCall): string {
  return `${call.name}\u0000${call.arguments}\u0000${call.output}`;
}
