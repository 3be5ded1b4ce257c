import type { LoadedConfig, OrchestratorConfig } from '@master-orchestrator/config';
import type { Logger } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import type { Clock, Redactor } from '@master-orchestrator/errors';
import type { ApiKeys } from './auth/api-keys.js';
import type { EventFeed } from './events/event-feed.js';
import type { EventStreams } from './events/send-events.js';
import type { HealthReader } from './health-reader.js';
import type { ResponseBook } from './openai/response-book.js';
import type { TemplateSource } from './server-options.js';

/** What routes work with. */
export interface Services {
  readonly orchestrator: MasterOrchestrator;
  readonly config: OrchestratorConfig;
  /** Where each setting came from, where that is known. */ readonly loaded: LoadedConfig | undefined;
  readonly templates: TemplateSource | undefined;
  readonly keys: ApiKeys;
  readonly feed: EventFeed;
  readonly streams: EventStreams;
  readonly health: HealthReader;
  /** Answers that OpenAI clients may go on from. */ readonly responses: ResponseBook;
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted once a shutdown has begun. */ readonly stopping: AbortSignal;
  /** Requests that are being answered. */ requestsUnderWay(): number;
}
