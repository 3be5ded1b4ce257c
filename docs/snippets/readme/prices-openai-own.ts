import { openaiPricesPlugin } from '@master-orchestrator/prices-openai';

export const prices = openaiPricesPlugin({
  asOf: '2027-01-15',
  prices: {
    'gpt-4o': { inputPerMillion: 2, cachedInputPerMillion: 1, outputPerMillion: 8 },
    'local:*': { inputPerMillion: 0, outputPerMillion: 0 },
  },
});
