import { defineTool, type OrchestratorEvent } from '@master-orchestrator/contracts';
import { createOrchestrator } from '@master-orchestrator/core';
import { openaiModelPlugin } from '@master-orchestrator/model-openai';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const add = defineTool({
  name: 'add',
  description: 'Adds.',
  inputSchema: z.object({ a: z.number().default(0), b: z.number().default(0) }),
  accessLevel: 'public',
  effect: 'pure',
  execute: async ({ a, b }) => ({ sum: a + b }),
});

const chunk = (delta: unknown, finish: string | null = null, id = 'chatcmpl-1'): object => ({
  id,
  object: 'chat.completion.chunk',
  model: 'gpt-loopback',
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const data = (value: unknown): string => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;
const USAGE = data({ id: 'chatcmpl-1', choices: [], usage: { prompt_tokens: 9, completion_tokens: 5 } });
const DONE = data('[DONE]');
const callOf = (args: unknown, id = 'call_1'): object => ({
  tool_calls: [{ index: 0, id, type: 'function', function: { name: 'add', arguments: args } }],
});
const ASKS =
  data(chunk({ role: 'assistant' })) +
  data(chunk(callOf('{"a":1,"b":2}'))) +
  data(chunk({}, 'tool_calls')) +
  USAGE +
  DONE;
const SAYS =
  data(chunk({ content: 'It is ' })) + data(chunk({ content: '3.' })) + data(chunk({}, 'stop')) + USAGE + DONE;
const [JSON_TYPE, SSE_TYPE] = ['application/json', 'text/event-stream'];

/** What the server sends, in the pieces in which it sends it. */
interface Answer {
  readonly type: string;
  readonly pieces: readonly string[];
  /** Turns of the event loop between two pieces. */ readonly pauses?: number;
  /** True: the connection ends without the end of the body. */ readonly isCut?: boolean;
}
const sse = (text: string, more: Partial<Answer> = {}): Answer => ({ type: SSE_TYPE, pieces: [text], ...more });
const json = (value: unknown): Answer => ({ type: JSON_TYPE, pieces: [JSON.stringify(value)] });

/** A server that writes exactly what it is told to, byte by byte where need be. */
async function rawServer(
  answers: (index: number) => Answer,
): Promise<AsyncDisposable & { readonly url: string; asked(): number }> {
  const sockets = new Set<Socket>();
  let asked = 0;
  const server = createServer((socket) => {
    sockets.add(socket.setNoDelay());
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    let head = '';
    socket.on('data', (bytes: Buffer) => {
      head += bytes.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (end < 0 || head.length < end + 4 + length) return;
      head = '';
      void send(socket, answers(asked++));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function send(socket: Socket, { type, pieces, pauses = 0, isCut = false }: Answer): Promise<void> {
  socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`);
  for (const piece of pieces) {
    for (let turn = 0; turn < pauses; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const bytes = Buffer.from(piece, 'latin1');
    socket.write(Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]));
  }
  if (isCut) socket.destroy();
  else socket.write('0\r\n\r\n');
}

/** Runs one task against a server, and says how it ended. */
async function runAgainst(
  answers: (index: number) => Answer,
  isStreamed: boolean,
): Promise<{ status: string; text?: string; events: OrchestratorEvent[]; asked: number }> {
  await using server = await rawServer(answers);
  await using orchestrator = await createOrchestrator({
    plugins: [openaiModelPlugin({ baseUrl: server.url, models: ['gpt-loopback'] })],
    tools: [add],
    config: { recovery: { backoff: { baseMs: 1, rateLimitBaseMs: 1, longestMs: 2 } } },
  });
  const events: OrchestratorEvent[] = [];
  orchestrator.listen('test', (event) => events.push(event));
  const agentId = await orchestrator.createAgent({
    name: 'adder',
    instructions: 'Add.',
    tools: ['add'],
    limits: { turns: 4 },
  });
  const taskId = await orchestrator.createTask({ description: 'What is 1 and 2?', agentId, isStreamed });
  const [settled] = await orchestrator.executeTasks([taskId]);
  const ends = events.filter(({ type }) => type === 'task-end');
  expect(ends).toHaveLength(1);
  const status = settled?.status === 'completed' ? 'completed' : `${settled?.status} ${settled?.error.code}`;
  return {
    status,
    events,
    asked: server.asked(),
    ...(settled?.status === 'completed' ? { text: settled.result.text } : {}),
  };
}

const utf8 = (text: string): string => Buffer.from(text).toString('latin1');
const splitAt = (text: string, at: number): string[] =>
  [text.slice(0, at), text.slice(at)].filter((part) => part !== '');

describe('a run against a server whose stream', () => {
  it('is divided at any byte gives the same answer', async () => {
    const answer = utf8(SAYS.replace('3.', 'drei – 三 👋🏽'));
    for (let at = 0; at <= answer.length; at += 7) {
      const { status, text } = await runAgainst(() => sse('', { pieces: splitAt(answer, at), pauses: 1 }), true);
      expect([status, text]).toEqual(['completed', 'It is drei – 三 👋🏽']);
    }
  }, 60_000);

  it('comes byte by byte, late, is read whole', async () => {
    const { status, text } = await runAgainst(
      (index) => sse('', { pieces: Array.from(index === 0 ? ASKS : SAYS), pauses: 1 }),
      true,
    );
    expect([status, text]).toEqual(['completed', 'It is 3.']);
  });

  it('is cut at any byte is asked for once more, and a tool of a cut answer never runs', async () => {
    for (let at = 0; at < ASKS.indexOf('"finish_reason":"tool_calls"'); at += 23) {
      const { status, events, asked } = await runAgainst(
        (index) =>
          index === 0 ? sse('', { pieces: [ASKS.slice(0, at)], isCut: at % 2 === 0 }) : sse(index === 1 ? ASKS : SAYS),
        true,
      );
      expect(status).toBe('completed');
      expect(asked).toBe(3);
      expect(events.filter(({ type }) => type === 'tool-call-start')).toHaveLength(1);
    }
  }, 60_000);

  const odd: Record<string, [stream: string, ends: RegExp]> = {
    'has CRLF line ends and comments': [`: hi\r\n\r\n${SAYS.replaceAll('\n', '\r\n')}: bye\r\n\r\n`, /^completed$/],
    'has CR line ends': [SAYS.replaceAll('\n', '\r'), /^completed$/],
    'has no [DONE]': [SAYS.replace(DONE, ''), /^completed$/],
    'has no usage': [SAYS.replace(USAGE, ''), /^completed$/],
    'has usage that is null': [SAYS.replace(USAGE, data({ choices: [], usage: null })), /^completed$/],
    'has arguments that are null': [data(chunk(callOf(null))) + data(chunk({}, 'tool_calls')) + DONE, /^completed$/],
    'has arguments that are an object': [
      data(chunk(callOf({ a: 1, b: 2 }))) + data(chunk({}, 'tool_calls')) + DONE,
      /^completed$/,
    ],
    'has arguments that are no JSON': [
      data(chunk(callOf('{"a": 1, '))) + data(chunk({}, 'tool_calls')) + DONE,
      /^completed$/,
    ],
    'has ids that change': [
      data(chunk({ content: 'It ' }, null, 'a')) +
        data(chunk({ content: 'is 3.' }, null, 'b')) +
        data(chunk({}, 'stop', 'c')) +
        DONE,
      /^completed$/,
    ],
    'has call ids that change': [
      data(chunk(callOf('{"a":1,', 'x'))) +
        data(chunk({ tool_calls: [{ index: 0, id: 'y', function: { arguments: '"b":2}' } }] })) +
        data(chunk({}, 'tool_calls')) +
        DONE,
      /^completed$/,
    ],
    'has choices without delta': [data({ id: 'x', choices: [{ index: 0 }] }) + SAYS, /^completed$/],
    'has choices that are null': [data({ id: 'x', choices: null }) + SAYS, /^completed$/],
    'has an error with a number for a code': [
      data({ error: { message: 'no', code: 400 } }),
      /^failed REQUEST_INVALID$/,
    ],
    'has an error with a number as text for a code': [
      data({ error: { message: 'slow down', code: '429' } }),
      /^failed RATE_LIMITED$/,
    ],
    'has an error that is a word': [data({ error: 'it broke' }), /^failed PROVIDER_ERROR$/],
    'has nothing but [DONE]': [DONE, /^failed STREAM_CUT$/],
    'has a line that is no JSON': [data('{"broken": ') + SAYS, /^failed STREAM_MALFORMED$/],
    'is empty': ['', /^failed (STREAM_CUT|RESPONSE_MALFORMED)$/],
  };

  it.each(Object.entries(odd))('%s ends in a defined state', async (_name, [stream, ends]) => {
    const asksTool = stream.includes('tool_calls');
    const { status, text } = await runAgainst((index) => sse(asksTool && index > 0 ? SAYS : stream), true);
    expect(status).toMatch(ends);
    if (status === 'completed') expect(text).toBe('It is 3.');
  });
});

describe('a run against a server whose plain answer', () => {
  const message = { role: 'assistant', content: 'It is 3.' };
  const body = (choice: unknown, more: object = {}): object => ({
    id: 'c',
    object: 'chat.completion',
    model: 'm',
    choices: [choice],
    ...more,
  });
  const odd: Record<string, [answer: Answer, ends: RegExp]> = {
    'has no usage': [json(body({ index: 0, message, finish_reason: 'stop' })), /^completed$/],
    'has no finish reason': [json(body({ index: 0, message })), /^completed$/],
    'has a choice without message': [json(body({ index: 0, finish_reason: 'stop' })), /^failed RESPONSE_MALFORMED$/],
    'has a message that is null': [
      json(body({ index: 0, message: null, finish_reason: 'stop' })),
      /^failed RESPONSE_MALFORMED$/,
    ],
    'has no choices': [json({ id: 'c', choices: [] }), /^failed RESPONSE_MALFORMED$/],
    'has content that is null': [
      json(body({ index: 0, message: { role: 'assistant', content: null } })),
      /^failed OUTPUT_EMPTY$/,
    ],
    'has an error in a 200': [
      json({ error: { message: 'no', code: 'invalid_api_key' } }),
      /^failed CREDENTIAL_REJECTED$/,
    ],
    'is cut JSON': [{ type: JSON_TYPE, pieces: ['{"choices": [{"mess'] }, /^failed RESPONSE_MALFORMED$/],
    'is cut by the connection': [
      { type: JSON_TYPE, pieces: ['{"choices"'], isCut: true },
      /^failed (CONNECTION_LOST|STREAM_CUT)$/,
    ],
    'is a page': [{ type: 'text/html', pieces: ['<h1>Hello</h1>'] }, /^failed RESPONSE_MALFORMED$/],
    'comes byte by byte': [
      {
        type: JSON_TYPE,
        pieces: Array.from(JSON.stringify(body({ index: 0, message, finish_reason: 'stop' }))),
        pauses: 1,
      },
      /^completed$/,
    ],
  };

  it.each(Object.entries(odd))('%s ends in a defined state', async (_name, [answer, ends]) => {
    const { status, text } = await runAgainst(() => answer, false);
    expect(status).toMatch(ends);
    if (status === 'completed') expect(text).toBe('It is 3.');
  });
});
