import type { Logger } from '@master-orchestrator/contracts';
import type { Clock, Random } from '@master-orchestrator/errors';
import type { Listener } from './database/listener.js';
import type { Store } from './database/store.js';
import { TimerQueue } from './runs/timer-queue.js';
import type { SubmitContext } from './tasks/submit-tasks.js';

/** What every part of one engine shares. */
export interface CoreOptions extends SubmitContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Schema of the tables of DBOS. */ readonly dbosSchema: string;
}

/** The open store with its listener, its timers and the options of the engine. */
export class EngineCore {
  readonly timers: TimerQueue;
  /** Asks for a look at what may have changed. */ wake: () => void = () => {};

  constructor(
    readonly store: Store,
    readonly listener: Listener,
    readonly options: CoreOptions,
  ) {
    this.timers = new TimerQueue(options.clock);
  }
}
