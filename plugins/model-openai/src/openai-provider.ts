import type {
  ModelCallLimits,
  ModelDescription,
  ModelProvider,
  ModelRequest,
  ModelResponse,
} from '@master-orchestrator/contracts';
import { CancelledError, OrchestratorError, systemClock, type Clock, type Random } from '@master-orchestrator/errors';
import type { Dispatcher } from 'undici';
import { CapabilityTable, type EndpointCapabilities } from './capabilities.js';
import { correctionFor } from './capability-learning.js';
import { chatApi } from './chat/chat-api.js';
import type { Endpoint } from './endpoint.js';
import { CallFailures, refusalIn } from './failures.js';
import { describeModel } from './known-models.js';
import type { OpenAIProviderOptions, RequestCorrection } from './openai-options.js';
import { resolveOptions } from './provider-setting.js';
import { RequestHeaders, type MadeHeaders } from './request-headers.js';
import { responsesApi } from './responses/responses-api.js';
import { countInputTokens } from './tokenizer.js';
import { Exchange, type AnswerReader } from './transport/exchange.js';
import type { Sender } from './transport/sender.js';
import { HttpTransport } from './transport/http-transport.js';
import type { AttemptLimits } from './transport/attempt-watch.js';
import { HttpAnswerReader } from './wire/answer-reader.js';
import { bodyJson } from './wire/body-json.js';
import { CallIds } from './wire/call-ids.js';
import type { JsonObject } from './wire/json-value.js';
import { PingReader } from './wire/ping-reader.js';
import type { WireApi } from './wire/wire-api.js';
import { orAborted } from './transport/or-aborted.js';

type RespondOptions = Parameters<ModelProvider['respond']>[1];

/** One call: what stays the same when it is corrected and sent once more. */
interface Call {
  readonly request: ModelRequest;
  readonly options: RespondOptions;
  readonly sender: Sender;
  readonly headers: Record<string, string>;
  readonly failures: CallFailures;
  /** True once a delta was told: from then on nothing is sent again. */ hasToldDelta: boolean;
}

interface Message {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** Time for a reachability test, in milliseconds. */
const PING_MS = 5_000;

/**
 * Makes a provider of OpenAI's models, or of a server that speaks its formats. Opens nothing before the first call.
 *
 * @throws OrchestratorError CREDENTIAL_MISSING without a key where one is needed, CONFIG_INVALID for an unusable option.
 */
export function createOpenAIProvider(options: OpenAIProviderOptions = {}): ModelProvider {
  return new OpenAIProvider(options);
}

class OpenAIProvider implements ModelProvider {
  readonly name: string;
  readonly origin: string;
  readonly models: readonly string[];
  declare readonly credentialId?: string;
  readonly #endpoint: Endpoint;
  readonly #wire: WireApi;
  readonly #transport: HttpTransport;
  readonly #headers: RequestHeaders;
  readonly #capabilities: CapabilityTable;
  readonly #limits: AttemptLimits;
  readonly #descriptions: Readonly<Record<string, ModelDescription>>;
  readonly #maxBytes: number;
  readonly #store: boolean | undefined;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onCorrection: ((correction: RequestCorrection) => void) | undefined;
  readonly #onNote: ((message: string) => void) | undefined;
  readonly #told = new Set<string>();

  constructor(options: OpenAIProviderOptions) {
    const setting = resolveOptions(options);
    this.name = setting.name;
    this.origin = setting.endpoint.origin;
    this.models = setting.models;
    this.#endpoint = setting.endpoint;
    this.#wire = setting.api === 'responses' ? responsesApi : chatApi;
    this.#limits = setting.limits;
    this.#maxBytes = setting.maxResponseBytes;
    this.#headers = new RequestHeaders(setting.name, setting.endpoint, options);
    // A key that a function fetches has no id before the first call.
    Object.defineProperty(this, 'credentialId', { get: () => this.#headers.credentialId, enumerable: true });
    this.#capabilities = new CapabilityTable(setting.endpoint.kind, options.capabilities);
    this.#descriptions = options.modelDescriptions ?? {};
    this.#store = options.store;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#onCorrection = options.onCorrection;
    this.#onNote = options.onNote;
    this.#transport = new HttpTransport({
      origin: this.origin,
      connections: setting.connections,
      connectMs: setting.limits.connectMs,
      dispatcher: options.dispatcher,
    });
  }

  describe(model: string): ModelDescription {
    return this.#descriptions[model] ?? describeModel(model);
  }

  countTokens(request: ModelRequest): Promise<number> {
    return countInputTokens(request, this.#endpoint.kind !== 'compatible', (message) => this.#note(message));
  }

  #note(message: string): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#onNote?.(message);
  }

