import type { Connection } from './connection.js';
import { htmlPage, wordError } from './error-bodies.js';
import type { Fault, WireError, WireVariation } from './fault.js';
import { encodeFrame, type Frame } from './sse.js';

/** An answer that is ready to be written. */
export interface Transmission {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Events of a stream, or one plain body. */ readonly payload: readonly Frame[] | string;
  readonly contentType: string;
  readonly fault: Fault | undefined;
  readonly wire: WireVariation;
  readonly delayMs: number;
  readonly chunkDelayMs: number;
  /** Wraps an error as the endpoint does in mid-stream. */ readonly errorFrame: (
    error: WireError,
    position: number,
  ) => Frame;
}

/** Writes an answer with its fault. Resolves when it is written, or when the connection has closed. */
export async function transmit(connection: Connection, given: Transmission): Promise<void> {
  const { fault } = given;
  const waitMs = given.delayMs + (fault?.kind === 'late' ? fault.delayMs : 0);
  if (waitMs > 0 && !(await connection.pause(waitMs))) return;
  if (await failsBeforeBody(connection, given)) return;
  const answer = spoil(given);
  const chunks = chunksOf(answer);
  connection.head(answer.status, headersOf(answer, chunks));
  if (await failsAfterHeaders(connection, fault)) return;
  await writeBody(connection, answer, chunks);
}

/** Faults that leave no HTTP answer. True where the answer is over. */
async function failsBeforeBody(connection: Connection, { fault, status }: Transmission): Promise<boolean> {
  if (fault?.kind === 'silence' && (fault.when ?? 'before-headers') === 'before-headers') {
    await connection.untilClosed();
    return true;
  }
  if (fault?.kind !== 'reset') return false;
  const when = fault.when ?? 'before-headers';
  if (when !== 'before-headers' && when !== 'within-headers') return false;
  if (when === 'within-headers') connection.writeRaw(`HTTP/1.1 ${status} OK\r\ncontent-type: applica`);
  await connection.breakOff(fault.how ?? 'reset');
  return true;
}

async function failsAfterHeaders(connection: Connection, fault: Fault | undefined): Promise<boolean> {
  const isAfter = (fault?.kind === 'silence' || fault?.kind === 'reset') && fault.when === 'after-headers';
  if (!isAfter) return false;
  connection.flushHead();
  if (fault.kind === 'silence') await connection.untilClosed();
  else await connection.breakOff(fault.how ?? 'reset');
  return true;
}

/** Faults of the content: gives the answer that is sent instead. */
function spoil(given: Transmission): Transmission {
  const { fault, payload } = given;
  switch (fault?.kind) {
    case 'html':
      return replaced(given, fault.status ?? 200, htmlPage('Please sign in'));
    case 'empty':
      return replaced(given, fault.status ?? 200, { contentType: 'application/json', body: '' });
    case 'status':
      return replaced(given, fault.status, wordError(fault.status, fault.shape, fault.error), fault.headers);
    case 'error-event':
    case 'failed':
      if (typeof payload === 'string') {
        return fault.kind === 'failed' ? given : replaced(given, 500, wordError(500, 'openai', fault.error));
      }
      return { ...given, payload: withError(given, payload, fault) };
    case 'clean-end':
      if (typeof payload === 'string') return { ...given, payload: half(payload) };
      return { ...given, payload: payload.filter((frame) => frame.isTerminal !== true).slice(0, fault.afterChunks) };
    case 'broken-line': {
      const line = fault.line ?? '{"broken": ';
      if (typeof payload === 'string') return { ...given, payload: line };
      return { ...given, payload: payload.toSpliced(fault.afterChunks ?? 1, 0, { data: line }) };
    }
    case 'cut-json':
      return typeof payload === 'string' ? { ...given, payload: half(payload) } : given;
    case 'reset':
    case 'silence':
    case 'trickle':
    case 'late':
    case 'wrong-length':
    case 'duplicate-call-ids':
    case 'broken-arguments':
    case undefined:
      break;
  }
  return given;
}

function replaced(
  given: Transmission,
  status: number,
  { contentType, body }: { readonly contentType: string; readonly body: string },
  headers: Readonly<Record<string, string>> = {},
): Transmission {
  return { ...given, status, contentType, payload: body, headers: { ...given.headers, ...headers } };
}

