// A model on loopback that speaks Chat Completions, plain and streamed, and costs next to nothing: tool turns with one
// call each (or one turn with several), then the answer. A process of its own: `node server.mjs '{"latencyMs":20}'`
// prints the port and lives until its input ends.
import { createServer } from 'node:http';

/**
 * @param turns - Tool turns before the answer.
 * @param parallel - Calls of the tool `wait` in a turn, in place of one call of another tool.
 * @param tokens - Words of the answer, and events of its stream.
 * @param latencyMs - Wait before each answer.
 * @param isPaced - Each event of a stream leaves in a turn of the event loop of its own, so that it is read alone.
 */
const { turns = 3, parallel = 0, tokens = 40, latencyMs = 0, isPaced = false } = JSON.parse(process.argv[2] ?? '{}');
const usage = { prompt_tokens: 120, completion_tokens: 40, total_tokens: 160 };
const head = { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'bench' };

const answers = Array.from({ length: turns + 1 }, (_, turn) => render(turn));
const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts).toString();
    const results = (body.match(/"role":"tool"/g) ?? []).length;
    const answer = answers[Math.min(turns, Math.ceil(results / Math.max(1, parallel)))];
    const send = () =>
      body.includes('"stream":true') ? sendStream(response, answer.events) : sendPlain(response, answer.plain);
    if (latencyMs > 0) setTimeout(send, latencyMs);
    else send();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.stdin.on('end', () => process.exit(0)).resume();

function sendPlain(response, plain) {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': plain.length });
  response.end(plain);
}

function sendStream(response, events) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (isPaced) return sendPaced(response, events, 0);
  for (const event of events) response.write(event);
  response.end();
}

function sendPaced(response, events, at) {
  if (at === events.length) return response.end();
  response.write(events[at]);
  setImmediate(sendPaced, response, events, at + 1);
}

function render(turn) {
  const isLast = turn === turns;
  const calls = isLast
    ? []
    : parallel > 0
      ? Array.from({ length: parallel }, (_, index) => waitCall(index))
      : [oneCall(turn)];
  const words = Array.from({ length: tokens }, (_, index) => `word${index} `);
  const message = isLast
    ? { role: 'assistant', content: words.join('') }
    : { role: 'assistant', content: null, tool_calls: calls };
  const finish_reason = isLast ? 'stop' : 'tool_calls';
  const plain = { ...head, choices: [{ index: 0, message, finish_reason, logprobs: null }], usage };
  return { plain: Buffer.from(JSON.stringify(plain)), events: eventsOf(isLast ? words : [], calls, finish_reason) };
}

function eventsOf(words, calls, finish_reason) {
  const chunk = (choices, more) => ({ ...head, object: 'chat.completion.chunk', choices, ...more });
  const delta = (content, finish = null) => chunk([{ index: 0, delta: content, finish_reason: finish }]);
  const chunks = [
    delta({ role: 'assistant', content: words.length > 0 ? '' : null }),
    ...words.map((content) => delta({ content })),
    ...calls.map((call, index) => delta({ tool_calls: [{ index, ...call }] })),
    delta({}, finish_reason),
    chunk([], { usage }),
  ];
  const lines = [...chunks.map((one) => JSON.stringify(one)), '[DONE]'];
  return lines.map((line) => Buffer.from(`data: ${line}\n\n`));
}

function oneCall(turn) {
  const call =
    turn % 2 === 0
      ? { name: 'get_weather', arguments: '{"city":"Lisbon"}' }
      : { name: 'add', arguments: `{"a":${turn},"b":0}` };
  return { id: `call_${turn}`, type: 'function', function: call };
}

function waitCall(index) {
  return { id: `call_${index}`, type: 'function', function: { name: 'wait', arguments: `{"n":${index}}` } };
}
