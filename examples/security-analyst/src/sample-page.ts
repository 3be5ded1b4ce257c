import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A page on this machine to look at: it answers with a cookie and without the headers that protect a page. */
export async function startSamplePage(): Promise<{ readonly url: string; [Symbol.asyncDispose](): Promise<void> }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', server: 'sample/1.0' });
    response.end('<!doctype html><title>Login</title><form action="/login"><input name="password"></form>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/login`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