function withError(
  given: Transmission,
  frames: readonly Frame[],
  fault: Extract<Fault, { kind: 'error-event' | 'failed' }>,
): readonly Frame[] {
  // An answer that is already rendered as failed carries its own terminal event.
  if (fault.kind === 'failed' && frames.some((frame) => frame.event === 'response.failed')) return frames;
  const after = fault.kind === 'error-event' ? (fault.afterChunks ?? 1) : 1;
  const before = frames.filter((frame) => frame.isTerminal !== true).slice(0, after);
  return [...before, given.errorFrame(fault.error ?? {}, before.length)];
}

function half(text: string): string {
  return text.slice(0, Math.ceil(text.length * 0.6));
}

/** What is written, in the pieces that faults count: events of a stream, quarters of a plain body. */
function chunksOf(answer: Transmission): readonly Buffer[] {
  const { payload, fault, wire } = answer;
  if (typeof payload !== 'string') {
    const texts = payload.map((frame) => encodeFrame(frame, wire));
    if (fault?.kind !== 'cut-json') return texts.map((text) => Buffer.from(text));
    const last = texts.findIndex((_, index) => payload[index]?.isTerminal === true);
    return texts.slice(0, last + 1).map((text, index) => Buffer.from(index === last ? half(text) : text));
  }
  const bytes = Buffer.from(payload);
  if (fault?.kind !== 'reset' && fault?.kind !== 'silence') return [bytes];
  const size = Math.max(1, Math.ceil(bytes.length / 4));
  return splitBytes(bytes, size);
}

function splitBytes(bytes: Buffer, size: number): readonly Buffer[] {
  const parts: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += size) parts.push(bytes.subarray(start, start + size));
  return parts;
}

function headersOf(answer: Transmission, chunks: readonly Buffer[]): Readonly<Record<string, string>> {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const isPlain = typeof answer.payload === 'string';
  const byBytes = answer.fault?.kind === 'wrong-length' ? (answer.fault.byBytes ?? 20) : 0;
  return {
    'content-type': answer.contentType,
    ...(isPlain || byBytes !== 0 ? { 'content-length': String(Math.max(0, length + byBytes)) } : {}),
    ...(isPlain ? {} : { 'cache-control': 'no-cache' }),
    ...answer.headers,
  };
}

async function writeBody(connection: Connection, answer: Transmission, chunks: readonly Buffer[]): Promise<void> {
  const { fault, wire, chunkDelayMs } = answer;
  if (fault?.kind === 'trickle') return trickle(connection, Buffer.concat([...chunks]), fault);
  const breaksInBody = (fault?.kind === 'reset' || fault?.kind === 'silence') && fault.when === 'in-body';
  const breakAt = breaksInBody ? (fault.afterChunks ?? 1) : Infinity;
  for (const [index, chunk] of chunks.entries()) {
    if (index >= breakAt) break;
    if (index > 0 && chunkDelayMs > 0 && !(await connection.pause(chunkDelayMs))) return;
    await writeChunk(connection, chunk, wire.splitBytes);
    if (connection.isClosed) return;
  }
  if (breaksInBody && fault.kind === 'silence') return connection.untilClosed();
  if (breaksInBody && fault.kind === 'reset') return connection.breakOff(fault.how ?? 'reset');
  if (fault?.kind === 'wrong-length') return connection.breakOff('end');
  connection.end();
}

async function writeChunk(connection: Connection, chunk: Buffer, size: number | undefined): Promise<void> {
  if (size === undefined) return connection.write(chunk);
  for (const part of splitBytes(chunk, Math.max(1, size))) {
    await connection.write(part);
    // A turn of the event loop between the writes keeps them apart on the wire, as far as TCP lets it.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

async function trickle(
  connection: Connection,
  bytes: Buffer,
  fault: Extract<Fault, { kind: 'trickle' }>,
): Promise<void> {
  const everyMs = 1_000 / (fault.bytesPerSecond ?? 1);
  const start = fault.afterBytes ?? 0;
  connection.flushHead();
  if (start > 0) await connection.write(bytes.subarray(0, start));
  for (let position = start; position < bytes.length; position += 1) {
    if (!(await connection.pause(everyMs))) return;
    await connection.write(bytes.subarray(position, position + 1));
  }
  connection.end();
}
