import { silentLogger, type Logger } from '@master-orchestrator/contracts';
import type { MasterOrchestrator } from '@master-orchestrator/core';
import { createRedactor, systemClock, type Clock } from '@master-orchestrator/errors';
import { randomBytes } from 'node:crypto';
import { EventEncoder } from './event-encoder.js';
import { EventLogWriter } from './event-log-writer.js';

/** Settings of {@link shareEvents}. */
export interface ShareEventsOptions {
  /** Values to mask, such as `secretValues(config)`. @default none beside the usual forms of keys */
  readonly secrets?: readonly string[];
  readonly logger?: Logger;
  /** @default the system clock */ readonly clock?: Clock;
}

/** Events on their way to the shared log. */
export interface EventSharing extends AsyncDisposable {
  /** Ends it; resolves once everything is written. */ close(): Promise<void>;
}

/**
 * Lets the servers of an engine show what happens in this process too, where it works without a server of its own.
 * Needs an engine that several processes share.
 */
export function shareEvents(orchestrator: MasterOrchestrator, options: ShareEventsOptions = {}): EventSharing {
  const { secrets = [], logger = silentLogger, clock = systemClock } = options;
  const encoder = new EventEncoder(createRedactor({ secrets }));
  const by = randomBytes(6).toString('hex');
  const writer = new EventLogWriter({ state: orchestrator.engine.state, clock, logger, by });
  const reading = orchestrator.listen('shared-events', (event) => writer.add(encoder.encode(event)));
  const close = async (): Promise<void> => {
    reading.unsubscribe();
    await writer.flush();
  };
  return { close, [Symbol.asyncDispose]: close };
}
