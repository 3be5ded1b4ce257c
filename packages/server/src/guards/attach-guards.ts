import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { OrchestratorConfig } from '@master-orchestrator/config';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiKeys } from '../auth/api-keys.js';
import { Authenticator } from '../auth/authenticator.js';
import { JsonWebTokens } from '../auth/json-web-tokens.js';
import { HostGuard } from './host-guard.js';
import { RequestGuard, type CheckRate } from './request-guard.js';

/** Collaborators of {@link attachGuards}. */
export interface GuardParts {
  readonly config: OrchestratorConfig;
  readonly keys: ApiKeys;
  readonly isReadOnly: boolean;
  readonly maxRequests: number;
  isStopping(): boolean;
}

/** What stands before every route. */
export interface Guards {
  /** Requests that are being answered. */ readonly underWay: () => number;
  /** Lets a request in that no hook saw, or throws why not. */
  readonly admit: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
}

const RATE_WINDOW_MS = 60_000;

/** Puts what stands before every route in order: headers, host and origin, CORS, then key, rate and scope. */
export async function attachGuards(app: FastifyInstance, parts: GuardParts): Promise<Guards> {
  const { server } = parts.config;
  const hosts = new HostGuard({ host: server.host, allowedHosts: server.allowedHosts, origins: server.cors.origins });
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  });
  const checkHost = (request: FastifyRequest, reply: FastifyReply): void => {
    reply.header('x-request-id', request.id).header('cache-control', 'no-store');
    hosts.check(request.headers.host, request.headers.origin);
  };
  app.addHook('onRequest', async (request, reply) => checkHost(request, reply));
  if (server.cors.origins.length > 0) await app.register(cors, corsOptions(hosts));
  const guard = new RequestGuard({
    authenticator: server.auth.enabled ? authenticatorOf(parts) : undefined,
    checkRate: await rateOf(app, parts.config),
    isStopping: () => parts.isStopping(),
    isReadOnly: parts.isReadOnly,
    maxRequests: parts.maxRequests,
  });
  app.decorateRequest('caller', undefined);
  app.addHook('onRequest', (request, reply) => guard.admit(request, reply));
  return {
    underWay: () => guard.underWay,
    admit: async (request, reply) => {
      checkHost(request, reply);
      await guard.admit(request, reply);
    },
  };
}

/** Counts by key, and by address where there is none. */
async function rateOf(app: FastifyInstance, { server }: OrchestratorConfig): Promise<CheckRate> {
  await app.register(rateLimit, { global: false });
  return app.createRateLimit({
    max: () => server.rateLimitPerMinute,
    timeWindow: RATE_WINDOW_MS,
    keyGenerator: ({ caller, ip }) => (caller === undefined || caller.id === 'anonymous' ? ip : caller.id),
  });
}

function corsOptions(hosts: HostGuard): Parameters<typeof cors>[1] {
  return {
    origin: (origin, done) => done(null, origin !== undefined && hosts.isAllowedOrigin(origin)),
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['x-request-id', 'retry-after', 'idempotency-replayed', 'x-ratelimit-remaining'],
    strictPreflight: false,
    maxAge: 600,
  };
}

function authenticatorOf({ config, keys }: GuardParts): Authenticator {
  const { adminKey, jwt } = config.server.auth;
  const { jwksUrl, issuer, audience } = jwt;
  const hasTokens = jwksUrl !== undefined && issuer !== undefined && audience !== undefined;
  return new Authenticator({
    keys,
    adminKey: adminKey?.reveal(),
    tokens: hasTokens ? new JsonWebTokens({ jwksUrl, issuer, audience }) : undefined,
  });
}
