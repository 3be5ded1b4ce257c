import { createOrchestrator } from '@master-orchestrator/core';
import { runMapReduce } from '@master-orchestrator/factory';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';

await using orchestrator = await createOrchestrator({ plugins: [offlineModelPlugin(), analysisToolsPlugin()] });
const agent = await orchestrator.createAgent({
  name: 'analyst',
  instructions: 'Analyse numbers.',
  tools: ['calculate_metrics'],
});
const { steps } = await runMapReduce(orchestrator, {
  agent,
  items: ['1, 2, 3', '10, 20', '7, 7, 7, 7'],
  describe: (numbers) => `What is the mean of ${numbers}?`,
  concurrency: 2,
});
for (const { status, text } of steps) console.log(status, /mean ([\d.]+)/.exec(text ?? '')?.[1]);
