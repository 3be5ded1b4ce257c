import { OrchestratorError } from '@master-orchestrator/errors';
import type { Topic } from './database/listener.js';
import type { DbosRuntime } from './dbos/dbos-runtime.js';
import type { EngineCore } from './engine-core.js';
import type { EventFeed } from './feed/event-feed.js';
import { applyRetention, type Retention } from './retention.js';
import type { DbosServing } from './runs/dbos-serving.js';
import { workflowIdOf, type JournalOwner } from './runs/journal-rows.js';
import { isGone, type WorkerRow } from './runs/workers.js';

/** How often everything is looked at though nothing was heard: news may be lost with a connection. */
const LOOK_EVERY_MS = 1_000;
/** How often other workers are looked after. */
const WATCH_EVERY_MS = 500;
/** How often the past is looked through for what may go. */
const RETENTION_EVERY_MS = 60_000;
/** Time for others to renew their lease after the store was away. */
const RENEWAL_GRACE_MS = 4_000;
/** Crashes after which a task is not started again (ERRORS: the fourth delivery is not begun). */
const MOST_CRASHES = 3;

const SILENT = `SELECT id::float8 AS id, name, host, pid, is_dead, lease_until < @._now() AS is_silent FROM @.worker`;
const HELD = 'SELECT seq::float8 AS seq, id, begins FROM @.task WHERE worker = $1 AND worker <> 0';

/**
 * Passes on what other processes tell, does what the time has come for, and takes over from workers that are gone.
 * Stands still while nobody serves.
 */
export class Keeper {
  readonly #core: EngineCore;
  readonly #runtime: DbosRuntime;
  readonly #feed: EventFeed;
  readonly #servings: ReadonlySet<DbosServing>;
  readonly #retention: Retention;
  readonly #errors = { deadline: errorTemplate('DEADLINE_EXCEEDED'), poison: errorTemplate('POISON') };
  #isStopped = false;
  #isSweeping = false;
  #watchedAt = Number.NEGATIVE_INFINITY;
  #lookedAt: number;
  #cleanedAt: number;
  #stopTimer: (() => void) | undefined;
  #stopSweep: (() => void) | undefined;

  constructor(
    core: EngineCore,
    runtime: DbosRuntime,
    feed: EventFeed,
    servings: ReadonlySet<DbosServing>,
    retention: Retention,
  ) {
    this.#core = core;
    this.#runtime = runtime;
    this.#feed = feed;
    this.#servings = servings;
    this.#retention = retention;
    this.#lookedAt = core.options.clock.monotonic();
    this.#cleanedAt = this.#lookedAt;
  }

  start(): void {
    this.#tickLater();
    void this.#sweep();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopTimer?.();
    this.#stopSweep?.();
  }

  /** Something was heard. */
  hear(topic: Topic, payload: string): void {
    if (topic === 'event') this.#feed.wake();
    if (topic === 'ready' && payload === 'timer') void this.#sweep();
    else if (topic === 'ready') for (const serving of this.#servings) serving.claim();
    if (topic === 'worker') {
      for (const serving of this.#servings) if (String(serving.worker) === payload) serving.lookAtHeld();
    }
  }

  /** Looks at everything, for something may have been missed. */
  refresh(): void {
    this.#lookedAt = this.#core.options.clock.monotonic();
    this.#feed.wake();
    for (const serving of this.#servings) serving.refresh();
    void this.#sweep();
  }

  #tickLater(): void {
    if (this.#isStopped) return;
    const { clock, logger } = this.#core.options;
    this.#stopTimer = clock.setTimer(WATCH_EVERY_MS, () => {
      const at = clock.monotonic();
      if (at - this.#lookedAt >= LOOK_EVERY_MS) this.refresh();
      this.#watch(at)
        .catch((error: unknown) => logger.debug({ error }, 'looking after workers failed; it is tried again'))
        .finally(() => this.#tickLater());
    });
  }

  async #watch(at: number): Promise<void> {
    // A process that stood still was not there to see others beat: they get their time from now on.
    const hasSlept = at - this.#watchedAt > RENEWAL_GRACE_MS;
    this.#watchedAt = at;
    const isTrusted = !hasSlept && at - this.#core.store.recoveredAt > RENEWAL_GRACE_MS;
    for (const worker of await this.#core.store.query<WorkerRow>(SILENT)) {
      if (worker.is_dead || isGone(worker) || (worker.is_silent && isTrusted)) await this.#takeOver(worker);
    }
    if (at - this.#cleanedAt < RETENTION_EVERY_MS) return;
    this.#cleanedAt = at;
    await this.#clean();
  }

  /** Buries a worker, makes sure that its deliveries commit nothing more, then hands its tasks back. */
  async #takeOver(worker: WorkerRow): Promise<void> {
    const { store, options } = this.#core;
    const isOurs = [...this.#servings].some((serving) => serving.worker === worker.id);
    if (isOurs || !(await store.call<boolean>('bury', [worker.id, isGone(worker)]))) return;
    const held = await store.query<JournalOwner>(HELD, [worker.id]);
    await this.#runtime.fence(held.map((task) => workflowIdOf(task, task.begins)));
    const values = [worker.id, MOST_CRASHES, this.#errors.poison, options.agingMs];
    const tasks = await store.call<number>('hand_back', values);
    options.logger.warn({ worker: worker.name, tasks }, 'worker is gone; its tasks were taken over');
  }

  /** Does what is due and sets the timer for what comes next. */
  async #sweep(): Promise<void> {
    if (this.#isSweeping || this.#isStopped) return;
    this.#isSweeping = true;
    const { store, options } = this.#core;
    try {
      const next = await store.call<number | null>('sweep', [this.#errors.deadline, options.agingMs]);
      this.#stopSweep?.();
      if (next === null || this.#isStopped) return;
      const inMs = Math.max(1, next - options.clock.now());
      // The fallback look covers what is far away, and clocks that differ.
      if (inMs < LOOK_EVERY_MS) this.#stopSweep = options.clock.setTimer(inMs, () => void this.#sweep());
    } catch (error) {
      options.logger.debug({ error }, 'doing what is due failed; it is tried again');
    } finally {
      this.#isSweeping = false;
    }
  }

  async #clean(): Promise<void> {
    const { options } = this.#core;
    try {
      const removed = await applyRetention(this.#core, this.#runtime, this.#retention);
      if (removed.tasks + removed.items > 0) options.logger.info(removed, 'old tasks and feed items were removed');
    } catch (error) {
      options.logger.warn({ error }, 'removing old tasks failed; it is tried again');
    }
  }
}

/** An error as the functions of the store fill it in. */
function errorTemplate(code: 'DEADLINE_EXCEEDED' | 'POISON'): string {
  const plain = new OrchestratorError(code, '{message}').toJSON();
  return JSON.stringify(code === 'POISON' ? { ...plain, details: '{details}' } : plain);
}
