// The same loop on the bare `openai` client, as its README shows it.
import OpenAI from 'openai';
import { answerCalls, CHAT_TOOLS, opening } from './job.mjs';

export const label = 'loop on the bare `openai` client';

export async function create(baseURL) {
  const client = new OpenAI({ apiKey: 'sk-bench', baseURL });

  async function run() {
    const messages = opening();
    for (;;) {
      const { choices } = await client.chat.completions.create({ model: 'bench', messages, tools: CHAT_TOOLS });
      const { message } = choices[0];
      messages.push(message);
      if (!message.tool_calls) return message.content;
      messages.push(...(await answerCalls(message.tool_calls)));
    }
  }

  async function stream(onText) {
    const messages = opening();
    for (;;) {
      const message = { role: 'assistant', content: '', tool_calls: [] };
      const chunks = await client.chat.completions.create({
        model: 'bench',
        messages,
        tools: CHAT_TOOLS,
        stream: true,
        stream_options: { include_usage: true },
      });
      for await (const { choices } of chunks) {
        const delta = choices[0]?.delta;
        if (delta?.content) {
          message.content += delta.content;
          onText(delta.content);
        }
        for (const call of delta?.tool_calls ?? []) {
          message.tool_calls.push({ id: call.id, type: 'function', function: call.function });
        }
      }
      if (message.tool_calls.length === 0) return message.content;
      messages.push(message, ...(await answerCalls(message.tool_calls)));
    }
  }
  return { run, stream };
}
