// The AI SDK: `ai` with `@ai-sdk/openai-compatible`.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, isStepCount, streamText, tool } from 'ai';
import { z } from 'zod';
import { add, INSTRUCTIONS, QUESTION, wait, weather } from './job.mjs';

export const label = '`ai`';

export async function create(baseURL) {
  const provider = createOpenAICompatible({ name: 'bench', apiKey: 'sk-bench', baseURL, includeUsage: true });
  const tools = {
    get_weather: tool({
      description: 'Weather of a city.',
      inputSchema: z.object({ city: z.string() }),
      execute: weather,
    }),
    add: tool({
      description: 'Adds two numbers.',
      inputSchema: z.object({ a: z.number(), b: z.number() }),
      execute: add,
    }),
    wait: tool({ description: 'Waits.', inputSchema: z.object({ n: z.number() }), execute: wait }),
  };
  const job = {
    model: provider('bench'),
    instructions: INSTRUCTIONS,
    prompt: QUESTION,
    tools,
    stopWhen: isStepCount(10),
  };

  async function run() {
    return (await generateText(job)).text;
  }

  async function stream(onText) {
    const result = streamText(job);
    for await (const text of result.textStream) onText(text);
    return result.text;
  }
  return { run, stream };
}
