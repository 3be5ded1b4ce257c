import type { Logger } from '@master-orchestrator/contracts';
import { redactText } from '@master-orchestrator/errors';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

/** Delivers spans, or rejects. The signal ends it. */
export interface Sender {
  /** Where spans go, in words for a log. */ readonly target: string;
  send(spans: readonly ReadableSpan[], signal: AbortSignal): Promise<void>;
  close?(): Promise<void>;
}

/** Parts of a {@link BoundedExporter}. */
export interface BoundedExporterParts {
  readonly send: Sender;
  readonly timeoutMs: number;
  readonly logger: Logger;
}

type Done = Parameters<SpanExporter['export']>[1];
type Result = Parameters<Done>[0];

const SUCCESS = 0;
const FAILED = 1;

/**
 * Hands spans to a sender and answers in any case: after the delivery, its time limit, or {@link abort}. A receiver that
 * is down is told once, and once more when it is back.
 */
export class BoundedExporter implements SpanExporter {
  readonly #parts: BoundedExporterParts;
  readonly #closing = new AbortController();
  readonly #pending = new Set<Promise<void>>();
  #isFailing = false;

  constructor(parts: BoundedExporterParts) {
    this.#parts = parts;
  }

  /** Delivers a batch. Never throws. */
  export(spans: ReadableSpan[], done: Done): void {
    const delivery = this.#answer(spans, done);
    this.#pending.add(delivery);
    void delivery.finally(() => this.#pending.delete(delivery));
  }

  /** Gives up every delivery under way. */
  abort(): void {
    this.#closing.abort(new Error('The orchestrator is closing.'));
  }

  /** Waits for deliveries under way, each with an end. */
  async shutdown(): Promise<void> {
    const { send } = this.#parts;
    await Promise.allSettled(this.#pending);
    if (send.close !== undefined) await bounded(async () => send.close?.(), this.#closing.signal);
  }

  async #answer(spans: readonly ReadableSpan[], done: Done): Promise<void> {
    done(await this.#deliver(spans));
  }

  async #deliver(spans: readonly ReadableSpan[]): Promise<Result> {
    const { send, timeoutMs } = this.#parts;
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      await bounded(() => send.send(spans, signal), signal);
      this.#tell(undefined);
      return { code: SUCCESS };
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error('The delivery failed.', { cause: thrown });
      this.#tell(error, spans.length);
      return { code: FAILED, error };
    }
  }

  #tell(error: Error | undefined, count = 0): void {
    const isFailing = error !== undefined;
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    const { logger, send } = this.#parts;
    const { target } = send;
    if (!isFailing) logger.info({ target }, 'spans are delivered again');
    else {
      const reason = redactText(error.message).slice(0, 300);
      logger.warn({ target, reason, count }, 'spans could not be delivered and are lost');
    }
  }
}

/** What the work gives, or the reason of the signal, whichever is first. */
async function bounded(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    // A moment later, so that the work may say why it was not done yet: that tells more than that time is up.
    onAbort = () => void setImmediate(() => reject(signal.reason as Error));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([work(), aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
