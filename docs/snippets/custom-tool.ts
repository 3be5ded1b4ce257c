import { defineTool } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import { z } from 'zod';

const stock = new Map([
  ['espresso', 12],
  ['filter', 0],
]);

const stockLevel = defineTool({
  name: 'stock_level',
  description: 'Number of bags of a coffee in stock.',
  category: 'data_processing',
  accessLevel: 'restricted', // an agent needs a grant
  effect: 'pure', // may be repeated and cached
  inputSchema: z.object({ coffee: z.string().min(1).describe('Name of the coffee, such as "espresso".') }),
  outputSchema: z.object({ bags: z.int().nonnegative() }),
  cache: { ttlMs: 60_000 },
  limits: { timeoutMs: 2_000, perMinute: 120 },
  execute: async ({ coffee }) => ({ bags: stock.get(coffee) ?? 0 }),
});

await using orchestrator = await createOrchestrator();
orchestrator.registerTool(stockLevel);
await orchestrator.grantToolAccess({ tool: 'stock_level', to: { agent: 'clerk' } });

const allowed = await orchestrator.tools.executeTool('stock_level', 'clerk', { coffee: 'espresso' });
console.log(allowed.output);
const refused: unknown = await orchestrator.tools
  .executeTool('stock_level', 'stranger', { coffee: 'espresso' })
  .catch((error: unknown) => error);
console.log(OrchestratorError.isInstance(refused) && refused.code);
