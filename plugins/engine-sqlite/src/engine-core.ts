import type { Logger } from '@master-orchestrator/contracts';
import type { Clock, Random } from '@master-orchestrator/errors';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from './database/database.js';
import { isBusy, storageError, unavailable } from './database/sqlite-failure.js';
import { Writer, type WriteOptions } from './database/writer.js';
import type { Moment } from './tasks/transitions.js';
import { TimerQueue } from './runs/timer-queue.js';

const LOOK_EVERY_MS = 10;
const PATIENCE_MS = 30_000;

/** What every part of one engine shares. */
export interface CoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly agingMs: number;
  readonly maxQueued: number;
  readonly maxValueBytes: number;
}

/** The open file with its writer, its timers and the options of the engine. */
export class EngineCore {
  readonly writer: Writer;
  readonly timers: TimerQueue;
  /** Called after each commit of this engine. */ onCommit: () => void = () => {};
  /** Asks for a look at what may have changed. */ wake: () => void = () => {};

  constructor(
    readonly database: Database,
    readonly options: CoreOptions,
  ) {
    this.writer = new Writer(database, options.clock, options.logger, () => this.onCommit());
    this.timers = new TimerQueue(options.clock);
  }

  get now(): number {
    return Math.floor(this.options.clock.now());
  }

  get moment(): Moment {
    return { now: this.now, agingMs: this.options.agingMs };
  }

  write<T>(apply: (database: Database) => T, options?: WriteOptions): Promise<T> {
    return this.writer.write(() => apply(this.database), options);
  }

  /**
   * Reads what is committed. A lock that keeps readers out is waited for.
   *
   * @throws OrchestratorError ENGINE_UNAVAILABLE after 30 s, DISK_FAILED
   */
  async read<T>(look: (database: Database) => T): Promise<T> {
    for (const end = performance.now() + PATIENCE_MS; ; await delay(LOOK_EVERY_MS)) {
      try {
        if (!this.database.isOpen) throw unavailable(this.database.file);
        return look(this.database);
      } catch (error) {
        if (!isBusy(error)) throw readError(this.database.file, error);
        if (performance.now() > end) throw storageError(this.database.file, error);
      }
    }
  }
}

/** Only what SQLite threw is the store's failure. */
function readError(file: string, error: unknown): unknown {
  return (error as { errcode?: unknown } | null)?.errcode === undefined ? error : storageError(file, error);
}
