import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoopbackHttp, readBody } from '../loopback-http.js';
import { AnnouncedLimit, type AnnouncedLimitOptions } from './announced-limit.js';
import { Connection } from './connection.js';
import { wordError } from './error-bodies.js';
import type { Fault } from './fault.js';
import { keyOf, modelOf, recordOf, type OpenRequest } from './recorded-request.js';
import { plain, refuse, renderAnswer } from './render-answer.js';
import { problemOfChatRequest, problemOfResponsesRequest } from './request-checks.js';
import type { AnswerScript, RecordedRequest, ScriptedAnswer } from './scripted-answer.js';
import { transmit, type Transmission } from './transmit.js';

/** Options of {@link startOpenAIServer}. */
export interface OpenAIServerOptions {
  /** What is answered. An array is used up in order; a function is asked for every request. @default [] */
  readonly script?: AnswerScript;
  /** Requests with another key get 401. @default any key is accepted */ readonly apiKey?: string;
  /**
   * What a request beyond the script gets: `'error'`, a 400 that says so and makes `assertDone()` throw; or always
   * this answer. @default 'error'
   */
  readonly onUnexpected?: 'error' | ScriptedAnswer;
  /** Which requests fail, whatever the script says; see `faultPlan`. A request it spoils uses up no answer. */
  readonly faults?: (request: RecordedRequest, index: number) => Fault | undefined;
  /** A rate limit that is announced in headers and kept. @default none */ readonly rateLimit?: AnnouncedLimitOptions;
  /** Models of `/v1/models`; others get 404. @default any name is accepted, `gpt-loopback` is listed */
  readonly models?: readonly string[];
  /** Accepts parameters that OpenAI does not know, as compatible servers do. @default false */
  readonly allowUnknownParameters?: boolean;
  /** Seconds since the Unix epoch, for `created` in answers. @default 1_700_000_000, so that answers are equal */
  readonly createdAt?: number;
}

/** A running server; `await using` closes it. */
export interface OpenAIServer {
  /** Base URL for clients, `http://127.0.0.1:<port>/v1`. */ readonly url: string;
  /** `http://127.0.0.1:<port>`. */ readonly origin: string;
  /** Every request so far, in order of arrival. */ readonly requests: readonly RecordedRequest[];
  /** Connections that are open now. */ readonly openSockets: number;
  /** Answers that are still to be given. */ readonly unused: number;
  /** Adds answers to the end of the script; before a script function is asked. */
  enqueue(...answers: readonly ScriptedAnswer[]): void;
  /** Lets every request fail, or ends that. Nothing of the script is used up meanwhile. @param fault - @default 503 */
  outage(isOn: boolean, fault?: Fault): void;
  /**
   * Checks the end of a test.
   *
   * @throws Error naming what is left of the script, requests it did not foresee, and requests that were malformed.
   */
  assertDone(): void;
  /** Ends all connections and stops listening. */ close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a server on 127.0.0.1, on a free port, that speaks OpenAI's wire format: `/v1/responses` and
 * `/v1/chat/completions`, plain and streamed, and `/v1/models`. It answers from a script, checks each request as the
 * real service would, and fails on demand.
 */
export async function startOpenAIServer(options: OpenAIServerOptions = {}): Promise<OpenAIServer> {
  const server = new LoopbackOpenAI(options);
  await server.start();
  return server;
}

/** Text of an answer that a fault plan spoils; nobody is meant to read it whole. */
const FILLER: ScriptedAnswer = { text: 'This answer is cut, delayed or lost on its way.' };

class LoopbackOpenAI implements OpenAIServer {
  readonly #http = new LoopbackHttp((request, response) => void this.#handle(request, response));
  readonly #options: OpenAIServerOptions;
  readonly #queue: ScriptedAnswer[];
  readonly #limit: AnnouncedLimit | undefined;
  readonly #requests: OpenRequest[] = [];
  readonly #problems: string[] = [];
  readonly #callsOfResponse = new Map<string, readonly string[]>();
  readonly #running = new Set<Promise<void>>();
  #outage: Fault | undefined;
  #modelCalls = 0;
  #scripted = 0;
  #serial = 0;

  constructor(options: OpenAIServerOptions) {
    this.#options = options;
    this.#queue = typeof options.script === 'function' ? [] : [...(options.script ?? [])];
    this.#limit = options.rateLimit === undefined ? undefined : new AnnouncedLimit(options.rateLimit);
  }

  start(): Promise<void> {
    return this.#http.listen();
  }

  get url(): string {
    return `${this.#http.origin}/v1`;
  }

  get origin(): string {
    return this.#http.origin;
  }

  get requests(): readonly RecordedRequest[] {
    return this.#requests;
  }

  get openSockets(): number {
    return this.#http.openSockets;
  }

  get unused(): number {
    return this.#queue.length;
  }

  enqueue(...answers: readonly ScriptedAnswer[]): void {
    this.#queue.push(...answers);
  }

  outage(isOn: boolean, fault: Fault = { kind: 'status', status: 503 }): void {
    this.#outage = isOn ? fault : undefined;
  }

