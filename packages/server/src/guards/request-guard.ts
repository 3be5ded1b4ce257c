import { OrchestratorError } from '@master-orchestrator/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from '../auth/authenticator.js';
import { allows, ANONYMOUS, type Caller } from '../auth/caller.js';

/** Answers whether a caller may go on; the limiter of @fastify/rate-limit. */
export type CheckRate = (request: FastifyRequest) => Promise<
  | { readonly isAllowed: true }
  | {
      readonly isAllowed: false;
      readonly max: number;
      readonly remaining: number;
      readonly ttlInSeconds: number;
      readonly isExceeded: boolean;
    }
>;

/** Collaborators of a {@link RequestGuard}. */
export interface RequestGuardParts {
  /** Absent: nobody is asked for a key. */ readonly authenticator: Authenticator | undefined;
  readonly checkRate: CheckRate;
  /** True once a shutdown has begun. */ isStopping(): boolean;
  /** True: every write is refused. */ readonly isReadOnly: boolean;
  /** Requests under way at most; beyond it they are refused. */ readonly maxRequests: number;
}

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Everything a request must pass before its route is looked at, in one order for all of them. */
export class RequestGuard {
  readonly #parts: RequestGuardParts;
  #underWay = 0;

  constructor(parts: RequestGuardParts) {
    this.#parts = parts;
  }

  /** Requests that are being answered. */
  get underWay(): number {
    return this.#underWay;
  }

  /** @throws OrchestratorError why the request is refused: 503, 401, 429, 403 */
  async admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { scope, isLimited = true } = request.routeOptions.config ?? {};
    if (isLimited) this.#takePlace(reply);
    const caller = scope === 'public' ? ANONYMOUS : await this.identify(request);
    request.caller = caller;
    if (isLimited) await this.#limit(request, reply);
    this.#authorize(request, caller);
    if (WRITES.has(request.method) && this.#parts.isStopping()) {
      throw new OrchestratorError('ORCHESTRATOR_CLOSED', 'The server is shutting down. Send the work to another one.');
    }
  }

  /** Who sends the request. Failed attempts count against the address they come from. */
  async identify(request: FastifyRequest): Promise<Caller> {
    const { authenticator } = this.#parts;
    if (authenticator === undefined) return ANONYMOUS;
    try {
      return await authenticator.identify(request.headers);
    } catch (error) {
      const rate = await this.#parts.checkRate(request);
      if (!rate.isAllowed && rate.isExceeded) throw tooOften(rate.ttlInSeconds, rate.max);
      throw error;
    }
  }

  #takePlace(reply: FastifyReply): void {
    if (this.#underWay >= this.#parts.maxRequests) {
      const message = `The server is answering ${this.#underWay} requests, as many as it takes at once. Try again soon.`;
      throw new OrchestratorError('QUEUE_FULL', message, { retryAfterMs: 1_000 });
    }
    this.#underWay += 1;
    reply.raw.once('close', () => {
      this.#underWay -= 1;
    });
  }

  async #limit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const rate = await this.#parts.checkRate(request);
    if (rate.isAllowed) return;
    reply.header('x-ratelimit-limit', rate.max);
    reply.header('x-ratelimit-remaining', rate.remaining);
    reply.header('x-ratelimit-reset', rate.ttlInSeconds);
    if (rate.isExceeded) throw tooOften(rate.ttlInSeconds, rate.max);
  }

  #authorize(request: FastifyRequest, caller: Caller): void {
    const { scope } = request.routeOptions.config ?? {};
    if (scope === undefined || scope === 'public') return;
    if (!allows(caller, scope)) {
      throw new OrchestratorError(
        'REQUEST_FORBIDDEN',
        `This request needs the scope "${scope}"; the caller has ${caller.scope === undefined ? 'none' : `"${caller.scope}"`}.`,
      );
    }
    if (this.#parts.isReadOnly && WRITES.has(request.method)) {
      throw new OrchestratorError('REQUEST_FORBIDDEN', 'This server is read-only: it was started with readOnly.');
    }
  }
}

function tooOften(seconds: number, max: number): OrchestratorError {
  const message = `More than ${max} requests came within a minute. Wait ${seconds} s, or raise server.rateLimitPerMinute.`;
  return new OrchestratorError('REQUEST_RATE_LIMITED', message, { retryAfterMs: seconds * 1_000 });
}
