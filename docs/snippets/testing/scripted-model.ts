// #region script
import { OrchestratorError } from '@master-orchestrator/errors';
import { scriptedModel } from '@master-orchestrator/testing';

const model = scriptedModel([
  { toolCalls: [{ name: 'calculate_metrics', arguments: { data: [1, 2, 3] } }] },
  { error: new OrchestratorError('RATE_LIMITED', 'Too many requests.', { retryAfterMs: 50 }) },
  (request) => ({ text: `I saw ${request.items.length} items.` }),
]);
// … give it to an orchestrator as a model, run a task, then:
// #endregion
import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';

await using orchestrator = await createTestOrchestrator({ models: [model], plugins: [analysisToolsPlugin()] });
const tools = ['calculate_metrics'];
const agentId = await orchestrator.createAgent({ name: 'analyst', instructions: 'Use the tool.', tools });
const taskId = await orchestrator.createTask({ description: 'The mean of 1, 2, 3?', agentId });
console.log((await orchestrator.executeTask(taskId)).text);
// #region done
model.assertDone(); // throws where a step was not used, or a call came that no step foresaw
// #endregion
