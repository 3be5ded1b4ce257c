import type { ModelRequest } from '@master-orchestrator/contracts';
import { estimateInputTokens, estimateTextTokens, TokenTally } from './token-estimate.js';

/** What a tokenizer is made from. */
interface Ranks {
  readonly bpe_ranks: string;
  readonly special_tokens: Record<string, number>;
  readonly pat_str: string;
}

type Encoding = 'o200k_base' | 'cl100k_base';

/** Models before gpt-4o, which have the older one of OpenAI's tokenizers. */
const OLDER_MODELS = /^(ft:)?(gpt-4(-|$)|gpt-3\.5)/;
/**
 * Characters that are tokenized at a time. The time for a text without spaces grows with the square of its length; cut
 * into pieces it does not, for at most one token more a piece.
 */
const PIECE = 1_024;
/** Of a longer text the rest is estimated. */
const LONGEST = 200_000;
/** Tokenizers of other vendors need more tokens for the same text, mostly by less than this. */
const MARGIN_ELSEWHERE = 1.2;

const loading = new Map<Encoding, Promise<TokenTally | undefined>>();

/** Said where the tokenizer is not installed. */
const MISSING =
  'The package "tiktoken" is not installed: tokens are estimated from lengths where a budget or the window asks for them. For exact counts: npm install tiktoken.';

/**
 * Input tokens of a request as OpenAI's tokenizer counts them. It is loaded with the first count: runs that need none
 * pay nothing for it. Where it cannot be loaded, lengths are measured instead.
 *
 * @param isOpenAI - False: another vendor's model, whose tokenizer is not known; it is counted with a margin.
 * @param note - Told where the tokenizer, an optional package, is not installed.
 */
export async function countInputTokens(
  request: ModelRequest,
  isOpenAI: boolean,
  note: (message: string) => void,
): Promise<number> {
  const encoding: Encoding = isOpenAI && OLDER_MODELS.test(request.model) ? 'cl100k_base' : 'o200k_base';
  const known = loading.get(encoding) ?? load(encoding);
  loading.set(encoding, known);
  const tally = await known;
  if (tally === undefined) {
    note(MISSING);
    return estimateInputTokens(request);
  }
  return isOpenAI ? tally.input(request) : Math.ceil(tally.input(request) * MARGIN_ELSEWHERE);
}

async function load(encoding: Encoding): Promise<TokenTally | undefined> {
  try {
    const [{ Tiktoken }, { default: ranks }] = await Promise.all([
      import('tiktoken/lite'),
      encoding === 'o200k_base' ? import('tiktoken/encoders/o200k_base') : import('tiktoken/encoders/cl100k_base'),
    ]);
    // Its types show an ES module where Node loads a CommonJS one.
    const { bpe_ranks, special_tokens, pat_str } = ranks as unknown as Ranks;
    const tokenizer = new Tiktoken(bpe_ranks, special_tokens, pat_str);
    return new TokenTally((text) => countText(text, (piece) => tokenizer.encode_ordinary(piece).length));
  } catch {
    return undefined;
  }
}

function countText(text: string, count: (piece: string) => number): number {
  const measured = Math.min(text.length, LONGEST);
  let tokens = 0;
  for (let start = 0; start < measured; start += PIECE) tokens += count(text.slice(start, start + PIECE));
  return text.length <= LONGEST ? tokens : tokens + estimateTextTokens(text.slice(LONGEST));
}
