import { createTestOrchestrator } from '@master-orchestrator/core/testing';
import { openaiModelPlugin } from '@master-orchestrator/model-openai';
import { startOpenAIServer } from '@master-orchestrator/testing';

await using server = await startOpenAIServer({ script: [{ text: 'The sum is 3.' }] });
const openai = openaiModelPlugin({ apiKey: 'sk-test', baseUrl: server.url });
await using orchestrator = await createTestOrchestrator({ plugins: [openai] });
const agentId = await orchestrator.createAgent({ name: 'clerk', instructions: 'Add.', model: 'openai:gpt-4o' });
const taskId = await orchestrator.createTask({ description: '1 and 2?', agentId });
console.log((await orchestrator.executeTask(taskId)).text); // The sum is 3.
server.assertDone(); // throws where an answer was not used, or a request came that nobody foresaw
