import { readOptions, type ModelPrice, type OptionsSchema, type PluginV1 } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { OPENAI_PRICES, OPENAI_PRICES_AS_OF } from './openai-prices.js';
import { version } from './version.js';

/** Options of {@link openaiPricesPlugin}. */
export interface OpenAIPricesPluginOptions {
  /**
   * Prices of your own, in US dollars per million tokens, by model name, `<provider>:<model>` or a beginning that ends
   * with `*`. They replace the list prices of the same name. @default none
   */
  readonly prices?: Readonly<Record<string, ModelPrice>>;
  /** Day your own prices were read, `YYYY-MM-DD`. @default that of the list prices */ readonly asOf?: string;
}

const dollars = z.number().min(0);

const price = z.strictObject({
  inputPerMillion: dollars,
  cachedInputPerMillion: dollars.exactOptional(),
  outputPerMillion: dollars,
}) satisfies OptionsSchema<ModelPrice>;

/** The options as the host checks and shows them. */
export const openaiPricesOptions = z.strictObject({
  prices: z
    .record(z.string(), price)
    .default({})
    .describe(
      'Prices of your own, in US dollars per million tokens, by model name, `<provider>:<model>` or a beginning that ends with `*`. They replace the list prices of the same name.',
    ),
  asOf: z.iso
    .date()
    .default(OPENAI_PRICES_AS_OF)
    .meta({ 'x-expected': 'a day such as `2026-11-18`' })
    .describe('Day your own prices were read, `YYYY-MM-DD`.'),
}) satisfies OptionsSchema<OpenAIPricesPluginOptions>;

/**
 * Adds OpenAI's list prices, so that costs are shown and money budgets hold.
 *
 * @throws OrchestratorError CONFIG_INVALID when a price is no number from 0 on, or the day is none.
 */
export function openaiPricesPlugin(options: OpenAIPricesPluginOptions = {}): PluginV1 {
  const { prices, asOf } = readOptions(openaiPricesOptions, options, 'openaiPricesPlugin');
  const table = { name: 'openai', asOf, prices: { ...OPENAI_PRICES, ...prices } };
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/prices-openai',
    version,
    contributes: { priceTables: [table] },
  };
}