  async respond(request: ModelRequest, options: RespondOptions): Promise<ModelResponse> {
    const opened = this.#open(request, options);
    const call = opened instanceof Promise ? await opened : opened;
    const present = this.#capabilities.of(request.model);
    const startedAt = this.#clock.monotonic();
    const body = this.#body(call, present);
    try {
      return await this.#send(call, body, this.#limitsOf(request.settings.limits));
    } catch (error) {
      const next = this.#correct(call, body, present, error);
      if (next === undefined) throw error;
      const limits = this.#limitsOf(request.settings.limits);
      const leftMs = Math.max(1, limits.attemptMs - (this.#clock.monotonic() - startedAt));
      const response = await this.#send(call, this.#body(call, next), { ...limits, attemptMs: leftMs });
      // Learned only now: what did not help was no matter of the parameter.
      this.#capabilities.learn(request.model, next);
      return response;
    }
  }

  async ping(signal: AbortSignal): Promise<void> {
    const request: ModelRequest = { model: this.models[0] ?? '', items: [], tools: [], settings: {} };
    const call = await this.#open(request, { signal });
    const limits = { ...this.#limits, attemptMs: PING_MS };
    const message = { method: 'GET' as const, path: this.#endpoint.modelsPath, headers: call.headers };
    await this.#exchange(call, message, new PingReader(call.failures), limits);
  }

  async reset(): Promise<void> {
    await this.#transport.renew();
  }

  async dispose(): Promise<void> {
    await this.#transport.close(closedError(this.name));
  }

  /** Everything a call needs before it can be sent. */
  #open(request: ModelRequest, options: RespondOptions): Call | Promise<Call> {
    const { signal } = options;
    if (signal.aborted) throw CancelledError.fromSignal(signal);
    if (this.#transport.isClosed) throw closedError(this.name);
    const opened = this.#transport.open();
    const made = opened instanceof Promise ? undefined : this.#headers.make(options.onDelta !== undefined);
    if (opened instanceof Promise || made === undefined || made instanceof Promise) {
      return this.#openLater(request, options, opened, made);
    }
    return this.#callOf(request, options, opened, made);
  }

  /** The first call loads what it needs, and a key may have to be fetched. */
  async #openLater(
    request: ModelRequest,
    options: RespondOptions,
    opened: Sender | Promise<Sender>,
    made: MadeHeaders | Promise<MadeHeaders> | undefined,
  ): Promise<Call> {
    const sender = await orAborted(Promise.resolve(opened), options.signal);
    const headers = made ?? this.#headers.make(options.onDelta !== undefined);
    return this.#callOf(request, options, sender, await orAborted(Promise.resolve(headers), options.signal));
  }

  #callOf(request: ModelRequest, options: RespondOptions, sender: Sender, { headers, secret }: MadeHeaders): Call {
    const failures = new CallFailures({
      provider: this.name,
      model: request.model,
      shownUrl: this.#endpoint.shownUrl,
      origin: this.origin,
      credentialId: this.credentialId,
      secret,
      signal: options.signal,
      clock: this.#clock,
      rules: options.errorRules,
    });
    return { request, options, sender, headers, failures, hasToldDelta: false };
  }

  #body({ request, options }: Call, capabilities: EndpointCapabilities): JsonObject {
    return this.#wire.buildBody({
      request,
      model: this.#endpoint.sentModel(request.model),
      capabilities,
      origin: this.origin,
      isStream: options.onDelta !== undefined,
      store: this.#store,
      isOpenAI: this.#endpoint.kind !== 'compatible',
    });
  }

  #send(call: Call, body: JsonObject, limits: AttemptLimits): Promise<ModelResponse> {
    const { request, options, failures } = call;
    const { onDelta } = options;
    const reader = new HttpAnswerReader({
      wire: this.#wire,
      failures,
      request,
      origin: this.origin,
      callIds: new CallIds(request, this.#random),
      onDelta:
        onDelta &&
        ((delta) => {
          call.hasToldDelta = true;
          onDelta(delta);
        }),
    });
    const message = {
      method: 'POST' as const,
      path: this.#endpoint.answerPath(this.#wire.api, request.model),
      headers: call.headers,
      body: asJson(body, failures),
    };
    return this.#exchange(call, message, reader, limits);
  }

  #exchange<T>(
    { sender, options, failures }: Call,
    { method, path, headers, body }: Message,
    reader: AnswerReader<T>,
    limits: AttemptLimits,
  ): Promise<T> {
    return Exchange.run(
      sender,
      { method, path, headers, body: body ?? null, origin: this.origin, headersTimeout: 0, bodyTimeout: 0 },
      {
        reader,
        limits,
        signal: options.signal,
        clock: this.#clock,
        maxBytes: this.#maxBytes,
        timeoutOf: (expiry) => failures.timedOut(expiry),
        tooLarge: (maxBytes) => failures.tooLarge(maxBytes),
        brokenBy: (cause, hasHead) =>
          this.#transport.isClosed ? closedError(this.name) : failures.broken(cause, hasHead),
      },
    );
  }

  /** The capabilities to send the refused request with once more, or `undefined` where that cannot help. */
  #correct(
    call: Call,
    body: JsonObject,
    present: EndpointCapabilities,
    error: unknown,
  ): EndpointCapabilities | undefined {
    if (!OrchestratorError.isInstance(error) || call.hasToldDelta || call.options.signal.aborted) return undefined;
    const refusal = refusalIn(error);
    const changes = refusal && correctionFor(refusal, body, present);
    const next = changes && this.#capabilities.corrected(call.request.model, changes);
    if (!refusal || !changes || !next) return undefined;
    this.#onCorrection?.({ provider: this.name, model: call.request.model, changes, reason: refusal.message });
    return next;
  }

  #limitsOf(own: ModelCallLimits | undefined): AttemptLimits {
    return own === undefined ? this.#limits : { ...this.#limits, ...own };
  }
}

/** @throws OrchestratorError REQUEST_INVALID where the settings' further fields hold what JSON cannot. */
function asJson(body: JsonObject, failures: CallFailures): string {
  try {
    return bodyJson(body);
  } catch (cause) {
    throw failures.unsendable(cause);
  }
}

function closedError(provider: string): OrchestratorError {
  return new CancelledError(`the model provider "${provider}" was closed`);
}
