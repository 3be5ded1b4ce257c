import type { ModelPrice, PluginV1 } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
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

/**
 * Adds OpenAI's list prices, so that costs are shown and money budgets hold.
 *
 * @throws OrchestratorError CONFIG_INVALID when a price is no number from 0 on, or the day is none.
 */
export function openaiPricesPlugin({ prices = {}, asOf }: OpenAIPricesPluginOptions = {}): PluginV1 {
  for (const [model, price] of Object.entries(prices)) checkPrice(model, price);
  if (asOf !== undefined && !isDay(asOf)) throw invalid(`asOf ${JSON.stringify(asOf)} is no day such as "2026-11-18".`);
  const table = { name: 'openai', asOf: asOf ?? OPENAI_PRICES_AS_OF, prices: { ...OPENAI_PRICES, ...prices } };
  return {
    specificationVersion: 'v1',
    name: '@master-orchestrator/prices-openai',
    version,
    contributes: { priceTables: [table] },
  };
}

function checkPrice(model: string, price: ModelPrice): void {
  const { inputPerMillion, outputPerMillion, cachedInputPerMillion = 0 } = price;
  const isPrice = [inputPerMillion, outputPerMillion, cachedInputPerMillion].every(
    (value) => Number.isFinite(value) && value >= 0,
  );
  if (!isPrice) {
    throw invalid(
      `the price of ${JSON.stringify(model)} needs inputPerMillion and outputPerMillion, in US dollars, from 0 on.`,
    );
  }
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

function invalid(problem: string): OrchestratorError {
  return new OrchestratorError('CONFIG_INVALID', `openaiPricesPlugin: ${problem}`, {
    category: 'VALIDATION_ERROR',
    severity: 'CRITICAL',
  });
}
