import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { LoopbackHttp, plainHeaders, readBody } from './loopback-http.js';

/** A request as a handler sees it. */
export interface JsonRequest {
  readonly method: string;
  /** Path with query. */ readonly path: string;
  /** Parameters of the query. */ readonly query: URLSearchParams;
  /** Names in lower case. */ readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body; `undefined` where there was none or it did not parse. */ readonly body: unknown;
  readonly rawBody: string;
}

/** Status, body and headers of an answer. A body that is a string or bytes is sent as it is, all else as JSON. */
export type JsonAnswer = readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>];

/** A running server; `await using` closes it. */
export interface JsonServer {
  /** `http://127.0.0.1:<port>/`, with the trailing slash that `new URL(path, url)` needs. */ readonly url: string;
  /** `http://127.0.0.1:<port>`. */ readonly origin: string;
  /** Every request so far. */ readonly requests: readonly JsonRequest[];
  /** Connections that are open now. */ readonly openSockets: number;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a small HTTP server on 127.0.0.1, on a free port.
 *
 * @param handler - Gives the answer to each request. A handler that throws gives a 500 with its message.
 */
export async function startJsonServer(
  handler: (request: JsonRequest) => JsonAnswer | Promise<JsonAnswer>,
): Promise<JsonServer> {
  const requests: JsonRequest[] = [];
  const http = new LoopbackHttp((incoming, response) => {
    void serve(incoming, response, handler, requests);
  });
  await http.listen();
  return {
    url: `${http.origin}/`,
    origin: http.origin,
    requests,
    get openSockets() {
      return http.openSockets;
    },
    close: () => http.close(),
    [Symbol.asyncDispose]: () => http.close(),
  };
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  handler: (request: JsonRequest) => JsonAnswer | Promise<JsonAnswer>,
  requests: JsonRequest[],
): Promise<void> {
  let rawBody: string;
  try {
    rawBody = await readBody(incoming);
  } catch {
    response.destroy(); // the client went away before it had asked anything
    return;
  }
  const path = incoming.url ?? '/';
  const query = new URL(path, 'http://127.0.0.1').searchParams;
  const head = { method: incoming.method ?? 'GET', path, query, headers: plainHeaders(incoming) };
  const request = { ...head, body: parse(rawBody), rawBody };
  requests.push(request);
  const [status, body, headers] = await answerOf(handler, request);
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const type = isRaw ? 'text/plain; charset=utf-8' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(isRaw ? body : body === undefined ? '' : JSON.stringify(body));
}

async function answerOf(
  handler: (request: JsonRequest) => JsonAnswer | Promise<JsonAnswer>,
  request: JsonRequest,
): Promise<JsonAnswer> {
  try {
    return await handler(request);
  } catch (error) {
    return [500, { error: error instanceof Error ? error.message : String(error) }];
  }
}

/** An origin on 127.0.0.1 where nothing listens: connecting is refused. */
export async function refusedOrigin(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return `http://127.0.0.1:${port}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
