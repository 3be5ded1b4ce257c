import { createOrchestrator } from '@master-orchestrator/core';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';

// With a key: openaiModelPlugin({ apiKey }) of @master-orchestrator/model-openai in its place.
const orchestrator = await createOrchestrator({ plugins: [offlineModelPlugin()] });
const agentId = await orchestrator.createAgent({ name: 'helper', instructions: 'Answer in one sentence.' });
const handle = orchestrator.run('Name the largest of 3, 17 and 8.', { agentId });
handle.text$.subscribe((text) => process.stdout.write(text));
console.log((await handle.result).usage);
await orchestrator.shutdown();
