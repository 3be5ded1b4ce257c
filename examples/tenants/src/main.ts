import { defineTool } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { z } from 'zod';

/** Who asks. Filled in by the program that knows (after a login, say), never by the model. */
const customer = z.object({
  tenant: z.string().describe('Company whose data may be seen.'),
  role: z.enum(['clerk', 'accountant']).default('clerk'),
});

/** Stands for a database. A connection is looked up here, in the closure of the tools; the context carries the id alone. */
const orders: Readonly<Record<string, readonly string[]>> = { acme: ['12 lamps', '3 desks'], globex: ['1 reactor'] };
const invoices: Readonly<Record<string, readonly string[]>> = {
  acme: ['no. 7, 840 euros'],
  globex: ['no. 1, 9 euros'],
};

const listOrders = defineTool({
  name: 'list_orders',
  description: 'Lists the orders of the company that asks.',
  inputSchema: z.object({}),
  userContextSchema: customer,
  accessLevel: 'public',
  effect: 'idempotent',
  execute: async (_input, { userContext }) => ({ orders: orders[userContext.tenant] ?? [] }),
});

/** Its schema is narrower: whoever is no accountant is refused before anything runs. */
const listInvoices = defineTool({
  name: 'list_invoices',
  description: 'Lists the invoices of the company that asks.',
  inputSchema: z.object({}),
  userContextSchema: customer.extend({ role: z.literal('accountant') }),
  accessLevel: 'public',
  effect: 'idempotent',
  execute: async (_input, { userContext }) => ({ invoices: invoices[userContext.tenant] ?? [] }),
});

const orchestrator = await createOrchestrator({ plugins: [offlineModelPlugin()], tools: [listOrders, listInvoices] });

await orchestrator.createAgent({
  name: 'billing',
  description: 'Lists invoices.',
  instructions: 'List invoices.',
  tools: ['list_invoices'],
});
const desk = await orchestrator.createAgent({
  name: 'desk',
  instructions: 'Help the customer with orders, and hand invoices to billing.',
  tools: ['list_orders'],
  delegates: ['billing'],
  userContextSchema: customer,
});

for (const [question, userContext] of [
  ['List the orders', { tenant: 'acme' }],
  ['List the orders', { tenant: 'globex' }],
  ['List the invoices', { tenant: 'acme', role: 'accountant' }],
  ['List the invoices', { tenant: 'globex', role: 'clerk' }],
] as const) {
  const { text } = await orchestrator.run(question, { agentId: desk, userContext }).result;
  console.log(`${userContext.tenant}: ${question}\n  ${text.replaceAll('\n', '\n  ')}`);
}

// The compiler asks for the context; what comes as data is checked when the task is made.
const fromOutside: unknown = JSON.parse('{"tenant":7}');
const refused = await orchestrator
  .createTask({ description: 'List the orders', agentId: desk, userContext: fromOutside as z.input<typeof customer> })
  .catch((error: unknown) => error);
console.log(refused instanceof Error ? refused.message : 'taken');
await orchestrator.shutdown();
