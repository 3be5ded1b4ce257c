import type { MasterOrchestrator } from '@master-orchestrator/core';
import { randomBytes } from 'node:crypto';
import { buildServices, type BuiltServices } from './build-services.js';
import { checkSettings } from './check-settings.js';
import { attachGuards, type Guards } from './guards/attach-guards.js';
import { createApp } from './http/create-app.js';
import { mountRoutes } from './http/mount-routes.js';
import { attachObservers } from './http/observe.js';
import { mountOpenApi, registerOpenApi } from './http/open-api.js';
import { Idempotency } from './idempotency.js';
import { allRoutes } from './routes/all-routes.js';
import { Server } from './server.js';
import type { ServerOptions } from './server-options.js';
import type { Services } from './services.js';
import { StopSwitch } from './stop-switch.js';

const DAY_MS = 86_400_000;

/**
 * Makes the HTTP API of an orchestrator. It does not listen yet, and neither starts nor stops the orchestrator.
 *
 * @throws OrchestratorError CONFIG_INVALID where the settings would let strangers in: another address than loopback, or
 * the production profile, without authentication
 */
export async function createServer(orchestrator: MasterOrchestrator, options: ServerOptions = {}): Promise<Server> {
  const stop = new StopSwitch();
  const { services, idempotencyRows, swept } = buildServices(orchestrator, options, stop);
  const { config, clock, keys, logger, redactor } = services;
  await checkSettings(config, keys);
  let guards: Guards | undefined;
  const app = createApp({
    config,
    logger,
    redactor,
    random: options.randomBytes ?? randomBytes,
    admit: async (request, reply) => guards?.admit(request, reply),
  });
  guards = await attachGuards(app, {
    config,
    keys,
    isReadOnly: options.readOnly ?? false,
    maxRequests: options.maxRequests ?? 1_000,
    isStopping: () => stop.isStopping,
  });
  new Idempotency({ rows: idempotencyRows, clock, keepMs: options.idempotencyMs ?? DAY_MS }).attach(app);
  attachObservers(app, redactor, logger);
  await registerOpenApi(app, config.server.auth.enabled);
  const served: Services = { ...services, requestsUnderWay: guards.underWay };
  mountRoutes(app, allRoutes(served));
  mountOpenApi(app);
  await options.extend?.(app);
  await app.ready();
  await services.feed.start();
  return new Server({ app, services: served, stop, release: startBackground(services, swept) });
}

/** Reads the orchestrator's events and sweeps expired rows; returns what ends both. */
function startBackground({ orchestrator, feed }: Services, swept: BuiltServices['swept']): () => void {
  const reading = orchestrator.listen('server', (event) => feed.publish(event));
  const waiting = orchestrator.events$.subscribe({ complete: () => void feed.close() });
  for (const rows of swept) rows.start();
  return () => {
    reading.unsubscribe();
    waiting.unsubscribe();
    for (const rows of swept) rows.stop();
  };
}
