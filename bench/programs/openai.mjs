// The same loop on the bare `openai` client, as its README shows it; time limits and retries are the client's own.
import OpenAI from 'openai';
import { answerCalls, CHAT_TOOLS, opening, StreamedMessage } from './hand-written.mjs';
import { MOST_TURNS } from './job.mjs';

export const label = 'loop on the bare `openai` client';

export async function create(baseURL) {
  const client = new OpenAI({ apiKey: 'sk-bench', baseURL });

  async function run() {
    const messages = opening();
    for (let turn = 1; turn <= MOST_TURNS; turn += 1) {
      const { choices } = await client.chat.completions.create({ model: 'bench', messages, tools: CHAT_TOOLS });
      const { message } = choices[0];
      messages.push(message);
      if (!message.tool_calls) return message.content;
      messages.push(...(await answerCalls(message.tool_calls)));
    }
    throw new Error(`No answer after ${MOST_TURNS} turns.`);
  }

  async function stream(onText) {
    const messages = opening();
    const settings = { stream: true, stream_options: { include_usage: true } };
    for (let turn = 1; turn <= MOST_TURNS; turn += 1) {
      const chunks = await client.chat.completions.create({ model: 'bench', messages, tools: CHAT_TOOLS, ...settings });
      const streamed = new StreamedMessage();
      for await (const { choices } of chunks) {
        if (choices.length > 0) streamed.add(choices[0].delta, onText);
      }
      const message = streamed.end();
      messages.push(message);
      if (!message.tool_calls) return message.content;
      messages.push(...(await answerCalls(message.tool_calls)));
    }
    throw new Error(`No answer after ${MOST_TURNS} turns.`);
  }
  return { run, stream };
}
