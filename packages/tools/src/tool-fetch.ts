import type { Permission, ToolFetch, ToolFetchPolicy } from '@master-orchestrator/contracts';
import { classify, OrchestratorError, systemClock } from '@master-orchestrator/errors';
import type { Dispatcher } from 'undici';
import { boundedBody, tooLarge } from './internal/fetch/bounded-body.js';
import { FetchGuard, type SendOptions } from './internal/fetch/fetch-guard.js';
import { boundsOf, checkHost, hostOf, type FetchBounds, type HostRules } from './internal/fetch/host-rules.js';
import { readHeaders, readMethod, readUrl, withoutCredentials } from './internal/fetch/request-checks.js';

/** What {@link createToolFetch} can be given. */
export interface ToolFetchOptions {
  /** What was granted; without it the network is. */ readonly permissions?: readonly Permission[];
  /** Upper bounds that the operator sets; each holds. */ readonly policy?:
    | ToolFetchPolicy
    | readonly ToolFetchPolicy[];
  /** Who asks, for messages: `Plugin "…"`. @default 'This tool' */ readonly who?: string;
  /** Lists of hosts that narrow further, in the form of `allowedHosts`; each must list a host. */
  readonly allowedHosts?: readonly (readonly string[])[];
  /** Ends every request. */ readonly signal?: AbortSignal;
  /** Connections, shared between several of these functions. @default own ones */ readonly guard?: FetchGuard;
}

/**
 * Makes a `fetch` for tools that reaches only what it may: `http:` and `https:`, the granted hosts and ports, and never
 * an address that is not public unless the host was allowed by name. Addresses are checked inside the connection and
 * again at each redirect; a redirect to another origin carries no credentials. Size and time limits cover the decoded
 * body. Failures are OrchestratorErrors: SSRF_BLOCKED, TOOL_FORBIDDEN, REQUEST_INVALID, DNS_FAILED, CONNECTION_FAILED,
 * RESPONSE_TIMEOUT, RESPONSE_TOO_LARGE, PROTOCOL_ERROR and the other network codes; an abort rejects with its reason.
 */
export function createToolFetch(options: ToolFetchOptions = {}): ToolFetch {
  const fetcher = createFetcher(options);
  return (url, init) => fetcher(url, init, options.signal);
}

/** {@link ToolFetch} of many calls: the signal of the call comes with each request. */
export type Fetcher = (
  url: Parameters<ToolFetch>[0],
  init: Parameters<ToolFetch>[1],
  signal: AbortSignal | undefined,
) => Promise<Response>;

