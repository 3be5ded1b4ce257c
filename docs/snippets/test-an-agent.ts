import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { scriptedModel } from '@master-orchestrator/testing';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';

// The answers of the model, in order. One that is not used, or a call nobody foresaw, fails the test.
const model = scriptedModel([
  { toolCalls: [{ name: 'calculate_metrics', arguments: { data: [1, 2, 3] } }] },
  { text: 'The mean is 2.' },
]);
await using orchestrator = await createTestOrchestrator({ models: [model], plugins: [analysisToolsPlugin()] });
const agentId = await orchestrator.createAgent({
  name: 'analyst',
  instructions: 'Use the tool.',
  tools: ['calculate_metrics'],
});
const taskId = await orchestrator.createTask({ description: 'The mean of 1, 2, 3?', agentId });
const { text } = await orchestrator.executeTask(taskId);
model.assertDone();
const [, second] = model.requests;
const seen = second?.items.find((item) => item.type === 'tool-result');
console.log(text, seen?.isError === true ? 'tool failed' : 'tool ran');
