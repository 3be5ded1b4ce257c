import { createOrchestrator } from '@master-orchestrator/core';
import { AgentFactory } from '@master-orchestrator/factory';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { dataTemplatesPlugin } from '@master-orchestrator/templates-data';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';

const orchestrator = await createOrchestrator({
  plugins: [offlineModelPlugin(), analysisToolsPlugin(), dataTemplatesPlugin()],
});
const factory = new AgentFactory(orchestrator);
const analyst = await factory.createAgent('data-analyst', { tools: ['calculate_metrics'] });
const taskId = await orchestrator.createTask({ description: 'What is the mean of 3, 5 and 10?', agentId: analyst });
console.log((await orchestrator.executeTask(taskId)).text);
await orchestrator.shutdown();
