import type { ModelFinish, ModelUsage } from '@master-orchestrator/contracts';
import type { Fault, WireVariation } from './fault.js';

/** A tool call the model is to ask for. */
export interface ScriptedToolCall {
  readonly name: string;
  /** An object, or the raw text where it must be odd. */ readonly arguments: object | string;
  /** @default `call_` and a number */ readonly callId?: string;
}

/**
 * One answer of the server. The same answer serves the Responses API and Chat Completions, plain and streamed: what
 * the request asked for is what is sent.
 */
export interface ScriptedAnswer {
  readonly text?: string;
  readonly toolCalls?: readonly ScriptedToolCall[];
  readonly refusal?: string;
  /** Responses: a reasoning item with this summary. Chat Completions: `reasoning_content`. */
  readonly reasoning?: string;
  /** What is not given is estimated: four characters a token. */ readonly usage?: Partial<ModelUsage>;
  /** @default follows from the content */ readonly finish?: ModelFinish;
  /** Added to the response headers, for example `x-ratelimit-remaining-requests`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** @default 200 */ readonly status?: number;
  /** Body of an answer with an error status: an object as it is, or a message that is worded as OpenAI does. */
  readonly error?: object | string;
  readonly fault?: Fault;
  readonly wire?: WireVariation;
  /** Wait before the headers, in milliseconds. @default 0 */ readonly delayMs?: number;
  /** Wait between two events of a stream, in milliseconds. @default 0 */ readonly chunkDelayMs?: number;
  /** Characters of text in one event of a stream. @default 16 */ readonly chunkSize?: number;
  /** Model named in the answer. @default the one asked for */ readonly model?: string;
}

/** Which endpoint a request came to. */
export type WireApi = 'responses' | 'chat' | 'models' | 'other';

/** A request as the server saw it. */
export interface RecordedRequest {
  /** Position among all requests, from 0. */ readonly index: number;
  readonly api: WireApi;
  readonly method: string;
  /** Path with query. */ readonly path: string;
  /** Names in lower case. */ readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body; `undefined` where there was none or it did not parse. */ readonly body: unknown;
  readonly rawBody: string;
  /** True where the request asked for a stream. */ readonly isStream: boolean;
  /**
   * What became of it: answered by the script, by a fault plan, by an outage, by the announced rate limit, refused
   * (401, 400, 404), not foreseen by the script, or `listed` (models).
   */
  readonly outcome: 'script' | 'fault' | 'outage' | 'limited' | 'refused' | 'unexpected' | 'listed' | 'open';
  /** True once the client has closed the connection before the answer was complete. */ readonly wasAborted: boolean;
}

/** Answers in order, or a function that makes one for each request. */
export type AnswerScript =
  | readonly ScriptedAnswer[]
  | ((request: RecordedRequest, index: number) => ScriptedAnswer | Promise<ScriptedAnswer>);
