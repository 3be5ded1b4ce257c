import { setTimeout as wait } from 'node:timers/promises';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Sender } from './bounded-exporter.js';
import type { CheckedOptions } from './options.js';

/** Answers that a client may repeat (OTLP specification, "Retryable Response Codes"). */
const RETRYABLE = new Set([429, 502, 503, 504]);
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

/**
 * Sends spans by OTLP over HTTP, as JSON (OTLP specification 1.x, "OTLP/HTTP"). It repeats what may be repeated for as
 * long as the signal lets it, and holds nothing open: neither its waits nor idle connections keep a process alive.
 */
export function httpSender({ endpoint, headers }: Pick<CheckedOptions, 'endpoint' | 'headers'>): Sender {
  const url = new URL(endpoint);
  return {
    target: `${url.origin}${url.pathname}`,
    async send(spans, signal) {
      const body = JsonTraceSerializer.serializeRequest([...spans]);
      if (body === undefined) throw new Error('The spans could not be written as JSON.');
      for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
        const problem = await post(url, headers, body, signal);
        if (problem === undefined) return;
        if (!problem.isRetryable) throw problem.error;
        const pause = Math.min(problem.retryAfterMs ?? waitMs, LONGEST_WAIT_MS);
        // The reason of the failure tells more than that the time was up.
        await wait(pause, undefined, { signal, ref: false }).catch(() => {
          throw problem.error;
        });
      }
    },
  };
}

/** Sends spans through an exporter that a user gave. */
export function sendThrough(exporter: SpanExporter): Sender {
  return {
    target: exporter.constructor.name,
    send: (spans) =>
      new Promise((resolve, reject) => {
        exporter.export([...spans], ({ code, error }) => {
          const isDelivered = !code; // ExportResultCode.SUCCESS is 0
          if (isDelivered) resolve();
          else reject(error ?? new Error('The exporter failed without saying why.'));
        });
      }),
    close: () => exporter.shutdown(),
  };
}

interface Problem {
  readonly error: Error;
  readonly isRetryable: boolean;
  readonly retryAfterMs?: number;
}

async function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  let response: Response;
  try {
    const all = { ...headers, 'content-type': 'application/json' };
    response = await fetch(url, { method: 'POST', headers: all, body: Buffer.from(body), redirect: 'error', signal });
    // Read to its end, so that the connection can be used again.
    await response.arrayBuffer();
  } catch (cause) {
    if (signal.aborted) throw cause;
    return { error: connectionError(cause), isRetryable: true };
  }
  if (response.ok) return undefined;
  const error = new Error(`The receiver answered ${response.status}.`);
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return {
    error,
    isRetryable: RETRYABLE.has(response.status),
    ...(seconds >= 0 ? { retryAfterMs: seconds * 1_000 } : {}),
  };
}

function connectionError(thrown: unknown): Error {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  const code = (cause as { readonly code?: unknown }).code;
  return new Error(`The receiver cannot be reached${typeof code === 'string' ? ` (${code})` : ''}.`, { cause: thrown });
}
