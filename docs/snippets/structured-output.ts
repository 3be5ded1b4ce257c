import { createOrchestrator } from '@master-orchestrator/core';
import { scriptedModel } from '@master-orchestrator/testing';
import { z } from 'zod';

const invoice = z.object({ number: z.string(), total: z.number() });
const model = scriptedModel([
  { text: '{"number":"2026-17","total":"12"}' },
  { text: '{"number":"2026-17","total":12}' },
]);
await using orchestrator = await createOrchestrator({
  plugins: [{ specificationVersion: 'v1', name: 'example', version: '1.0.0', contributes: { models: [model] } }],
});
const agentId = await orchestrator.createAgent({
  name: 'reader',
  instructions: 'Read invoices.',
  outputSchema: invoice,
});
const taskId = await orchestrator.createTask({ description: 'Invoice 2026-17, 12 euros', agentId });
const { output } = await orchestrator.executeTask(taskId);
console.log(output.total + 1); // `output` has the type of the schema
console.log(`${model.requests.length} requests: the first answer did not fit, the model was told why`);
