import {
  resolveConfig,
  secretValues,
  type LoadedConfig,
  type OrchestratorConfigInput,
} from '@master-orchestrator/config';
import { silentLogger } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import { createRedactor, systemClock, type Redactor } from '@master-orchestrator/errors';
import { randomBytes } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { ApiKeys } from './auth/api-keys.js';
import { MemoryFeed } from './events/event-feed.js';
import { StoredFeed } from './events/stored-feed.js';
import { EventStreams } from './events/send-events.js';
import { ExpiringRows } from './expiring-rows.js';
import { HealthReader } from './health-reader.js';
import type { IdempotencyRecord } from './idempotency.js';
import { ResponseBook, type StoredResponse } from './openai/response-book.js';
import type { ServerOptions } from './server-options.js';
import type { Services } from './services.js';
import type { StopSwitch } from './stop-switch.js';

const DAY_MS = 86_400_000;

/** Services that routes use, and the parts that only the server itself does. */
export interface BuiltServices {
  readonly services: Services;
  readonly idempotencyRows: ExpiringRows<IdempotencyRecord>;
  /** Rows that are swept while the server is up. */ readonly swept: readonly ExpiringRows<unknown>[];
}

/** Puts the parts of a server together. Nothing runs yet. */
export function buildServices(
  orchestrator: MasterOrchestrator,
  options: ServerOptions,
  stop: StopSwitch,
): BuiltServices {
  const { clock = systemClock, logger = silentLogger } = options;
  const random = options.randomBytes ?? randomBytes;
  const loaded = loadedOf(options.config);
  const config = loaded?.config ?? resolveConfig(options.config as OrchestratorConfigInput | undefined);
  const { state } = orchestrator.engine;
  const redactor = roomyRedactor(secretValues(config));
  const responseRows = new ExpiringRows<StoredResponse>({ state, clock, namespace: 'api-responses' });
  const idempotencyRows = new ExpiringRows<IdempotencyRecord>({ state, clock, namespace: 'api-idempotency' });
  const starts = new ExpiringRows<string>({ state, clock, namespace: 'api-event-starts' });
  const boot = random(6).toString('hex');
  const common = { capacity: config.events.bufferSize, redactor, boot };
  const feed = orchestrator.engine.caps.durable
    ? new StoredFeed({ ...common, state, clock, logger, starts, keepMs: options.eventsMs ?? DAY_MS })
    : new MemoryFeed(common);
  const services: Services = {
    orchestrator,
    config,
    loaded,
    templates: options.templates,
    keys: new ApiKeys({ state, clock, random }),
    feed,
    streams: new EventStreams({
      clock,
      logger,
      maxStreams: options.maxStreams ?? 256,
      keepAliveMs: options.keepAliveMs ?? 15_000,
      isStopping: () => stop.isStopping,
    }),
    health: new HealthReader({
      orchestrator,
      config,
      clock,
      freshMs: options.healthMs ?? 1_000,
      freeBytes: options.freeBytes ?? freeBytesOf,
      dataDirectory: orchestrator.engine.caps.durable ? (config.engine.dataDirectory ?? '.') : undefined,
      isStopping: () => stop.isStopping,
    }),
    responses: new ResponseBook(responseRows),
    redactor,
    clock,
    logger,
    stopping: stop.signal,
    requestsUnderWay: () => 0,
  };
  return { services, idempotencyRows, swept: [responseRows, idempotencyRows, starts] };
}

function loadedOf(config: ServerOptions['config']): LoadedConfig | undefined {
  return config !== undefined && 'config' in config && 'sources' in config ? config : undefined;
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Masks secrets in answers. Its bounds are wide: an answer is what somebody asked for, not a line of a log. */
function roomyRedactor(secrets: readonly string[]): Redactor {
  return createRedactor({
    secrets,
    maxDepth: 64,
    maxValues: 1_000_000,
    maxEntries: 100_000,
    maxTextLength: 4_194_304,
  });
}
