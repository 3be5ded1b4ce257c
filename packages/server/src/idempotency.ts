import { OrchestratorError, type Clock } from '@master-orchestrator/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { ANONYMOUS } from './auth/caller.js';
import type { ExpiringRows } from './expiring-rows.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The key that this request took, until its answer is stored. */ idempotencyClaim?: Claim;
  }
}

/** What is kept for a key. */
export interface IdempotencyRecord {
  /** SHA-256 of method, path and body: the same key must come with the same request. */ readonly fingerprint: string;
  /** Absent while the first request is under way. */
  readonly answer?: { readonly status: number; readonly contentType: string; readonly body: string };
}

interface Claim {
  readonly key: string;
  readonly fingerprint: string;
  version: number;
  stopRenewing(): void;
}

/** A request under way holds its key this long without renewing, in milliseconds: a process may have died over it. */
const CLAIM_MS = 60_000;
const RENEW_MS = 20_000;
const FORM = /^[\x21-\x7e]{1,255}$/;
/** Larger answers are not kept; the row of a state store is bounded. */
const MOST_BYTES = 524_288;

/** Collaborators of {@link Idempotency}. */
export interface IdempotencyParts {
  readonly rows: ExpiringRows<IdempotencyRecord>;
  readonly clock: Clock;
  /** How long an answer is kept, in milliseconds. */ readonly keepMs: number;
}

/**
 * A POST with an `Idempotency-Key` is done once: a repeat gets the stored answer, also from another process. A request
 * that failed for a reason of ours (5xx, 429) leaves nothing, so that it can be tried again.
 */
export class Idempotency {
  readonly #parts: IdempotencyParts;

  constructor(parts: IdempotencyParts) {
    this.#parts = parts;
  }

  /** Adds the hooks to an instance. */
  attach(app: FastifyInstance): void {
    app.decorateRequest('idempotencyClaim', undefined);
    app.addHook('preHandler', async (request, reply) => {
      await this.#begin(request, reply);
      return reply.sent ? reply : undefined;
    });
    app.addHook('onSend', async (request, reply, payload) => {
      const claim = request.idempotencyClaim;
      if (claim !== undefined) await this.#end(claim, reply, payload);
      return payload;
    });
    app.addHook('onResponse', async (request) => {
      request.idempotencyClaim?.stopRenewing();
    });
  }

  async #begin(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const given = request.headers['idempotency-key'];
    if (given === undefined || request.method !== 'POST') return;
    if (request.routeOptions.config?.isIdempotent === false) {
      throw invalid('This request cannot have an Idempotency-Key: its answer must not be stored.');
    }
    if (isStreamed(request)) throw invalid('A streamed answer cannot have an Idempotency-Key: it is not stored.');
    if (typeof given !== 'string' || !FORM.test(given)) {
      throw invalid('An Idempotency-Key is 1 to 255 visible ASCII characters.');
    }
    const key = sha256(`${(request.caller ?? ANONYMOUS).id}\n${given}`);
    const fingerprint = sha256(`${request.method}\n${request.url}\n${JSON.stringify(request.body ?? null)}`);
    const version = await this.#parts.rows.put(key, { fingerprint }, CLAIM_MS, 0);
    if (version === 'conflict') return this.#repeat(key, fingerprint, reply);
    const claim: Claim = { key, fingerprint, version, stopRenewing: () => {} };
    this.#renew(claim);
    request.idempotencyClaim = claim;
  }

  async #repeat(key: string, fingerprint: string, reply: FastifyReply): Promise<void> {
    const found = await this.#parts.rows.get(key);
    if (found !== undefined && found.value.fingerprint !== fingerprint) {
      throw invalid('This Idempotency-Key came with another request before. Use a new key for a new request.');
    }
    const answer = found?.value.answer;
    if (answer === undefined) {
      throw new OrchestratorError('STATE_CONFLICT', 'The first request with this Idempotency-Key is under way.', {
        retryAfterMs: 1_000,
      });
    }
    reply.code(answer.status).header('idempotency-replayed', 'true');
    if (answer.contentType !== '') reply.type(answer.contentType);
    void reply.send(answer.body === '' ? undefined : answer.body);
  }

  async #end(claim: Claim, reply: FastifyReply, payload: unknown): Promise<void> {
    claim.stopRenewing();
    const { rows, keepMs } = this.#parts;
    const status = reply.statusCode;
    const body = typeof payload === 'string' ? payload : '';
    const isKept = status < 500 && status !== 429 && Buffer.byteLength(body) <= MOST_BYTES;
    try {
      if (!isKept) {
        await rows.delete(claim.key, claim.version);
        return;
      }
      const contentType = String(reply.getHeader('content-type') ?? '');
      const record = { fingerprint: claim.fingerprint, answer: { status, contentType, body } };
      await rows.put(claim.key, record, keepMs, claim.version);
    } catch {
      // The work is done; that its answer could not be kept must not turn it into a failure.
    }
  }

  #renew(claim: Claim): void {
    const { clock, rows } = this.#parts;
    const cancel = clock.setTimer(RENEW_MS, () => {
      rows
        .put(claim.key, { fingerprint: claim.fingerprint }, CLAIM_MS, claim.version)
        .then((version) => {
          if (version === 'conflict') return;
          claim.version = version;
          if (claim.stopRenewing === cancel) this.#renew(claim);
        })
        .catch(() => undefined);
    });
    claim.stopRenewing = cancel;
  }
}

function isStreamed({ body }: FastifyRequest): boolean {
  return typeof body === 'object' && body !== null && (body as { stream?: unknown }).stream === true;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function invalid(message: string): OrchestratorError {
  return new OrchestratorError('REQUEST_INVALID', message);
}
