import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import { resolveConfig, secretValues, type LoadedConfig, type OrchestratorConfig } from '@master-orchestrator/config';
import { silentLogger } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import { createRedactor, systemClock } from '@master-orchestrator/errors';
import fastify, { type FastifyInstance } from 'fastify';
import { randomBytes } from 'node:crypto';
import { ApiKeys } from './auth/api-keys.js';
import { Authenticator } from './auth/authenticator.js';
import { JsonWebTokens } from './auth/json-web-tokens.js';
import { checkSettings } from './check-settings.js';
import { MemoryFeed } from './events/event-feed.js';
import { EventStreams } from './events/send-events.js';
import { HostGuard } from './guards/host-guard.js';
import { RequestGuard } from './guards/request-guard.js';
import { HealthReader } from './health-reader.js';
import { answerBrokenRequest } from './http/broken-requests.js';
import { ErrorReplies } from './http/error-replies.js';
import { compileValidator } from './http/compile-validator.js';
import { acceptJsonOnly } from './http/json-body.js';
import { mountRoutes } from './http/mount-routes.js';
import { mountOpenApi, registerOpenApi } from './http/open-api.js';
import { newRequestId, requestIds } from './http/request-id.js';
import { allRoutes } from './routes/all-routes.js';
import { Server } from './server.js';
import type { ServerOptions } from './server-options.js';
import type { Services } from './services.js';
import { StopSwitch } from './stop-switch.js';

const RATE_WINDOW_MS = 60_000;
/** Time for a whole request to arrive, in milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;
const LONGEST_PARAM = 1_024;

/**
 * Makes the HTTP API of an orchestrator. It does not listen yet, and neither starts nor stops the orchestrator.
 *
 * @throws OrchestratorError CONFIG_INVALID where the settings would let strangers in: another address than loopback, or
 * the production profile, without authentication
 */
export async function createServer(orchestrator: MasterOrchestrator, options: ServerOptions = {}): Promise<Server> {
  const stop = new StopSwitch();
  const services = servicesOf(orchestrator, options, stop);
  await checkSettings(services.config, services.keys);
  const app = createApp(services, options);
  const guard = await guardOf(app, services, options, stop);
  services.requestsUnderWay = () => guard.underWay;
  await registerOpenApi(app, services.config.server.auth.enabled);
  mountRoutes(app, allRoutes(services));
  mountOpenApi(app);
  await options.extend?.(app);
  await app.ready();
  const subscription = orchestrator.events$.subscribe({
    next: (event) => services.feed.publish(event),
    complete: () => void services.feed.close(),
  });
  return new Server({ app, services, stop, release: () => subscription.unsubscribe() });
}

type MutableServices = { -readonly [Key in keyof Services]: Services[Key] };

function servicesOf(orchestrator: MasterOrchestrator, options: ServerOptions, stop: StopSwitch): MutableServices {
  const { clock = systemClock, logger = silentLogger } = options;
  const loaded = loadedOf(options.config);
  const config = loaded?.config ?? resolveConfig(options.config as OrchestratorConfig | undefined);
  const random = options.randomBytes ?? randomBytes;
  const redactor = createRedactor({
    secrets: secretValues(config),
    maxDepth: 64,
    maxValues: 1_000_000,
    maxEntries: 100_000,
    maxTextLength: 4_194_304,
  });
  return {
    orchestrator,
    config,
    loaded,
    templates: options.templates,
    keys: new ApiKeys({ state: orchestrator.engine.state, clock, random }),
    feed: new MemoryFeed({ capacity: config.events.bufferSize, redactor, boot: random(6).toString('hex') }),
    streams: new EventStreams({
      clock,
      maxStreams: options.maxStreams ?? 256,
      keepAliveMs: options.keepAliveMs ?? 15_000,
    }),
    health: new HealthReader({
      orchestrator,
      config,
      clock,
      freshMs: options.healthMs ?? 1_000,
      dataDirectory: orchestrator.engine.caps.durable ? (config.engine.dataDirectory ?? '.') : undefined,
      isStopping: () => stop.isStopping,
    }),
    redactor,
    clock,
    logger,
    stopping: stop.signal,
    requestsUnderWay: () => 0,
  };
}

function loadedOf(config: ServerOptions['config']): LoadedConfig | undefined {
  return config !== undefined && 'config' in config && 'sources' in config ? config : undefined;
}

function createApp({ config, logger, redactor }: Services, options: ServerOptions): FastifyInstance {
  const random = options.randomBytes ?? randomBytes;
  const replies = new ErrorReplies(logger, redactor);
  const app = fastify({
    logger: false,
    bodyLimit: config.server.bodyBytes,
    trustProxy: config.server.trustProxy,
    genReqId: requestIds(random),
    requestTimeout: REQUEST_TIMEOUT_MS,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: LONGEST_PARAM },
    frameworkErrors: (error, request, reply) => replies.send(error, request, reply),
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, newRequestId(random)),
  });
  acceptJsonOnly(app);
  app.setValidatorCompiler(compileValidator);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  replies.attach(app);
  return app;
}

/** Puts everything that stands before the routes in order: headers, host, CORS, key, rate, scope; then the answer's checks. */
async function guardOf(
  app: FastifyInstance,
  { config, keys, redactor, logger }: Services,
  options: ServerOptions,
  stop: StopSwitch,
): Promise<RequestGuard> {
  const { server } = config;
  const hosts = new HostGuard({ host: server.host, allowedHosts: server.allowedHosts, origins: server.cors.origins });
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id).header('cache-control', 'no-store');
    hosts.check(request.headers.host, request.headers.origin);
  });
  if (server.cors.origins.length > 0) await app.register(cors, corsOptions(hosts));
  await app.register(rateLimit, { global: false });
  const checkRate = app.createRateLimit({
    max: () => config.server.rateLimitPerMinute,
    timeWindow: RATE_WINDOW_MS,
    keyGenerator: ({ caller, ip }) => (caller === undefined || caller.id === 'anonymous' ? ip : caller.id),
  });
  const guard = new RequestGuard({
    authenticator: server.auth.enabled ? authenticatorOf(config, keys) : undefined,
    checkRate,
    isStopping: () => stop.isStopping,
    isReadOnly: options.readOnly ?? false,
    maxRequests: options.maxRequests ?? 1_000,
  });
  app.decorateRequest('caller', undefined);
  app.addHook('onRequest', (request, reply) => guard.admit(request, reply));
  app.addHook('preSerialization', async (request, _reply, payload) =>
    request.routeOptions.config?.isRaw === true ? payload : redactor.redact(payload),
  );
  app.addHook('onResponse', async (request, reply) => {
    const fields = { requestId: request.id, method: request.method, route: request.routeOptions.url ?? 'none' };
    const ms = Math.round(reply.elapsedTime);
    logger.info({ ...fields, status: reply.statusCode, ms, caller: request.caller?.id }, 'request');
  });
  return guard;
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

function authenticatorOf({ server }: OrchestratorConfig, keys: ApiKeys): Authenticator {
  const { adminKey, jwt } = server.auth;
  const { jwksUrl, issuer, audience } = jwt;
  const hasTokens = jwksUrl !== undefined && issuer !== undefined && audience !== undefined;
  return new Authenticator({
    keys,
    adminKey: adminKey?.reveal(),
    tokens: hasTokens ? new JsonWebTokens({ jwksUrl, issuer, audience }) : undefined,
  });
}
