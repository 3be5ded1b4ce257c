import type { Logger } from '@master-orchestrator/contracts';
import type { Clock } from '@master-orchestrator/errors';
import { setImmediate } from 'node:timers';
import type { Database } from './database.js';
import { isBusy, isStorageFailure, storageError, unavailable } from './sqlite-failure.js';

/** Most writes in one transaction, so that no transaction is long. */
const LARGEST_GROUP = 128;
const FIRST_BACKOFF_MS = 5;
const LONGEST_BACKOFF_MS = 250;
/** A block that others may have suffered, too. */
const LONG_BLOCK_MS = 300;
/** How long a caller outside of a run waits for the lock. */
const PATIENCE_MS = 30_000;

/** How a write is made. */
export interface WriteOptions {
  /** True: it survives a power loss, not the process alone. @default false */ readonly isCostly?: boolean;
  /**
   * True: it is tried until it succeeds, also while the disk is full, because a run hangs on it. Otherwise it is
   * refused after 30 s of a locked file, and at once where the disk is at fault. @default false
   */
  readonly isPatient?: boolean;
}

interface Write {
  readonly apply: () => unknown;
  readonly isCostly: boolean;
  readonly isPatient: boolean;
  readonly since: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * All writes of an engine, in order. Those of one turn of the event loop share a transaction, and a locked file is waited
 * for without blocking the loop.
 */
export class Writer {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #onCommit: () => void;
  #queue: Write[] = [];
  #isDue = false;
  #backoffMs = 0;
  #isTroubled = false;
  #blockedSince: number | undefined;
  #recoveredAt = Number.NEGATIVE_INFINITY;
  #cancelRetry: (() => void) | undefined;
  #onIdle: (() => void) | undefined;

  constructor(database: Database, clock: Clock, logger: Logger, onCommit: () => void) {
    this.#database = database;
    this.#clock = clock;
    this.#logger = logger;
    this.#onCommit = onCommit;
  }

  /** When the store could be written again after it could not for a while, on the monotonic clock. */
  get recoveredAt(): number {
    const now = this.#clock.monotonic();
    const isBlocked = this.#blockedSince !== undefined && now - this.#blockedSince >= LONG_BLOCK_MS;
    return isBlocked ? now : this.#recoveredAt;
  }

  /** Writes that have not been committed. */
  get pending(): number {
    return this.#queue.length;
  }

  /**
   * Runs `apply` in a transaction; what it throws undoes what it did and nothing else. It may run again after a
   * failure, so it must do nothing but read and write the database.
   *
   * @throws OrchestratorError ENGINE_UNAVAILABLE, DISK_FULL, DISK_FAILED, unless `isPatient`
   */
  write<T>(apply: () => T, options: WriteOptions = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({
        apply,
        isCostly: options.isCostly ?? false,
        isPatient: options.isPatient ?? false,
        since: this.#clock.monotonic(),
        resolve: resolve as (value: unknown) => void,
        reject,
      });
      this.#schedule();
    });
  }

  /** Resolves when nothing is left to write, or after the time. */
  async idle(withinMs: number): Promise<void> {
    if (this.#queue.length === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.setTimer(withinMs, resolve, true);
      this.#onIdle = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Refuses what could not be written. */
  close(): void {
    this.#cancelRetry?.();
    for (const write of this.#queue.splice(0)) write.reject(unavailable(this.#database.file));
  }

  #schedule(): void {
    if (this.#isDue || this.#cancelRetry !== undefined) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#flush();
    });
  }

  /** One group a turn: reads and timers come in between. */
  #flush(): void {
    const group = this.#queue.splice(0, LARGEST_GROUP);
    if (group.length === 0 || !this.#database.isOpen) return this.#onIdle?.();
    const outcomes = this.#commit(group);
    if (outcomes === undefined) return;
    this.#noteRecovery();
    for (const settle of outcomes) settle();
    this.#onCommit();
    if (this.#queue.length > 0) this.#schedule();
    else this.#onIdle?.();
  }

  /** Applies a group in one transaction; returns what to tell the callers, or `undefined` where it has to wait. */
  #commit(group: Write[]): (() => void)[] | undefined {
    try {
      this.#database.begin(group.some((write) => write.isCostly));
      const outcomes = group.map((write) => this.#apply(write, group.length > 1));
      this.#database.commit();
      return outcomes;
    } catch (error) {
      this.#database.rollback();
      this.#waitOrRefuse(group, error);
      return undefined;
    }
  }

  #apply(write: Write, isShared: boolean): () => void {
    if (isShared) this.#database.run('SAVEPOINT one');
    try {
      const value = write.apply();
      if (isShared) this.#database.run('RELEASE one');
      return () => write.resolve(value);
    } catch (error) {
      if (isBusy(error) || isStorageFailure(error)) throw error;
      if (isShared) {
        this.#database.run('ROLLBACK TO one');
        this.#database.run('RELEASE one');
        return () => write.reject(error);
      }
      // Alone in its transaction: undone with it, and nothing of it is to be committed.
      this.#database.rollback();
      this.#database.begin(false);
      return () => write.reject(error);
    }
  }

  #noteRecovery(): void {
    this.#backoffMs = 0;
    if (this.#isTroubled) this.#logger.info({ store: this.#database.file }, 'task store can be written again');
    this.#isTroubled = false;
    if (this.#blockedSince === undefined) return;
    const now = this.#clock.monotonic();
    if (now - this.#blockedSince >= LONG_BLOCK_MS) this.#recoveredAt = now;
    this.#blockedSince = undefined;
  }

  /** After a failure of the store: patient writes stay in line, others are refused once their time is over. */
  #waitOrRefuse(group: Write[], error: unknown): void {
    const now = this.#clock.monotonic();
    this.#blockedSince ??= now;
    const kept: Write[] = [];
    for (const write of group) {
      const isOver = isBusy(error) ? now - write.since > PATIENCE_MS : true;
      if (write.isPatient || !isOver) kept.push(write);
      else write.reject(storageError(this.#database.file, error));
    }
    this.#queue = [...kept, ...this.#queue];
    if (!isBusy(error) && !this.#isTroubled) {
      this.#isTroubled = true;
      this.#logger.error(
        { store: this.#database.file, error: storageError(this.#database.file, error) },
        'task store cannot be written',
      );
    }
    if (this.#queue.length === 0) return this.#onIdle?.();
    this.#backoffMs = Math.min(LONGEST_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, this.#backoffMs * 2));
    this.#cancelRetry = this.#clock.setTimer(
      this.#backoffMs,
      () => {
        this.#cancelRetry = undefined;
        this.#flush();
      },
      true,
    );
  }
}
