import type { Readable, Transform } from 'node:stream';
import { OrchestratorError } from '@master-orchestrator/errors';

/** What happens to a body on its way. */
export interface BodyOptions {
  readonly host: string;
  /** Value of `content-encoding`. */ readonly encoding: string | undefined;
  /** Decoded bytes. */ readonly maxBytes: number;
  /** Turns what a broken body throws into an error of ours. */ readonly translate: (error: unknown) => unknown;
  /** Called once, when the body has ended, failed or was given up. */ readonly onEnd: () => void;
}

/**
 * The body of an answer as a web stream: decoded, and cut off with RESPONSE_TOO_LARGE as soon as it is larger than
 * allowed. Nothing is read ahead of the reader, so that a bomb costs no more than the limit.
 *
 * @throws OrchestratorError PROTOCOL_ERROR for an encoding that cannot be decoded
 */
export function boundedBody(source: Readable, options: BodyOptions): ReadableStream<Uint8Array> {
  const decoder = decoderOf(options);
  const body = decoder === undefined ? source : source.pipe(decoder);
  if (decoder !== undefined) source.once('error', (error) => decoder.destroy(error));
  const chunks = body.iterator({ destroyOnReturn: true });
  let bytes = 0;
  const stop = (): void => {
    source.on('error', () => {});
    body.on('error', () => {});
    source.destroy();
    body.destroy();
    options.onEnd();
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await chunks.next();
        if (done === true) {
          options.onEnd();
          controller.close();
          return;
        }
        const chunk = value as Uint8Array;
        bytes += chunk.byteLength;
        if (bytes > options.maxBytes) throw tooLarge(options);
        controller.enqueue(new Uint8Array(chunk));
      } catch (error) {
        stop();
        controller.error(options.translate(error));
      }
    },
    cancel: stop,
  });
}

/** The error of an answer that is larger than allowed. */
export function tooLarge({ host, maxBytes }: Pick<BodyOptions, 'host' | 'maxBytes'>): OrchestratorError {
  return new OrchestratorError(
    'RESPONSE_TOO_LARGE',
    `The answer of "${host}" is larger than ${maxBytes} bytes. Ask for less, or raise maxBytes.`,
  );
}

function decoderOf({ encoding, host }: BodyOptions): Transform | undefined {
  const name = (encoding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return undefined;
  const zlib = process.getBuiltinModule('node:zlib');
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip();
    case 'deflate':
      return zlib.createInflate();
    case 'br':
      return zlib.createBrotliDecompress();
    default:
      throw new OrchestratorError(
        'PROTOCOL_ERROR',
        `The answer of "${host}" is encoded as "${name.slice(0, 60)}", which was not asked for.`,
        {
          isRetryable: false,
        },
      );
  }
}
