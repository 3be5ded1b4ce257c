import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { AnyTool, ToolContext } from '@master-orchestrator/contracts';
import { callTool, testToolContext } from '@master-orchestrator/testing';
import { onTestFinished } from 'vitest';
import { webToolsPlugin, type WebToolsPluginOptions } from '../src/index.js';

/** A request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What a server answers: status, headers, body. */
export type Answer = (
  arrived: Arrived,
) => readonly [status: number, headers?: Record<string, string>, body?: string | Uint8Array];

/** A server on 127.0.0.1 that ends with its test. */
export async function serve(answer: Answer): Promise<{ readonly url: string; readonly seen: readonly Arrived[] }> {
  const seen: Arrived[] = [];
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = (await buffer(incoming)).toString();
    const arrived = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, body };
    seen.push(arrived);
    const [status, headers, content] = answer(arrived);
    response.writeHead(status, headers).end(content);
  };
  const server = createServer((incoming, response) => void handle(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

export function toolOf(options?: WebToolsPluginOptions): AnyTool {
  const [tool] = webToolsPlugin(options).contributes.tools ?? [];
  if (tool === undefined) throw new Error('no tool');
  return tool;
}

/** Calls the tool as the registry does: arguments and result pass its schemas. */
export async function request(
  args: unknown,
  options?: WebToolsPluginOptions,
  overrides?: Partial<ToolContext>,
): Promise<Record<string, unknown>> {
  return callTool(webToolsPlugin(options), 'http_request', args, testToolContext(overrides));
}
