import { createOrchestrator } from '@master-orchestrator/core';
import { openaiPricesPlugin } from '@master-orchestrator/prices-openai';

const orchestrator = await createOrchestrator({ plugins: [openaiPricesPlugin()] });
const [table] = orchestrator.plugins.contributions('priceTables');
console.log(table?.value.prices['gpt-4o']); // US dollars per million tokens
await orchestrator.shutdown();
