// The hand-written loop: undici, JSON, a while.
import { Agent, request } from 'undici';
import { add, INSTRUCTIONS, QUESTION, TOOL_SCHEMAS, wait, weather } from './job.mjs';

const functions = { get_weather: weather, add, wait };

export async function create(baseUrl) {
  const dispatcher = new Agent({ connections: 64 });
  const url = `${baseUrl}/chat/completions`;
  const tools = TOOL_SCHEMAS.map((schema) => ({ type: 'function', function: { ...schema, strict: true } }));
  const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-bench' };
  async function run() {
    const messages = [{ role: 'system', content: INSTRUCTIONS }, { role: 'user', content: QUESTION }];
    for (;;) {
      const response = await request(url, { method: 'POST', headers, dispatcher, body: JSON.stringify({ model: 'bench', messages, tools }) });
      const { choices } = await response.body.json();
      const { message } = choices[0];
      messages.push(message);
      if (!message.tool_calls) return message.content;
      messages.push(...(await Promise.all(message.tool_calls.map(async (call) => ({ role: 'tool', tool_call_id: call.id, content: JSON.stringify(await functions[call.function.name](JSON.parse(call.function.arguments))) })))));
    }
  }
  async function stream(onText) {
    const messages = [{ role: 'system', content: INSTRUCTIONS }, { role: 'user', content: QUESTION }];
    for (;;) {
      const response = await request(url, { method: 'POST', headers, dispatcher, body: JSON.stringify({ model: 'bench', messages, tools, stream: true, stream_options: { include_usage: true } }) });
      const message = { role: 'assistant', content: '', tool_calls: [] };
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
          for (const call of delta?.tool_calls ?? []) message.tool_calls.push({ id: call.id, type: 'function', function: call.function });
        }
      }
      if (message.tool_calls.length === 0) return message.content;
      messages.push(message);
      messages.push(...(await Promise.all(message.tool_calls.map(async (call) => ({ role: 'tool', tool_call_id: call.id, content: JSON.stringify(await functions[call.function.name](JSON.parse(call.function.arguments))) })))));
    }
  }
  return { run, stream, close: () => dispatcher.close() };
}
