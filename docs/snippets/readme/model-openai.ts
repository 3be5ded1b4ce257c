import { createOrchestrator } from '@master-orchestrator/core';
import { openaiModelPlugin } from '@master-orchestrator/model-openai';

const { OPENAI_API_KEY: apiKey = '', OPENAI_BASE_URL: baseUrl = 'https://api.openai.com/v1' } = process.env;
const orchestrator = await createOrchestrator({ plugins: [openaiModelPlugin({ apiKey, baseUrl })] });
const agentId = await orchestrator.createAgent({
  name: 'writer',
  instructions: 'Answer in one sentence.',
  model: 'openai:gpt-4o',
});
const taskId = await orchestrator.createTask({ description: 'Why is the sky blue?', agentId });
console.log((await orchestrator.executeTask(taskId)).text);
await orchestrator.shutdown();
