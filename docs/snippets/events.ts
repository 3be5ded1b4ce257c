import { createOrchestrator } from '@master-orchestrator/core';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';

await using orchestrator = await createOrchestrator({ plugins: [offlineModelPlugin(), analysisToolsPlugin()] });
const agentId = await orchestrator.createAgent({
  name: 'analyst',
  instructions: 'Analyse numbers.',
  tools: ['calculate_metrics'],
});
const handle = orchestrator.run('What is the median of 3, 9 and 4?', { agentId });
for await (const event of handle) {
  if (event.type === 'tool-call-end') console.log(`${event.data.tool}: ${event.data.outcome}`);
  if (event.type === 'task-end') console.log(event.data.status);
}
console.log((await handle.result).usage.inputTokens > 0);
