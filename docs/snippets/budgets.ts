import { createOrchestrator } from '@master-orchestrator/core';
import { OrchestratorError } from '@master-orchestrator/errors';
import { scriptedModel } from '@master-orchestrator/testing';

const model = scriptedModel(() => ({ text: 'A long answer that costs something.' }));
await using orchestrator = await createOrchestrator({
  plugins: [{ specificationVersion: 'v1', name: 'example', version: '1.0.0', contributes: { models: [model] } }],
});
const agentId = await orchestrator.createAgent({
  name: 'spender',
  instructions: 'Answer.',
  settings: { maxOutputTokens: 50 },
  budget: { requests: 2 }, // all tasks of this agent together
});

for (const question of ['one?', 'two?', 'three?']) {
  const taskId = await orchestrator.createTask({ description: question, agentId });
  try {
    await orchestrator.executeTask(taskId);
    console.log(`${question} answered`);
  } catch (error) {
    if (!OrchestratorError.isInstance(error)) throw error;
    console.log(`${question} ${error.code}`); // refused before anything was sent
  }
}
console.log(`${model.requests.length} requests left the process`);
