import type { ModelPrice } from '@master-orchestrator/contracts';

/** Day of the newest price in {@link OPENAI_PRICES}, `YYYY-MM-DD`. */
export const OPENAI_PRICES_AS_OF = '2026-11-18';

/** Models whose dated snapshots (`gpt-4o-2024-11-20`) cost as much as the model: input, cached input, output. */
const WITH_SNAPSHOTS = {
  'gpt-6.2-astra': [8, 0.4, 40],
  'gpt-6.2-sol': [2, 0.1, 10],
  'gpt-6.1-sol': [2, 0.1, 10],
  'gpt-6.1-terra': [1, 0.05, 5],
  'gpt-6-astra': [10, 1, 50],
  'gpt-6-sol': [2, 0.2, 10],
  'gpt-6-luna': [0.1, 0.01, 0.5],
  'gpt-5.6': [4, 0.4, 20], // alias of gpt-5.6-sol
  'gpt-5.6-sol': [4, 0.4, 20],
  'gpt-5.6-terra': [2, 0.2, 12],
  'gpt-5.6-luna': [0.2, 0.02, 1.2],
  'gpt-5.5': [5, 0.5, 30],
  'gpt-5.5-pro': [30, 30, 180],
  'gpt-5.4': [2.5, 0.25, 15],
  'gpt-5.4-mini': [0.75, 0.075, 4.5],
  'gpt-5.4-nano': [0.2, 0.02, 1.25],
  'gpt-5.4-pro': [30, 30, 180],
  'gpt-5.3-codex': [1.75, 0.175, 14],
  'gpt-5.2': [1.75, 0.175, 14],
  'gpt-5.2-codex': [1.75, 0.175, 14],
  'gpt-5.2-pro': [21, 21, 168],
  'gpt-5.1': [1.25, 0.125, 10],
  'gpt-5.1-codex': [1.25, 0.125, 10],
  'gpt-5.1-codex-max': [1.25, 0.125, 10],
  'gpt-5.1-codex-mini': [0.25, 0.025, 2],
  'gpt-5': [1.25, 0.125, 10],
  'gpt-5-codex': [1.25, 0.125, 10],
  'gpt-5-mini': [0.25, 0.025, 2],
  'gpt-5-nano': [0.05, 0.005, 0.4],
  'gpt-5-pro': [15, 15, 120],
  'gpt-4.1': [2, 0.5, 8],
  'gpt-4.1-mini': [0.4, 0.1, 1.6],
  'gpt-4.1-nano': [0.1, 0.025, 0.4],
  'gpt-4o': [2.5, 1.25, 10],
  'gpt-4o-mini': [0.15, 0.075, 0.6],
  'gpt-4-turbo': [10, 10, 30],
  o1: [15, 7.5, 60],
  'o1-pro': [150, 150, 600],
  o3: [2, 0.5, 8],
  'o3-pro': [20, 20, 80],
  'o3-mini': [1.1, 0.55, 4.4],
  'o4-mini': [1.1, 0.275, 4.4],
} as const satisfies Readonly<Record<string, readonly [input: number, cached: number, output: number]>>;

/** Names that stand for themselves only. */
const SINGLE_NAMES = {
  'gpt-5.3-chat-latest': [1.75, 0.175, 14],
  'gpt-5.2-chat-latest': [1.75, 0.175, 14],
  'gpt-5.1-chat-latest': [1.25, 0.125, 10],
  'gpt-5-chat-latest': [1.25, 0.125, 10],
  'gpt-4o-2024-05-13': [5, 5, 15],
  'gpt-4': [30, 30, 60],
  'gpt-4-0613': [30, 30, 60],
  'gpt-3.5-turbo': [0.5, 0.5, 1.5],
  'gpt-3.5-turbo-0125': [0.5, 0.5, 1.5],
} as const satisfies Readonly<Record<string, readonly [input: number, cached: number, output: number]>>;

/**
 * List prices of OpenAI's text models, in US dollars per million tokens, by model name; `<model>-20*` stands for the dated
 * snapshots of a model. A model that is not here has no price, and is not guessed from a similar name.
 *
 * Standard processing, requests of up to 272,000 input tokens, without the surcharges for longer ones, cache writes and
 * regional processing, and without the discounts of batch and flex processing.
 *
 * Source: OpenAI, "Pricing" (https://developers.openai.com/api/docs/pricing) and the model pages below
 * https://developers.openai.com/api/docs/models, read between 2026-10-04 and 2026-11-18. Models that were retired before
 * then keep their last price, because compatible services still offer them under these names.
 */
export const OPENAI_PRICES: Readonly<Record<string, ModelPrice>> = Object.freeze(allPrices());

function allPrices(): Record<string, ModelPrice> {
  const prices: Record<string, ModelPrice> = {};
  for (const [model, row] of Object.entries(WITH_SNAPSHOTS)) {
    prices[model] = priceOf(row);
    prices[`${model}-20*`] = priceOf(row);
  }
  for (const [model, row] of Object.entries(SINGLE_NAMES)) prices[model] = priceOf(row);
  return prices;
}

function priceOf([input, cached, output]: readonly [number, number, number]): ModelPrice {
  return Object.freeze({ inputPerMillion: input, cachedInputPerMillion: cached, outputPerMillion: output });
}
