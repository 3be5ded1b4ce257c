import { createOrchestrator } from '@master-orchestrator/core';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';

const orchestrator = await createOrchestrator({ plugins: [analysisToolsPlugin()] });
const { output } = await orchestrator.tools.executeTool('calculate_metrics', 'analyst', {
  data: [3, 1, 4, 1, 5],
  metrics: ['mean', 'median'],
});
console.log(JSON.stringify(output));
await orchestrator.shutdown();
