import { setImmediate } from 'node:timers';
import type { EngineCore } from './engine-core.js';
import type { SqliteFeed } from './feed/sqlite-feed.js';
import { applyRetention, type Retention } from './retention.js';
import type { SqliteServing } from './runs/sqlite-serving.js';
import { isSweepDue, sweep } from './tasks/sweep.js';
import { silentWorkers, takeOver } from './tasks/take-over.js';

/** How often the past is looked through for what may go. */
const RETENTION_EVERY_MS = 60_000;
/** How often other workers are looked after; more often would find nothing new. */
const WATCH_EVERY_MS = 250;

/** Time for others to renew their lease after the store was away. */
const RENEWAL_GRACE_MS = 2_000;

/** Pace and bounds of the poller. */
export interface PollerOptions {
  readonly pollMs: number;
  readonly retention: Retention;
}

/**
 * Notices what other processes changed and what the time brought: by a look every 50 ms, and at once after a change of
 * this process. Stands still while nobody serves and nobody reads the feed.
 */
export class Poller {
  readonly #core: EngineCore;
  readonly #feed: SqliteFeed;
  readonly #servings: ReadonlySet<SqliteServing>;
  readonly #options: PollerOptions;
  #version = -1;
  #isDirty = true;
  #isLookDue = false;
  #isSweeping = false;
  #isStopped = false;
  #watchedAt = Number.NEGATIVE_INFINITY;
  #cleanedAt: number;
  #isKeepingAlive = false;
  #stopTimer: (() => void) | undefined;

  constructor(core: EngineCore, feed: SqliteFeed, servings: ReadonlySet<SqliteServing>, options: PollerOptions) {
    this.#core = core;
    this.#feed = feed;
    this.#servings = servings;
    this.#options = options;
    this.#cleanedAt = core.options.clock.monotonic();
    core.wake = () => this.#soon();
    core.onCommit = () => this.#tellReaders();
  }

  #tellReaders(): void {
    if (!this.#core.database.hasNews) return;
    this.#core.database.hasNews = false;
    this.#feed.wake();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  /** Starts, goes on or stands still, as servings and readers ask for; runs keep the process alive. */
  adjust(): void {
    const runs = [...this.#servings].reduce((sum, serving) => sum + serving.active, 0);
    this.#core.timers.keepAlive(runs > 0);
    const isWanted = !this.#isStopped && (this.#servings.size > 0 || this.#feed.hasReaders);
    const isKeepingAlive = runs > 0;
    if (this.#stopTimer !== undefined && isWanted && isKeepingAlive === this.#isKeepingAlive) return;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#isKeepingAlive = isKeepingAlive;
    if (isWanted) this.#arm();
  }

  #arm(): void {
    const { clock } = this.#core.options;
    this.#stopTimer = clock.setTimer(
      this.#options.pollMs,
      () => {
        this.#arm();
        this.#look();
      },
      this.#isKeepingAlive,
    );
  }

  /** A look in the next turn of the event loop, one for all that asked. */
  #soon(): void {
    this.#isDirty = true;
    if (this.#isLookDue || this.#isStopped) return;
    this.#isLookDue = true;
    setImmediate(() => {
      this.#isLookDue = false;
      this.#look();
    });
  }

  #look(): void {
    if (this.#isStopped || !this.#core.database.isOpen) return;
    try {
      const version = this.#core.database.number('PRAGMA data_version');
      const isElsewhere = version !== this.#version;
      this.#version = version;
      if (isElsewhere) this.#feed.wake();
      if (this.#servings.size === 0) return;
      if (isElsewhere || this.#isDirty) {
        this.#isDirty = false;
        for (const serving of this.#servings) serving.refresh();
      }
      this.#sweepIfDue();
    } catch (error) {
      // The next look comes in 50 ms; a lock that keeps readers out must not end it.
      this.#isDirty = true;
      this.#core.options.logger.debug({ error }, 'looking at the task store failed');
    }
  }

  #sweepIfDue(): void {
    const { database, options } = this.#core;
    const at = options.clock.monotonic();
    const isWatchDue = at - this.#watchedAt >= WATCH_EVERY_MS;
    if (isWatchDue) this.#watchedAt = at;
    const silent = isWatchDue ? silentWorkers(database, this.#leaseBefore()) : [];
    if (silent.length > 0 || isSweepDue(database, this.#core.now)) void this.#sweep(silent.length > 0);
    if (at - this.#cleanedAt < RETENTION_EVERY_MS) return;
    this.#cleanedAt = at;
    void this.#clean();
  }

  async #sweep(hasSilent: boolean): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    try {
      if (hasSilent) await this.#takeOver();
      await this.#core.write((database) => sweep(database, this.#core.moment));
      this.#soon();
    } catch (error) {
      this.#core.options.logger.warn({ error }, 'looking after the tasks of the store failed; it is tried again');
    } finally {
      this.#isSweeping = false;
    }
  }

  /**
   * Leases that ended before this moment are over. Where nobody could write for a while nobody could renew, either: then
   * the others get a moment to do so.
   */
  #leaseBefore(): number {
    const healthyMs = this.#core.options.clock.monotonic() - this.#core.writer.recoveredAt;
    return healthyMs < RENEWAL_GRACE_MS ? Number.NEGATIVE_INFINITY : this.#core.now;
  }

  async #takeOver(): Promise<void> {
    await this.#core.write((database) => {
      const leaseBefore = this.#leaseBefore();
      for (const worker of silentWorkers(database, leaseBefore)) {
        const tasks = takeOver(database, worker, leaseBefore, this.#core.moment);
        this.#core.options.logger.warn({ worker: worker.name, tasks }, 'worker is silent; its tasks were taken over');
      }
    });
  }

  async #clean(): Promise<void> {
    try {
      const removed = await applyRetention(this.#core, this.#options.retention);
      if (removed.tasks + removed.items > 0)
        this.#core.options.logger.info(removed, 'old tasks and feed items were removed');
    } catch (error) {
      this.#core.options.logger.warn({ error }, 'removing old tasks failed; it is tried again');
    }
  }
}