  assertDone(): void {
    const unused = this.#queue.map((answer) => `unused answer: ${JSON.stringify(answer).slice(0, 200)}`);
    const problems = [...this.#problems, ...unused];
    if (problems.length > 0) throw new Error(`The script was not played as written.\n- ${problems.join('\n- ')}`);
  }

  async close(): Promise<void> {
    await this.#http.close();
    await Promise.allSettled(this.#running);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const work = this.#answer(incoming, response).catch((error: unknown) => this.#breakDown(response, error));
    this.#running.add(work);
    await work;
    this.#running.delete(work);
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    let rawBody: string;
    try {
      rawBody = await readBody(incoming);
    } catch {
      return; // the client went away before it had asked anything
    }
    const request = recordOf(this.#requests.length, incoming, rawBody);
    this.#requests.push(request);
    const connection = new Connection(response);
    response.once('close', () => (request.wasAborted = !response.writableEnded && !connection.isBrokenOff));
    // A script function may never settle; the end of the connection ends the wait.
    const answer = await Promise.race([this.#choose(request), connection.untilClosed()]);
    if (answer !== undefined) await transmit(connection, answer);
  }

  /** A script function that throws is a fault of the test: the answer says so, and `assertDone()` repeats it. */
  #breakDown(response: ServerResponse, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#problems.push(`the script threw: ${message}`);
    if (response.headersSent) return void response.destroy();
    const { body, contentType } = wordError(400, 'openai', { message: `The script threw: ${message}` });
    response.writeHead(400, { 'content-type': contentType }).end(body);
  }

  async #choose(request: OpenRequest): Promise<Transmission> {
    if (this.#outage !== undefined && request.api !== 'other') {
      request.outcome = 'outage';
      return this.#render(request, { ...FILLER, fault: this.#outage });
    }
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      request.outcome = 'refused';
      return refusal;
    }
    if (request.api === 'models') {
      request.outcome = 'listed';
      return this.#listModels(request);
    }
    return this.#answerModelCall(request);
  }

  /** 404, 401 and 400, in the order in which the real service looks. */
  #refusal(request: OpenRequest): Transmission | undefined {
    if (request.api === 'other') {
      this.#problems.push(`request ${request.index} came to ${request.method} ${request.path}, which is not served`);
      const message = `Invalid URL (${request.method} ${request.path})`;
      return refuse(404, { message, type: 'invalid_request_error', code: null });
    }
    if (this.#options.apiKey !== undefined && keyOf(request) !== this.#options.apiKey) return refuse(401, {});
    if (request.api === 'models') return undefined;
    const check = request.api === 'chat' ? problemOfChatRequest : problemOfResponsesRequest;
    const problem = check(request.body, {
      allowUnknownParameters: this.#options.allowUnknownParameters ?? false,
      callsOf: (responseId) => this.#callsOfResponse.get(responseId),
    });
    if (problem !== undefined) {
      this.#problems.push(`request ${request.index} was refused: ${problem.message}`);
      return refuse(400, problem);
    }
    const model = modelOf(request);
    if (this.#options.models?.includes(model) === false) {
      return refuse(404, { message: `The model \`${model}\` does not exist or you do not have access to it.` });
    }
    return undefined;
  }

  async #answerModelCall(request: OpenRequest): Promise<Transmission> {
    const index = this.#modelCalls++;
    const verdict = this.#limit?.take();
    if (verdict?.isAllowed === false) {
      request.outcome = 'limited';
      const headers = { ...verdict.headers, 'retry-after-ms': String(verdict.retryAfterMs) };
      return { ...refuse(429, {}), headers };
    }
    const fault = this.#options.faults?.(request, index);
    if (fault !== undefined) {
      request.outcome = 'fault';
      return this.#render(request, { ...FILLER, fault });
    }
    const answer = await this.#next(request);
    const rendered = this.#render(request, answer);
    return verdict === undefined ? rendered : { ...rendered, headers: { ...verdict.headers, ...rendered.headers } };
  }

  async #next(request: OpenRequest): Promise<ScriptedAnswer> {
    const { script, onUnexpected = 'error' } = this.#options;
    const queued = this.#queue.shift();
    request.outcome = 'script';
    if (queued !== undefined) return queued;
    if (typeof script === 'function') return script(request, this.#scripted++);
    request.outcome = 'unexpected';
    if (onUnexpected !== 'error') return onUnexpected;
    const message = `Request ${request.index} (${request.method} ${request.path}) is not foreseen by the script.`;
    this.#problems.push(`unexpected request ${request.index}: ${request.rawBody.slice(0, 200)}`);
    return {
      status: 400,
      error: { error: { message, type: 'invalid_request_error', param: null, code: 'unexpected_request' } },
    };
  }

  #render(request: OpenRequest, answer: ScriptedAnswer): Transmission {
    return renderAnswer(request, answer, {
      serial: ++this.#serial,
      createdAt: this.#options.createdAt ?? 1_700_000_000,
      onResponse: ({ id, calls }) => {
        this.#callsOfResponse.set(
          `resp_${id}`,
          calls.map((call) => call.callId),
        );
      },
    });
  }

  #listModels(request: OpenRequest): Transmission {
    const created = this.#options.createdAt ?? 1_700_000_000;
    const names = this.#options.models ?? ['gpt-loopback'];
    const data = names.map((id) => ({ id, object: 'model', created, owned_by: 'loopback' }));
    const name = /\/models\/([^?]+)/.exec(request.path)?.[1];
    if (name === undefined) return plain(200, { object: 'list', data });
    const model = data.find(({ id }) => id === decodeURIComponent(name));
    return model === undefined ? refuse(404, {}) : plain(200, model);
  }
}
