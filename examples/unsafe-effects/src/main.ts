import { defineTool, type EscalationAnswer } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';
import { sqliteEnginePlugin } from '@master-orchestrator/engine-sqlite';
import { clerkPlugin } from '@master-orchestrator/example-support';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Usage: main.js <folder> [retry | skip | paid]: what a person says about a payment that was interrupted. */
const [folder = '.mao', decision] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

/** The outside world: a payment is a line in a file. Slow, so that there is time to pull the plug. */
const pay = defineTool({
  name: 'pay',
  description: 'Pays an amount to somebody.',
  inputSchema: z.object({ to: z.string(), amount: z.number() }),
  accessLevel: 'restricted',
  effect: 'unsafe',
  execute: async ({ to, amount }) => {
    appendFileSync(join(folder, 'bank.txt'), `${to} ${amount}\n`);
    console.log('paying');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    return { isPaid: true };
  },
});

const orchestrator = await createOrchestrator({
  config: { engine: { address: `sqlite:${join(folder, 'clerk.db')}`, claimMs: 500 } },
  plugins: [sqliteEnginePlugin(), clerkPlugin(pay)],
});
orchestrator.listen('questions', (event) => {
  if (event.type === 'escalation-request') console.log(`question: ${event.data.error.code}`);
});
const agentId = await orchestrator.createAgent({ name: 'clerk', instructions: 'Pay bills.', tools: ['pay'] });
const taskId = await orchestrator.createTask({ description: 'Pay 12 to Ada', agentId, idempotencyKey: 'bill-1' });
const result = orchestrator.executeTask(taskId);

const answers: Record<string, EscalationAnswer> = {
  retry: { action: 'retry', by: 'operator', note: 'the bank never saw it' },
  skip: { action: 'skip', by: 'operator' },
  paid: { action: 'result', by: 'operator', result: { isPaid: true, checkedBy: 'operator' } },
};
const answer = decision === undefined ? undefined : answers[decision];
if (answer !== undefined) {
  let [open] = await orchestrator.listEscalations();
  while (open === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    [open] = await orchestrator.listEscalations();
  }
  console.log(open.question);
  await orchestrator.answerEscalation(open.id, answer);
}
console.log((await result).text);
await orchestrator.shutdown();