/** @internal What the registry makes once for a tool. */
export function createFetcher(options: ToolFetchOptions): Fetcher {
  const {
    permissions,
    who = 'This tool',
    guard = new FetchGuard({ clock: systemClock }),
    allowedHosts: lists = [],
  } = options;
  const bounds = [options.policy ?? []].flat();
  if (permissions !== undefined && !permissions.includes('net')) {
    return async () => {
      throw new OrchestratorError(
        'TOOL_FORBIDDEN',
        `${who} may not use the network: the permission "net" was not granted.`,
        {
          advice: 'Declare "net" in the permissions of the plugin and grant it.',
        },
      );
    };
  }
  return async (url, { policy, ...init } = {}, signal) => {
    return new GuardedRequest(guard, { bounds, lists, own: policy }, signal).send(url, init);
  };
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const NO_BODY = new Set([204, 205, 304]);

/** One request with its redirects, its time limit and its signals. */
class GuardedRequest {
  readonly #guard: FetchGuard;
  readonly #rules: HostRules;
  readonly #bounds: FetchBounds;
  readonly #controller = new AbortController();
  readonly #signals: AbortSignal[];
  #stopTimer: () => void = () => {};

  constructor(guard: FetchGuard, rules: HostRules, signal: AbortSignal | undefined) {
    this.#guard = guard;
    this.#rules = rules;
    this.#bounds = boundsOf(rules.own === undefined ? rules.bounds : [...rules.bounds, rules.own]);
    this.#signals = signal === undefined ? [] : [signal];
  }

  async send(target: string | URL, init: RequestInit): Promise<Response> {
    if (init.signal !== undefined && init.signal !== null) this.#signals.push(init.signal);
    const aborted = this.#signals.find((signal) => signal.aborted);
    if (aborted !== undefined) throw aborted.reason;
    const url = readUrl(target);
    this.#begin(url);
    try {
      return await this.#follow(url, await readRequest(init, this.#controller.signal), init.redirect ?? 'follow');
    } catch (error) {
      this.#end();
      throw this.#translate(error, hostOf(url));
    }
  }

  async #follow(first: URL, request: ReadRequest, mode: NonNullable<RequestInit['redirect']>): Promise<Response> {
    const seen = new Set<string>();
    let url = first;
    let { method, headers, body } = request;
    for (let redirects = 0; ; redirects += 1) {
      const isPrivateAllowed = checkHost(url, this.#rules);
      if (!isPrivateAllowed) refuseLocalName(url);
      const options: SendOptions = {
        method,
        body,
        isPrivateAllowed,
        signal: this.#controller.signal,
        headers: Object.fromEntries(headers),
      };
      const answer = await this.#guard.send(url, options);
      const location = one(answer.headers['location']);
      if (!REDIRECTS.has(answer.statusCode) || location === undefined || mode === 'manual') {
        return this.#accept(url, answer, redirects > 0, method);
      }
      answer.body.on('error', () => {}).destroy();
      if (mode === 'error') throw redirectError(url, 'it answered with a redirect, which the tool does not follow');
      if (redirects >= this.#bounds.maxRedirects)
        throw redirectError(url, `it redirects more than ${this.#bounds.maxRedirects} times`);
      seen.add(`${method} ${url.href}`);
      const next = readUrl(location, url);
      if (next.origin !== url.origin) headers = withoutCredentials(headers);
      if (answer.statusCode === 303 ? method !== 'HEAD' : answer.statusCode < 303 && method === 'POST') {
        method = 'GET';
        body = undefined;
        headers.delete('content-type');
      }
      if (seen.has(`${method} ${next.href}`)) throw circle(url);
      url = next;
    }
  }

  /** An answer that cannot be handed on is closed, not left open. */
  #accept(url: URL, answer: Dispatcher.ResponseData, isRedirected: boolean, method: string): Response {
    try {
      return this.#response(url, answer, isRedirected, method);
    } catch (error) {
      answer.body.on('error', () => {}).destroy();
      if (OrchestratorError.isInstance(error)) throw error;
      throw new OrchestratorError(
        'PROTOCOL_ERROR',
        `The answer of "${hostOf(url)}" has a status or header that HTTP does not allow.`,
        { cause: error },
      );
    }
  }

  #response(url: URL, answer: Dispatcher.ResponseData, isRedirected: boolean, method: string): Response {
    const host = hostOf(url);
    const { statusCode: status } = answer;
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) {
      for (const single of [value ?? []].flat()) headers.append(name, single);
    }
    const hasBody = !NO_BODY.has(status) && method !== 'HEAD';
    const { maxBytes } = this.#bounds;
    const encoding = headers.get('content-encoding') ?? undefined;
    if (hasBody && encoding === undefined && Number(headers.get('content-length') ?? 0) > maxBytes) {
      throw tooLarge({ host, maxBytes });
    }
    const translate = (error: unknown): unknown => this.#translate(error, host);
    if (!hasBody) {
      answer.body.on('error', () => {}).resume();
      this.#end();
    }
    const body = hasBody
      ? boundedBody(answer.body, { host, encoding, maxBytes, translate, onEnd: () => this.#end() })
      : null;
    headers.delete('content-encoding'); // the body is decoded
    if (encoding !== undefined) headers.delete('content-length');
    const response = new Response(body, { status, headers });
    Object.defineProperty(response, 'url', { value: url.href });
    Object.defineProperty(response, 'redirected', { value: isRedirected });
    return response;
  }

  #begin(url: URL): void {
    const { timeoutMs } = this.#bounds;
    const onDue = (): void => {
      const message = `The request to "${hostOf(url)}" was not answered in full within ${timeoutMs} ms.`;
      this.#controller.abort(new OrchestratorError('RESPONSE_TIMEOUT', message));
    };
    this.#stopTimer = this.#guard.clock.setTimer(timeoutMs, onDue, true);
    for (const signal of this.#signals) signal.addEventListener('abort', this);
  }

  handleEvent(): void {
    this.#controller.abort(this.#signals.find((signal) => signal.aborted)?.reason);
  }

  #end(): void {
    this.#stopTimer();
    for (const signal of this.#signals) signal.removeEventListener('abort', this);
  }

  #translate(error: unknown, host: string): unknown {
    const { signal } = this.#controller;
    if (signal.aborted) return signal.reason;
    return OrchestratorError.isInstance(error)
      ? error
      : classify(error, { source: 'tool', what: `Request to "${host}"` });
  }
}

interface ReadRequest {
  readonly method: string;
  readonly headers: Headers;
  readonly body: Uint8Array | undefined;
}

async function readRequest(init: RequestInit, signal: AbortSignal): Promise<ReadRequest> {
  const method = readMethod(init.method);
  const headers = readHeaders(init.headers);
  if (!headers.has('accept')) headers.set('accept', '*/*');
  if (!headers.has('accept-encoding')) headers.set('accept-encoding', 'gzip, deflate, br');
  if (!headers.has('user-agent')) headers.set('user-agent', 'master-orchestrator');
  if (init.body === undefined || init.body === null) return { method, headers, body: undefined };
  if (method === 'GET' || method === 'HEAD') {
    throw new OrchestratorError(
      'REQUEST_INVALID',
      `The request was not sent: ${method} has no body. Use another method, or leave the body out.`,
    );
  }
  const packed = new Response(init.body); // knows every kind of body, and the content type it implies
  const type = packed.headers.get('content-type');
  if (type !== null && !headers.has('content-type')) headers.set('content-type', type);
  return { method, headers, body: new Uint8Array(await orAbort(packed.arrayBuffer(), signal)) };
}

/** A body that a tool streams may never end; the signal then ends the wait. */
function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Names that mean this machine whatever a look-up says (RFC 6761). */
function refuseLocalName(url: URL): void {
  const host = hostOf(url);
  if (host !== 'localhost' && !host.endsWith('.localhost')) return;
  throw new OrchestratorError(
    'SSRF_BLOCKED',
    `The request to "${host}" was not sent: it is this machine. List the host in allowPrivateHosts to allow it.`,
    {
      details: { host },
    },
  );
}

function redirectError(url: URL, why: string): OrchestratorError {
  return new OrchestratorError('PROTOCOL_ERROR', `The request to "${hostOf(url)}" failed: ${why}.`, {
    isRetryable: false,
  });
}

function circle(url: URL): OrchestratorError {
  return new OrchestratorError(
    'REQUEST_INVALID',
    `The request to "${hostOf(url)}" failed: its redirects lead in a circle. Use another URL.`,
  );
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
