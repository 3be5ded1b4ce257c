import type { Logger } from '@master-orchestrator/contracts';
import { classify, OrchestratorError, type Clock } from '@master-orchestrator/errors';
import type { FastifyReply } from 'fastify';
import type { ServerResponse } from 'node:http';

/** One message of an event stream. */
export interface StreamMessage {
  /** Absent: the reader's position does not move. */ readonly id?: string | undefined;
  /** Absent: a plain message, as OpenAI's chat streams have them. */ readonly event?: string | undefined;
  readonly data: string;
}

/** Settings of {@link EventStreams}. */
export interface EventStreamsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Streams open at once. */ readonly maxStreams: number;
  /** Time between two signs of life, in milliseconds. */ readonly keepAliveMs: number;
  /** True once a shutdown has begun. */ isStopping(): boolean;
}

/** The last message of a stream of events where the server stops. */
export const CLOSING = 'event: closing\ndata: {"reason":"shutdown"}\n\n';

/** How long a browser waits before it comes back, in milliseconds. */
const RECONNECT_MS = 2_000;

/** Open event streams: bounded in number, kept alive, ended with a word when the server stops. */
export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #open = new Set<AbortController>();
  #isClosing = false;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
  }

  /** Streams that are open. */
  get count(): number {
    return this.#open.size;
  }

  /** @throws OrchestratorError QUEUE_FULL, ORCHESTRATOR_CLOSED */
  assertPlace(): void {
    if (this.#isClosing) throw new OrchestratorError('ORCHESTRATOR_CLOSED', 'The server is shutting down.');
    if (this.#open.size < this.#options.maxStreams) return;
    const message = `${this.#open.size} event streams are open, as many as the server takes. Close one, or raise maxStreams.`;
    throw new OrchestratorError('QUEUE_FULL', message, { retryAfterMs: 5_000 });
  }

  /**
   * Answers with a stream until the messages end, the reader goes away or the server stops.
   *
   * @param messages - Made with a signal that ends when nobody reads any more. Where making them fails, there is no
   * stream and the failure is thrown.
   * @param closing - What is sent where the server stops, {@link CLOSING} for streams of events. @default nothing
   * @throws OrchestratorError QUEUE_FULL where too many are open
   */
  async send(
    reply: FastifyReply,
    messages: (signal: AbortSignal) => AsyncIterable<StreamMessage> | Promise<AsyncIterable<StreamMessage>>,
    closing = '',
  ): Promise<void> {
    this.assertPlace();
    const controller = new AbortController();
    const { raw } = reply;
    const leave = (): void => controller.abort();
    raw.once('close', leave);
    this.#open.add(controller); // before anything is waited for: readers that come together must not share a place
    if (raw.destroyed) leave();
    try {
      const iterable = await messages(controller.signal);
      reply.hijack();
      await this.#answer(reply, iterable, controller.signal, closing);
    } finally {
      this.#open.delete(controller);
      raw.off('close', leave);
    }
  }

  /** Ends every stream with a closing message. */
  close(): void {
    this.#isClosing = true;
    for (const controller of this.#open) controller.abort();
  }

  async #answer(
    reply: FastifyReply,
    messages: AsyncIterable<StreamMessage>,
    signal: AbortSignal,
    closing: string,
  ): Promise<void> {
    const { raw } = reply;
    // Headers of helmet, CORS and rate limit stand on the reply; a hijacked answer gets them by hand.
    raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...STREAM_HEADERS });
    const stopKeepAlive = this.#keepAlive(raw);
    try {
      await write(raw, `retry: ${RECONNECT_MS}\n\n`);
      for await (const message of messages) {
        if (signal.aborted && raw.destroyed) break;
        await write(raw, textOf(message));
      }
      if (this.#options.isStopping()) await write(raw, closing);
    } catch (error) {
      // The status is sent already; the reader sees the end, comes back and goes on from its last id.
      this.#options.logger.warn({ requestId: reply.request.id, err: classify(error).toJSON() }, 'a stream was cut');
    } finally {
      stopKeepAlive();
      raw.end();
    }
  }

  #keepAlive(raw: ServerResponse): () => void {
    const { clock, keepAliveMs } = this.#options;
    let cancel = clock.setTimer(keepAliveMs, beat);
    function beat(): void {
      if (!raw.writableEnded && !raw.writableNeedDrain) raw.write(': keep-alive\n\n');
      cancel = clock.setTimer(keepAliveMs, beat);
    }
    return () => cancel();
  }
}

const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const;

/** The wire form. Data is JSON, which holds no line break. */
export function textOf({ id, event, data }: StreamMessage): string {
  return `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}data: ${data}\n\n`;
}

/** Writes, and waits where the reader is slower than the writer. */
async function write(raw: ServerResponse, text: string): Promise<void> {
  if (text === '' || raw.destroyed || raw.writableEnded || raw.write(text)) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      raw.off('drain', go);
      raw.off('close', go);
      resolve();
    };
    raw.once('drain', go);
    raw.once('close', go);
  });
}
