import type { ErrorRule, Json } from '@master-orchestrator/errors';

/** A JSON Schema document (2020-12), as plain data. */
export type JsonSchema = { readonly [key: string]: Json };

/** A part of a message that is not plain text. */
export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'image';
      /** An `https:` URL or a `data:` URL. */ readonly url: string;
      /** @default 'auto' */ readonly detail?: 'low' | 'high' | 'auto';
    }
  | {
      readonly type: 'file';
      /** Name shown to the model. */ readonly name: string;
      /** Base64 content as a `data:` URL, or absent when `fileId` is given. */ readonly data?: string;
      /** Id of a file already uploaded to the provider. */ readonly fileId?: string;
    };

/** A message of a conversation. */
export interface MessageItem {
  readonly type: 'message';
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string | readonly ContentPart[];
  /** Assistant messages: set when the model refused, with its words. */ readonly refusal?: string;
}

/** The model asks for a tool. */
export interface ToolCallItem {
  readonly type: 'tool-call';
  readonly callId: string;
  readonly name: string;
  /** The raw text the model wrote, normally a JSON object. Parsed once, by the tool registry. */
  readonly arguments: string;
}

/** The answer to a {@link ToolCallItem}; every call has exactly one. */
export interface ToolResultItem {
  readonly type: 'tool-result';
  readonly callId: string;
  readonly name: string;
  /** What the model reads. */ readonly output: string;
  /** True where the call failed or was refused. @default false */ readonly isError?: boolean;
}

/** Something only its provider understands (reasoning, for example); carried back untouched, and only to it. */
export interface ProviderItem {
  readonly type: 'provider-item';
  /** `origin` of the provider that made it. */ readonly origin: string;
  readonly data: Json;
}

/** One entry of a transcript. */
export type ModelItem = MessageItem | ToolCallItem | ToolResultItem | ProviderItem;

/** A tool as a model sees it. */
export interface ModelToolSpec {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments; the root is an object. */ readonly parameters: JsonSchema;
  /** True where `parameters` keeps to the strict subset, so that the provider can guarantee the shape. */
  readonly isStrict: boolean;
}

/** The shape an answer must have. */
export interface ModelOutputSchema {
  /** Letters, digits, `_` and `-`, at most 64. */ readonly name: string;
  readonly schema: JsonSchema;
  readonly isStrict: boolean;
}

/** How much a reasoning model may think. */
export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh';

/** Settings of one model call; what a model does not accept is left out by its provider. */
export interface ModelSettings {
  readonly temperature?: number;
  readonly topP?: number;
  /** Upper bound of the tokens of one answer, reasoning included. */ readonly maxOutputTokens?: number;
  readonly reasoningEffort?: ReasoningEffort;
  readonly seed?: number;
  readonly serviceTier?: string;
  /** @default true */ readonly parallelToolCalls?: boolean;
  /** Time limits of one attempt; each covers bodies and streams. */ readonly limits?: ModelCallLimits;
  /** Further fields for the request body of this provider. */ readonly extra?: { readonly [key: string]: Json };
}

/** Time limits of one attempt of a model call, in milliseconds. */
export interface ModelCallLimits {
  /** @default 10_000 */ readonly connectMs?: number;
  /** Until the response headers. @default 60_000 */ readonly headersMs?: number;
  /** Until the first token of a stream. @default 120_000 */ readonly firstTokenMs?: number;
  /** Silence between two chunks of a body or stream. @default 60_000 */ readonly silenceMs?: number;
  /** The whole attempt. @default 600_000 */ readonly attemptMs?: number;
}

/** Which tool the model must, may or must not call. */
export type ToolChoice = 'auto' | 'none' | 'required' | { readonly tool: string };

/** One question to a model. */
export interface ModelRequest {
  /** The provider's name of the model, without the `<provider>:` prefix. */ readonly model: string;
  readonly instructions?: string;
  readonly items: readonly ModelItem[];
  readonly tools: readonly ModelToolSpec[];
  /** @default 'auto' */ readonly toolChoice?: ToolChoice;
  readonly outputSchema?: ModelOutputSchema;
  readonly settings: ModelSettings;
  /** Continue a conversation the provider stores. */ readonly previousResponseId?: string;
}

/** What one or more model calls used. */
export interface ModelUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Part of `inputTokens` that came from the provider's cache. */ readonly cachedInputTokens: number;
  /** Part of `outputTokens` that was reasoning. */ readonly reasoningTokens: number;
  /** True where a number is our estimate and not the provider's count. @default false */
  readonly isEstimated?: boolean;
}

/** Why an answer ended. */
export type ModelFinish = 'stop' | 'tool_calls' | 'length' | 'filtered' | 'refused';

/** Rate limits a provider announced with an answer; absent fields were not announced. */
export interface AnnouncedLimits {
  readonly requestLimit?: number;
  readonly requestsRemaining?: number;
  /** Until the request window is full again, in milliseconds. */ readonly requestsResetMs?: number;
  readonly tokenLimit?: number;
  readonly tokensRemaining?: number;
  readonly tokensResetMs?: number;
}

/** One answer of a model. */
export interface ModelResponse {
  /** Assistant message, tool calls and provider items, in the order given. */ readonly items: readonly ModelItem[];
  readonly usage: ModelUsage;
  readonly finish: ModelFinish;
  readonly responseId?: string;
  /** The exact model that answered, where told. */ readonly model?: string;
  readonly limits?: AnnouncedLimits;
}

/** A piece of an answer while it arrives. */
export type ModelDelta =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'refusal'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'tool-arguments'; readonly callId: string; readonly name: string; readonly text: string };

/** What is known about a model without asking it. */
export interface ModelDescription {
  /** Tokens of input and output together. */ readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
}

/** Where models are reached. Implementations keep no state of a run and retry nothing: retrying is the host's. */
export interface ModelProvider {
  /** Prefix of its models: `<name>:<model>`. */ readonly name: string;
  /** Host it talks to; part of breaker and limiter keys `model:<origin>:<model>`. */ readonly origin: string;
  /** Id of the credential in use, for the breaker key `credential:<id>`; never the credential. */
  readonly credentialId?: string;
  /** Models it is known to have; the first is the default one. */ readonly models?: readonly string[];
  describe(model: string): ModelDescription;
  /** Tokens of the request's input; an estimate on the high side. A tokenizer may be loaded for it at the first call. */
  countTokens?(request: ModelRequest): number | Promise<number>;
  /**
   * Asks the model once.
   *
   * With `onDelta` the answer is streamed; the returned response is complete either way.
   *
   * @throws OrchestratorError, classified. An abort rejects with `CANCELLED` or the time limit that fired.
   */
  respond(
    request: ModelRequest,
    options: {
      readonly signal: AbortSignal;
      readonly onDelta?: (delta: ModelDelta) => void;
      /** Rows of plugins, for the provider to classify its failures with. */ readonly errorRules?: readonly ErrorRule[];
    },
  ): Promise<ModelResponse>;
  /** Leaves the connections it has, so that the next call opens new ones; calls that run are not disturbed. */
  reset?(): Promise<void>;
  /** Cheap reachability test for readiness checks. */ ping?(signal: AbortSignal): Promise<void>;
  /** Closes connections. */ dispose?(): Promise<void>;
}
