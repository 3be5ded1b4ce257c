/** Who words an error body: each service has its own shape. */
export type ErrorShape = 'openai' | 'azure' | 'azure-gateway' | 'vllm' | 'ollama' | 'plain-message' | 'html' | 'empty';

/** Where in an answer something goes wrong. */
export type FaultMoment = 'before-headers' | 'within-headers' | 'after-headers' | 'in-body';

/** An error as services report it; {@link ErrorShape} says how it is wrapped. */
export interface WireError {
  readonly message?: string;
  readonly type?: string | null;
  readonly param?: string | null;
  /** A word, a number or a number as text: services do all three. */ readonly code?: string | number | null;
}

/**
 * How an answer goes wrong. `afterChunks` counts events of a stream, or quarters of a plain body.
 *
 * - `reset`: the connection is reset (RST), or with `how: 'end'` closed (FIN).
 * - `silence`: nothing more is sent; the connection stays open until the client or the server closes it.
 * - `clean-end`: the stream ends in order, without `finish_reason`, `[DONE]` or `response.completed`.
 * - `broken-line`: one line of the stream is no JSON; then the stream goes on.
 * - `error-event`: the stream carries an error object and ends. In a plain answer: that error with status 500.
 * - `failed`: Responses: an answer with status `failed`. Chat Completions: as `error-event`.
 * - `html`, `empty`: a page, or nothing, where JSON was promised; status 200 unless told otherwise.
 * - `cut-json`: a plain body that ends in the middle of the JSON, with the right length. A stream: cut in an event.
 * - `wrong-length`: `content-length` differs from the body by `byBytes`; positive: announces more than it sends.
 * - `status`: an HTTP error in the wording of a service.
 * - `trickle`: bytes come one by one.
 * - `late`: the whole answer is made, and held back for `delayMs`.
 * - `duplicate-call-ids`: every tool call of the answer has the same id.
 * - `broken-arguments`: the arguments of the tool calls are replaced by `text`.
 */
export type Fault =
  | {
      readonly kind: 'reset';
      /** @default 'before-headers' */ readonly when?: FaultMoment;
      /** With `in-body`. @default 1 */ readonly afterChunks?: number;
      /** @default 'reset' */ readonly how?: 'reset' | 'end';
    }
  | {
      readonly kind: 'silence';
      /** @default 'before-headers' */ readonly when?: Exclude<FaultMoment, 'within-headers'>;
      /** With `in-body`. @default 1 */ readonly afterChunks?: number;
    }
  | { readonly kind: 'clean-end'; /** @default all but the terminal sign */ readonly afterChunks?: number }
  | {
      readonly kind: 'broken-line';
      /** @default 1 */ readonly afterChunks?: number;
      /** @default '{"broken": ' */ readonly line?: string;
    }
  | {
      readonly kind: 'error-event';
      /** @default 1 */ readonly afterChunks?: number;
      /** @default server_error */ readonly error?: WireError;
    }
  | { readonly kind: 'failed'; /** @default server_error */ readonly error?: WireError }
  | { readonly kind: 'html'; /** @default 200 */ readonly status?: number }
  | { readonly kind: 'empty'; /** @default 200 */ readonly status?: number }
  | { readonly kind: 'cut-json' }
  | { readonly kind: 'wrong-length'; /** @default 20 */ readonly byBytes?: number }
  | {
      readonly kind: 'status';
      readonly status: number;
      /** @default 'openai' */ readonly shape?: ErrorShape;
      /** Overrides what is usual for the status. */ readonly error?: WireError;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'trickle';
      /** @default 1 */ readonly bytesPerSecond?: number;
      /** Bytes sent at full speed first. @default 0 */ readonly afterBytes?: number;
    }
  | { readonly kind: 'late'; /** Milliseconds. */ readonly delayMs: number }
  | { readonly kind: 'duplicate-call-ids'; /** @default 'call_same' */ readonly callId?: string }
  | { readonly kind: 'broken-arguments'; /** @default '{"broken": ' */ readonly text?: string };

/** Ways in which compatible services differ on the wire. None of them is an error: a client must cope. */
export interface WireVariation {
  /** @default 'lf' */ readonly lineEnd?: 'lf' | 'crlf' | 'cr';
  /** Comment lines (`: keep-alive`) between the events. @default false */ readonly comments?: boolean;
  /** Chat Completions: leaves out `[DONE]`. @default false */ readonly omitDone?: boolean;
  /** `data:` without the space after it. @default false */ readonly tightData?: boolean;
  /** Responses: leaves out the `event:` lines. @default false */ readonly omitEventNames?: boolean;
  /** Tool calls without arguments have `null` there. @default false */ readonly nullArguments?: boolean;
  /** Leaves out `usage`, as some servers do. @default false */ readonly omitUsage?: boolean;
  /** Chat Completions, streamed: each chunk has another `id`. @default false */ readonly changingIds?: boolean;
  /** Chat Completions, plain: a choice without `message`. @default false */ readonly omitMessage?: boolean;
  /** Chat Completions: `finish_reason: "stop"` although tools are called. @default false */
  readonly stopForToolCalls?: boolean;
  /** Chat Completions: tool calls arrive in one piece and without `index`. @default false */
  readonly wholeToolCalls?: boolean;
  /** Writes that many bytes at a time, whatever the events; 1 splits at every byte. @default one event a write */
  readonly splitBytes?: number;
}
