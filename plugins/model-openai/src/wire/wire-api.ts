import type { ModelDelta, ModelRequest, ModelResponse } from '@master-orchestrator/contracts';
import type { EndpointCapabilities } from '../capabilities.js';
import type { OpenAIApi } from '../endpoint.js';
import type { Progress } from '../transport/exchange.js';
import type { CallIds } from './call-ids.js';
import type { JsonObject } from './json-value.js';

/** What a request body is made from. */
export interface BodyInput {
  readonly request: ModelRequest;
  /** The name of the model as it is sent. */ readonly model: string;
  readonly capabilities: EndpointCapabilities;
  /** Items of other origins are left out. */ readonly origin: string;
  readonly isStream: boolean;
  readonly store: boolean | undefined;
  /** True where the server is OpenAI's own or Azure's. */ readonly isOpenAI: boolean;
}

/** What reading an answer needs to know of its request. */
export interface AnswerContext {
  readonly request: ModelRequest;
  readonly origin: string;
  readonly callIds: CallIds;
  readonly onDelta: ((delta: ModelDelta) => void) | undefined;
  /** The error of an answer that does not hold what it must. */ malformed(what: string, excerpt?: string): Error;
  /** The error of an answer that reports a failure; the status is that of the report, where it has one. */
  reported(report: unknown, status?: number): Error;
}

/** An answer without what its headers say. */
export type AnswerBody = Omit<ModelResponse, 'limits'>;

/** Puts an answer together from the events of its stream. */
export interface StreamAssembler {
  /** Takes one event; returns how far the answer has come. */ accept(event: JsonObject): Progress;
  /** Takes the closing `[DONE]`. */ done(): Progress;
  /** The answer, or `undefined` where the stream ended without a terminal sign. */ finish(): AnswerBody | undefined;
}

/** One of the two formats: what is sent, and how the answer is read. */
export interface WireApi {
  readonly api: OpenAIApi;
  buildBody(input: BodyInput): JsonObject;
  /** Reads a whole answer. @throws what `context.malformed` or `context.reported` make */
  readBody(body: JsonObject, context: AnswerContext): AnswerBody;
  assemble(context: AnswerContext): StreamAssembler;
}
