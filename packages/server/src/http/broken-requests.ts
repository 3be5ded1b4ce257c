import { OrchestratorError } from '@master-orchestrator/errors';
import type { Socket } from 'node:net';
import { errorBody } from '../errors/error-body.js';

/** Errors of Node's HTTP parser by their codes. */
const STATUSES: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'The headers are too large.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'Payload Too Large', 'The chunk extensions are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'The request did not arrive in time.'],
};

/** Answers what is no HTTP request, and closes the connection: nothing that follows can be trusted. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket, requestId: string): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, reason, words] = STATUSES[error.code ?? ''] ?? [
    400,
    'Bad Request',
    'This is not a valid HTTP request.',
  ];
  const code = status === 408 ? 'RESPONSE_TIMEOUT' : status === 400 ? 'REQUEST_INVALID' : 'REQUEST_TOO_LARGE';
  const body = JSON.stringify(errorBody(new OrchestratorError(code, words), requestId));
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
