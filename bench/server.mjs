// A model on loopback that speaks Chat Completions, plain and streamed, and costs next to nothing: three turns with a
// tool call each, then the answer. `?parallel=n` asks for n calls in the first turn instead.
import { createServer } from 'node:http';

const usage = { prompt_tokens: 120, completion_tokens: 40, total_tokens: 160 };
const head = { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'bench' };
const chunkHead = { ...head, object: 'chat.completion.chunk' };
const TOOL_TURNS = 3;

const call = (turn, index) => ({
  id: `call_${turn}_${index}`,
  type: 'function',
  function: turn % 2 === 0 ? { name: 'get_weather', arguments: '{"city":"Lisbon"}' } : { name: 'add', arguments: `{"a":${turn},"b":${index}}` },
});

/** Starts the server. @returns its port */
export function startServer({ latencyMs = 0, tokens = 40, parallel = 0 } = {}) {
  const answers = [];
  for (let turn = 0; turn <= TOOL_TURNS; turn += 1) answers.push(render(turn));
  function render(turn) {
    const isLast = parallel > 0 ? turn >= 1 : turn >= TOOL_TURNS;
    const calls = parallel > 0 ? Array.from({ length: parallel }, (_, index) => ({ id: `call_${index}`, type: 'function', function: { name: 'wait', arguments: `{"n":${index}}` } })) : [call(turn, 0)];
    const text = Array.from({ length: tokens }, (_, index) => `word${index} `).join('');
    const message = isLast ? { role: 'assistant', content: text } : { role: 'assistant', content: null, tool_calls: calls };
    const finish_reason = isLast ? 'stop' : 'tool_calls';
    const plain = Buffer.from(JSON.stringify({ ...head, choices: [{ index: 0, message, finish_reason, logprobs: null }], usage }));
    const lines = [];
    const push = (value) => lines.push(`data: ${JSON.stringify(value)}\n\n`);
    push({ ...chunkHead, choices: [{ index: 0, delta: { role: 'assistant', content: isLast ? '' : null }, finish_reason: null }] });
    if (isLast) for (let index = 0; index < tokens; index += 1) push({ ...chunkHead, choices: [{ index: 0, delta: { content: `word${index} ` }, finish_reason: null }] });
    else calls.forEach((each, index) => push({ ...chunkHead, choices: [{ index: 0, delta: { tool_calls: [{ index, ...each }] }, finish_reason: null }] }));
    push({ ...chunkHead, choices: [{ index: 0, delta: {}, finish_reason }] });
    push({ ...chunkHead, choices: [], usage });
    lines.push('data: [DONE]\n\n');
    return { plain, streamed: lines.map((line) => Buffer.from(line)) };
  }
  const server = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      const turn = (body.match(/"role":"tool"/g) ?? []).length;
      const answer = answers[Math.min(parallel > 0 ? Math.min(turn, 1) : turn, TOOL_TURNS)];
      const send = () => {
        if (/"stream":true/.test(body)) {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          for (const line of answer.streamed) response.write(line);
          response.end();
        } else {
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.plain.length });
          response.end(answer.plain);
        }
      };
      if (latencyMs > 0) setTimeout(send, latencyMs);
      else send();
    });
  });
  server.keepAliveTimeout = 60_000;
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve({ port: server.address().port, close: () => server.close() })));
}

if (process.argv[1] === import.meta.filename) {
  const options = JSON.parse(process.argv[2] ?? '{}');
  const { port } = await startServer(options);
  process.stdout.write(`${port}\n`);
  process.stdin.on('end', () => process.exit(0)).resume();
}
