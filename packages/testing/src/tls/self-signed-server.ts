import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { selfSignedCertificate } from './self-signed-certificate.js';

/** A running HTTPS server that no client trusts; `await using` closes it. */
export interface SelfSignedServer {
  /** `https://127.0.0.1:<port>`. */ readonly origin: string;
  /** Its certificate, PEM: who adds it to the trusted ones gets through. */ readonly certificate: string;
  /** Handshakes that were completed: 0 where clients refuse it. */ readonly handshakes: number;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts an HTTPS server on 127.0.0.1 whose certificate, made on the spot, is signed by itself. */
export async function startSelfSignedServer(): Promise<SelfSignedServer> {
  const { key, certificate } = selfSignedCertificate();
  const sockets = new Set<TLSSocket>();
  let handshakes = 0;
  const server = createServer({ key, cert: certificate }, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.on('secureConnection', (socket) => {
    handshakes += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {}); // a client that refuses the certificate is what this server is for
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    origin: `https://127.0.0.1:${port}`,
    certificate,
    get handshakes() {
      return handshakes;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
