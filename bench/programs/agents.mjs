// `@openai/agents` over Chat Completions, tracing off.
import { Agent, OpenAIProvider, Runner, tool } from '@openai/agents';
import { INSTRUCTIONS, QUESTION, TOOLS } from './job.mjs';

export const label = '`@openai/agents`';

export async function create(baseURL) {
  const tools = TOOLS.map(({ name, description, input, execute }) =>
    tool({ name, description, parameters: input, execute }),
  );
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
