// `@openai/agents` over Chat Completions, tracing off.
import { Agent, OpenAIProvider, Runner, tool } from '@openai/agents';
import { z } from 'zod';
import { add, INSTRUCTIONS, QUESTION, wait, weather } from './job.mjs';

export const label = '`@openai/agents`';

export async function create(baseURL) {
  const tools = [
    tool({
      name: 'get_weather',
      description: 'Weather of a city.',
      parameters: z.object({ city: z.string() }),
      execute: weather,
    }),
    tool({
      name: 'add',
      description: 'Adds two numbers.',
      parameters: z.object({ a: z.number(), b: z.number() }),
      execute: add,
    }),
    tool({ name: 'wait', description: 'Waits.', parameters: z.object({ n: z.number() }), execute: wait }),
  ];
  const agent = new Agent({ name: 'bench', instructions: INSTRUCTIONS, model: 'bench', tools });
  const modelProvider = new OpenAIProvider({ apiKey: 'sk-bench', baseURL, useResponses: false });
  const runner = new Runner({ modelProvider, tracingDisabled: true });

  async function run() {
    return (await runner.run(agent, QUESTION)).finalOutput;
  }

  async function stream(onText) {
    const result = await runner.run(agent, QUESTION, { stream: true });
    for await (const text of result.toTextStream()) onText(text);
    await result.completed;
    return result.finalOutput;
  }
  return { run, stream };
}
