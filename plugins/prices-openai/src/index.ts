export { openaiPricesOptions, openaiPricesPlugin, type OpenAIPricesPluginOptions } from './openai-prices-plugin.js';
export { OPENAI_PRICES, OPENAI_PRICES_AS_OF } from './openai-prices.js';
