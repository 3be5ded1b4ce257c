// This project: everything on, memory engine.
import { defineTool } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';
import { openaiModelPlugin } from '@master-orchestrator/model-openai';
import { INSTRUCTIONS, QUESTION, TOOLS } from './job.mjs';

export const label = 'this project';

/** @param isDefault - Nothing is set but where the model is. */
export async function create(baseUrl, isDefault = false) {
  const tools = TOOLS.map(({ name, description, input, execute }) =>
    defineTool({ name, description, inputSchema: input, execute, accessLevel: 'public', effect: 'pure' }),
  );
  const orchestrator = await createOrchestrator({
    config: isDefault ? {} : { maxConcurrentAgents: 64, models: { concurrency: { start: 64 } } },
    plugins: [
      openaiModelPlugin({ apiKey: 'sk-bench', baseUrl, api: 'chat', ...(isDefault ? {} : { connections: 64 }) }),
    ],
    tools,
  });
  const agentId = await orchestrator.createAgent({
    name: 'bench',
    instructions: INSTRUCTIONS,
    model: 'bench',
    tools: tools.map(({ name }) => name),
  });

  async function run() {
    const taskId = await orchestrator.createTask({ description: QUESTION, agentId });
    return (await orchestrator.executeTask(taskId)).text;
  }

  async function stream(onText) {
    const handle = orchestrator.run(QUESTION, { agentId });
    handle.text$.subscribe(onText);
    return (await handle.result).text;
  }
  return { run, stream };
}
