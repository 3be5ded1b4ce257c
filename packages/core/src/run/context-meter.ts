import type { ModelItem, ModelRequest, ModelUsage } from '@master-orchestrator/contracts';
import { estimateItem, estimateTokens } from '../models/estimate.js';
import type { Transcript } from './transcript.js';

/** What a model's window must hold beside the conversation. */
export type RequestFrame = Pick<ModelRequest, 'instructions' | 'tools' | 'outputSchema'>;

/** Part of the window that is kept free for an answer whose bound is not known. */
const ANSWER_SHARE = 1 / 8;
/** An answer may be allowed to be as long as the window; more than this is not kept free for it. */
const MOST_ANSWER_SHARE = 1 / 4;
/** How full the window is after a compaction, so that the next one is not due at once. */
const FILL_AFTER = 0.7;
const TOKENS_PER_ITEM = 8;

/**
 * Knows how full the model's window is: what the provider counted with its last answer, and an estimate of what has come
 * since. Most turns are answered from the length of the text alone.
 */
export class ContextMeter {
  /** What the provider counted, and how much of the transcript that was. */
  #counted: { readonly tokens: number; readonly items: number; readonly characters: number } | undefined;

  /** Takes in what the provider counted for a transcript that ends with its answer. */
  observe(transcript: Transcript, { inputTokens, outputTokens, isEstimated }: ModelUsage): void {
    if (isEstimated === true) return;
    const { items, characters } = transcript;
    this.#counted = { tokens: inputTokens + outputTokens, items: items.length, characters };
  }

  /** The transcript is another one than the provider counted. */
  reset(): void {
    this.#counted = undefined;
  }

  /**
   * Tokens that the conversation may have where it must be made smaller, as {@link estimateItem} counts them; `undefined`
   * while it fits.
   *
   * @param window - Tokens of input and output together.
   * @param maxOutput - Longest answer, where one is known.
   */
  goalFor(
    transcript: Transcript,
    frame: RequestFrame,
    window: number,
    maxOutput: number | undefined,
  ): number | undefined {
    const answer = Math.min(maxOutput ?? window * ANSWER_SHARE, window * MOST_ANSWER_SHARE);
    const room = window - answer;
    if (this.#atMost(transcript, frame) <= room) return undefined;
    const frameTokens = estimateTokens({ items: [], ...frame });
    const size = this.#sizeOf(transcript.items, frameTokens);
    if (size <= room) return undefined;
    const estimated = transcript.items.reduce((sum, item) => sum + estimateItem(item), 0);
    // The estimate is on the high side: where the provider counted less, the goal is as much higher.
    const ratio = Math.max(1, estimated / Math.max(1, size - frameTokens));
    return Math.max(0, Math.floor((room * FILL_AFTER - frameTokens) * ratio));
  }

  /** A bound that costs no look at the text: a character is at most one token. */
  #atMost({ items, characters }: Transcript, { instructions = '', tools }: RequestFrame): number {
    const counted = this.#counted;
    if (counted !== undefined)
      return counted.tokens + (characters - counted.characters) + (items.length - counted.items) * TOKENS_PER_ITEM;
    if (tools.length > 0 || items.some(({ type }) => type === 'provider-item')) return Infinity;
    return characters + instructions.length + (items.length + 1) * TOKENS_PER_ITEM;
  }

  #sizeOf(items: readonly ModelItem[], frameTokens: number): number {
    const counted = this.#counted;
    const unknown = counted === undefined ? items : items.slice(counted.items);
    return unknown.reduce((sum, item) => sum + estimateItem(item), counted?.tokens ?? frameTokens);
  }
}
