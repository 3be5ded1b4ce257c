import { createOrchestrator } from '@master-orchestrator/core';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';

const orchestrator = await createOrchestrator({ plugins: [offlineModelPlugin(), analysisToolsPlugin()] });
const agentId = await orchestrator.createAgent({
  name: 'analyst',
  instructions: 'Analyse data.',
  tools: ['calculate_metrics'],
});
const taskId = await orchestrator.createTask({ description: 'Analyse [3, 1, 4, 1, 5, 9, 2, 6]', agentId });
console.log((await orchestrator.executeTask(taskId)).text); // Figures: - count 8, sum 31, mean 3.875, median 3.5, …
await orchestrator.shutdown();
