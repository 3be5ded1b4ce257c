// The hand-written loop: undici, JSON, a while. What every other program is compared with.
import { Agent, request } from 'undici';
import { answerCalls, CHAT_TOOLS, opening } from './job.mjs';

export const label = 'hand-written loop (undici)';

export async function create(baseUrl) {
  const dispatcher = new Agent({ connections: 64 });
  const url = `${baseUrl}/chat/completions`;
  const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-bench' };
  const ask = (body) => request(url, { method: 'POST', headers, dispatcher, body: JSON.stringify(body) });

  async function run() {
    const messages = opening();
    for (;;) {
      const response = await ask({ model: 'bench', messages, tools: CHAT_TOOLS });
      const { choices } = await response.body.json();
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
      const stream_options = { include_usage: true };
      const response = await ask({ model: 'bench', messages, tools: CHAT_TOOLS, stream: true, stream_options });
      let rest = '';
      for await (const chunk of response.body) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop();
        for (const line of lines) {
          if (!line.startsWith('data: ') || line === 'data: [DONE]') continue;
          const delta = JSON.parse(line.slice(6)).choices[0]?.delta;
          if (delta?.content) {
            message.content += delta.content;
            onText(delta.content);
          }
          for (const call of delta?.tool_calls ?? []) {
            message.tool_calls.push({ id: call.id, type: 'function', function: call.function });
          }
        }
      }
      if (message.tool_calls.length === 0) return message.content;
      messages.push(message, ...(await answerCalls(message.tool_calls)));
    }
  }
  return { run, stream };
}
