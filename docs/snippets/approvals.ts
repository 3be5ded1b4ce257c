import { defineTool } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';
import { scriptedModel } from '@master-orchestrator/testing';
import { z } from 'zod';

const paid: number[] = [];
const refund = defineTool({
  name: 'refund',
  description: 'Pays an amount in euros back to a customer.',
  inputSchema: z.object({ order: z.string(), euros: z.number().positive() }),
  effect: 'unsafe', // never repeated after a crash: in doubt a person is asked
  approval: ({ euros }) => euros > 20,
  execute: async ({ euros }) => {
    paid.push(euros);
    return { paid: euros };
  },
});

const model = scriptedModel([
  { toolCalls: [{ name: 'refund', arguments: { order: 'A-17', euros: 40 } }] },
  { text: 'The refund is on its way.' },
]);
await using orchestrator = await createOrchestrator({
  plugins: [{ specificationVersion: 'v1', name: 'example', version: '1.0.0', contributes: { models: [model] } }],
});
orchestrator.registerTool(refund);
const agentId = await orchestrator.createAgent({ name: 'clerk', instructions: 'Help.', tools: ['refund'] });

// The run is parked and holds no slot while it waits.
orchestrator.listen('desk', (event) => {
  if (event.type !== 'approval-request') return;
  console.log(`asked: ${event.data.tool}`);
  void orchestrator.answerApproval(event.data.approvalId, { decision: 'approve', by: 'ada', note: 'damaged goods' });
});
const taskId = await orchestrator.createTask({ description: 'Order A-17 arrived broken.', agentId });
console.log((await orchestrator.executeTask(taskId)).text, paid);
