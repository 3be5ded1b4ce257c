import { defineTool } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { z } from 'zod';

const customer = z.object({ userId: z.string(), locale: z.string().default('en') });
const ordersOf = new Map([['u1', ['12 lamps']]]); // stands for a database: tools look it up here, the context has the id

const listOrders = defineTool({
  name: 'list_orders',
  description: 'Lists the orders of the user who asks.',
  inputSchema: z.object({}), // nothing for the model to fill in, or to get wrong
  userContextSchema: customer,
  accessLevel: 'public',
  effect: 'idempotent',
  execute: async (_input, { userContext }) => ({ orders: ordersOf.get(userContext.userId) ?? [] }),
});

await using orchestrator = await createOrchestrator({ plugins: [offlineModelPlugin()], tools: [listOrders] });
const agentId = await orchestrator.createAgent({
  name: 'desk',
  instructions: 'Help the customer.',
  tools: ['list_orders'],
  userContextSchema: customer, // from here on the compiler asks for it
  beforeTurn: ({ userContext }) => ({ instructions: `Help the customer. Answer in "${userContext.locale}".` }),
});

const { text } = await orchestrator.run('List the orders', { agentId, userContext: { userId: 'u1' } }).result;
console.log(text);
const given: unknown = { userId: 1 }; // as it may come from outside
const refused: unknown = await orchestrator
  .createTask({ description: 'List the orders', agentId, userContext: given as z.input<typeof customer> })
  .catch((error: unknown) => error);
console.log(OrchestratorError.isInstance(refused) && refused.message);
