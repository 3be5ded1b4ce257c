// The hand-written loop: undici with kept connections, JSON, a loop over the turns. It does what such a loop needs to be
// used in earnest (checked arguments, failed tools told to the model, a time limit, retries, counted tokens, a bound of
// turns) and nothing else. What every other program is compared with.
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { answerCalls, CHAT_TOOLS, opening, StreamedMessage } from './hand-written.mjs';
import { MOST_TURNS, RUN_MS } from './job.mjs';

export const label = 'hand-written loop (undici)';
const MOST_ATTEMPTS = 6;

export async function create(baseUrl) {
  const dispatcher = new Agent({ connections: 64 });
  const url = `${baseUrl}/chat/completions`;
  const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-bench' };

  /** The body of a good answer; asks again where the server is busy or broken. */
  async function ask(question, signal) {
    const body = JSON.stringify(question);
    for (let attempt = 1; ; attempt += 1) {
      const answer = await request(url, { method: 'POST', headers, dispatcher, signal, body });
      if (answer.statusCode === 200) return answer.body;
      const problem = await answer.body.text();
      const isPassing = answer.statusCode === 429 || answer.statusCode >= 500;
      if (!isPassing || attempt === MOST_ATTEMPTS)
        throw new Error(`The model answered ${answer.statusCode}: ${problem}`);
      await sleep(pauseMs(answer.headers['retry-after'], attempt), undefined, { signal });
    }
  }

  async function run() {
    const messages = opening();
    const signal = AbortSignal.timeout(RUN_MS);
    let tokens = 0;
    for (let turn = 1; turn <= MOST_TURNS; turn += 1) {
      const body = await ask({ model: 'bench', messages, tools: CHAT_TOOLS }, signal);
      const { choices, usage } = await body.json();
      tokens += usage?.total_tokens ?? 0;
      const { message } = choices[0];
      messages.push(message);
      if (!message.tool_calls) return message.content;
      messages.push(...(await answerCalls(message.tool_calls)));
    }
    throw new Error(`No answer after ${MOST_TURNS} turns and ${tokens} tokens.`);
  }

  async function stream(onText) {
    const messages = opening();
    const signal = AbortSignal.timeout(RUN_MS);
    const settings = { stream: true, stream_options: { include_usage: true } };
    let tokens = 0;
    for (let turn = 1; turn <= MOST_TURNS; turn += 1) {
      const body = await ask({ model: 'bench', messages, tools: CHAT_TOOLS, ...settings }, signal);
      const streamed = new StreamedMessage();
      await readChunks(body, ({ choices, usage }) => {
        tokens += usage?.total_tokens ?? 0;
        if (choices.length > 0) streamed.add(choices[0].delta, onText);
      });
      const message = streamed.end();
      messages.push(message);
      if (!message.tool_calls) return message.content;
      messages.push(...(await answerCalls(message.tool_calls)));
    }
    throw new Error(`No answer after ${MOST_TURNS} turns and ${tokens} tokens.`);
  }
  return { run, stream };
}

/** Reads a stream of events line by line. */
async function readChunks(body, onChunk) {
  body.setEncoding('utf8');
  let rest = '';
  for await (const part of body) {
    const lines = (rest + part).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith('data: ') && line !== 'data: [DONE]') onChunk(JSON.parse(line.slice(6)));
    }
  }
}

/** As long as the server asks, else longer from time to time; neither for all at the same moment. */
function pauseMs(toldSeconds, attempt) {
  if (toldSeconds) return Number(toldSeconds) * 1_000 * (1 + Math.random() / 10);
  return Math.random() * Math.min(30_000, 200 * 2 ** (attempt - 1));
}
