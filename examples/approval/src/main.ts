import { defineTool, type ApprovalAnswer, type ModelProvider, type PluginV1 } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';
import { sqliteEnginePlugin } from '@master-orchestrator/engine-sqlite';
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

/** A model that pays once and then tells what came of it. */
const clerk: ModelProvider = {
  name: 'clerk',
  origin: 'clerk',
  models: ['rules'],
  describe: () => ({}),
  respond: async ({ items }) => {
    const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, reasoningTokens: 0 };
    const last = items.at(-1);
    if (last?.type === 'tool-result')
      return {
        items: [{ type: 'message', role: 'assistant', content: `The bank says: ${last.output}` }],
        usage,
        finish: 'stop',
      };
    return {
      items: [{ type: 'tool-call', callId: 'c1', name: 'pay', arguments: '{"to":"Ada","amount":12}' }],
      usage,
      finish: 'tool_calls',
    };
  },
};
const plugin: PluginV1 = {
  specificationVersion: 'v1',
  name: 'example-clerk',
  version: '1.0.0',
  contributes: { models: [clerk], tools: [pay] },
};

const orchestrator = await createOrchestrator({
  config: { engine: { address: `sqlite:${join(folder, 'clerk.db')}`, claimMs: 500 } },
  plugins: [sqliteEnginePlugin(), plugin],
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
