// The AI SDK: `ai` with `@ai-sdk/openai-compatible`.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, isStepCount, streamText, tool } from 'ai';
import { INSTRUCTIONS, MOST_TURNS, QUESTION, TOOLS } from './job.mjs';

export const label = '`ai`';

export async function create(baseURL) {
  const provider = createOpenAICompatible({ name: 'bench', apiKey: 'sk-bench', baseURL, includeUsage: true });
  const tools = Object.fromEntries(
    TOOLS.map(({ name, description, input, execute }) => [name, tool({ description, inputSchema: input, execute })]),
  );
  const job = {
    model: provider('bench'),
    instructions: INSTRUCTIONS,
    prompt: QUESTION,
    tools,
    stopWhen: isStepCount(MOST_TURNS),
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
