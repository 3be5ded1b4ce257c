// This project: everything on, memory engine.
import { defineTool } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';
import { openaiModelPlugin } from '@master-orchestrator/model-openai';
import { z } from 'zod';
import { add, INSTRUCTIONS, QUESTION, wait, weather } from './job.mjs';

export async function create(baseUrl) {
  const tool = (name, description, inputSchema, execute) => defineTool({ name, description, inputSchema, execute, accessLevel: 'public', effect: 'pure' });
  const tools = [
    tool('get_weather', 'Weather of a city.', z.object({ city: z.string() }), weather),
    tool('add', 'Adds two numbers.', z.object({ a: z.number(), b: z.number() }), add),
    tool('wait', 'Waits.', z.object({ n: z.number() }), wait),
  ];
  const orchestrator = await createOrchestrator({
    config: { maxConcurrentAgents: 64, models: { concurrency: { start: 64 } } },
    plugins: [openaiModelPlugin({ apiKey: 'sk-bench', baseUrl, api: 'chat', connections: 64 })],
    tools,
  });
  const agentId = await orchestrator.createAgent({ name: 'bench', instructions: INSTRUCTIONS, model: 'bench', tools: tools.map(({ name }) => name) });
  async function run() {
    const taskId = await orchestrator.createTask({ description: QUESTION, agentId });
    return (await orchestrator.executeTask(taskId)).text;
  }
  async function stream(onText) {
    const handle = orchestrator.run(QUESTION, { agentId });
    handle.text$.subscribe(onText);
    return (await handle.result).text;
  }
  return { run, stream, close: () => orchestrator.shutdown({ drainMs: 0 }) };
}
