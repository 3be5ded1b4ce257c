import { defineTool, type ApprovalAnswer } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';
import { sqliteEnginePlugin } from '@master-orchestrator/engine-sqlite';
import { clerkPlugin } from '@master-orchestrator/example-support';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Usage: main.js [folder] [wait | approve | deny]. `wait` waits for an answer from elsewhere; the others give it. */
const [folder = '.mao', what = 'approve'] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

/** The outside world: a payment is a line in a file. */
const pay = defineTool({
  name: 'pay',
  description: 'Pays an amount to somebody.',
  inputSchema: z.object({ to: z.string(), amount: z.number() }),
  accessLevel: 'privileged',
  effect: 'unsafe',
  execute: async ({ to, amount }) => {
    appendFileSync(join(folder, 'bank.txt'), `${to} ${amount}\n`);
    return { isPaid: true };
  },
});

const orchestrator = await createOrchestrator({
  config: { engine: { address: `sqlite:${join(folder, 'clerk.db')}`, claimMs: 500 } },
  plugins: [sqliteEnginePlugin(), clerkPlugin(pay)],
});
const agentId = await orchestrator.createAgent({ name: 'clerk', instructions: 'Pay bills.', tools: ['pay'] });
const taskId = await orchestrator.createTask({ description: 'Pay 12 to Ada', agentId, idempotencyKey: 'bill-1' });
const result = orchestrator.executeTask(taskId);

let [open] = await orchestrator.listApprovals();
while (open === undefined) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  [open] = await orchestrator.listApprovals();
}
console.log(`${open.id} wants to ${open.tool} ${JSON.stringify(open.arguments)}, hash ${open.argumentsHash}`);

if (what !== 'wait') {
  const answer: ApprovalAnswer = { decision: what === 'deny' ? 'deny' : 'approve', by: 'operator' };
  await orchestrator.answerApproval(open.id, answer);
}
console.log((await result).text);
const { items } = await orchestrator.tools.decisions({ tool: 'pay' });
for (const { decision, reason } of items) console.log(`${decision}: ${reason}`);
await orchestrator.shutdown();
