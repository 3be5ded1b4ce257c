// A model on loopback that speaks Chat Completions, plain and streamed, and costs next to nothing: tool turns with one
// call each (or one turn with several), then the answer. A process of its own: `node server.mjs '{"latencyMs":20}'`
// prints the port and lives until its input ends.
import { createServer } from 'node:http';

/**
 * @param turns - Tool turns before the answer.
 * @param parallel - Calls of the tool `wait` in a turn, in place of one call of another tool.
 * @param tokens - Words of the answer, and events of its stream.
 * @param latencyMs - Wait before each answer.
 * @param faults - Share of the requests that are refused, half with 429 (`retry-after: 1`), half with 500. Every call is then
 *   one to `add` with a number of its own, so that a tool that runs twice is seen.
 * @param isPaced - Each event of a stream leaves in a turn of the event loop of its own, so that it is read alone.
 */
const settings = JSON.parse(process.argv[2] ?? '{}');
const { turns = 3, parallel = 0, tokens = 40, latencyMs = 0, faults = 0, isPaced = false } = settings;
const usage = { prompt_tokens: 120, completion_tokens: 40, total_tokens: 160 };
const head = { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'bench' };

let unique = 0;
let seed = 1;
const answers = Array.from({ length: turns + 1 }, (_, turn) => render(turn));
const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts).toString();
    const results = (body.match(/"role":"tool"/g) ?? []).length;
    if (faults > 0) return sendOrRefuse(response, results);
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

/** Refuses as a fixed sequence of chance says: the same one for every program. */
function sendOrRefuse(response, results) {
  if (chance() >= faults) return sendPlain(response, results === turns ? answers[turns].plain : uniqueCall());
  const isBusy = chance() < 0.5;
  response.writeHead(isBusy ? 429 : 500, {
    'content-type': 'application/json',
    ...(isBusy ? { 'retry-after': '1' } : {}),
  });
  response.end(JSON.stringify({ error: { message: isBusy ? 'Too many requests.' : 'Something broke.' } }));
}

function uniqueCall() {
  unique += 1;
  const call = { name: 'add', arguments: `{"a":${999 + unique},"b":0}` };
  return plainOf(
    { content: null, tool_calls: [{ id: `call_${unique}`, type: 'function', function: call }] },
    'tool_calls',
  );
}

/** A number in [0, 1): mulberry32. */
function chance() {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

function plainOf(message, finish_reason) {
  const choices = [{ index: 0, message: { role: 'assistant', ...message }, finish_reason, logprobs: null }];
  return Buffer.from(JSON.stringify({ ...head, choices, usage }));
}

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
  const message = isLast ? { content: words.join('') } : { content: null, tool_calls: calls };
  const finish_reason = isLast ? 'stop' : 'tool_calls';
  return { plain: plainOf(message, finish_reason), events: eventsOf(isLast ? words : [], calls, finish_reason) };
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
