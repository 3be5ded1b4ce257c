import { createOrchestrator } from '@master-orchestrator/core';
import { offlineModelPlugin } from '@master-orchestrator/model-offline';
import { createServer } from '@master-orchestrator/server';
import { analysisToolsPlugin } from '@master-orchestrator/tools-analysis';

const orchestrator = await createOrchestrator({ plugins: [offlineModelPlugin(), analysisToolsPlugin()] });
const analyst = { name: 'analyst', instructions: 'Analyse numbers.', tools: ['calculate_metrics'] };
await orchestrator.createAgent(analyst, { id: 'analyst' });
const server = await createServer(orchestrator);
const url = await server.listen({ port: 0 });

const answer = await fetch(`${url}/v1/chat/completions`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'analyst', messages: [{ role: 'user', content: 'What is the sum of 2, 3 and 4?' }] }),
});
const body = (await answer.json()) as { choices: { message: { content: string } }[] };
console.log(answer.status, /sum 9/.test(body.choices[0]?.message.content ?? ''));
await server.shutdown();
