import type {
  EngineCaps,
  EngineOptions,
  FeedFilter,
  FeedItem,
  Handler,
  Limits,
  ServeOptions,
  Serving,
  StateStore,
  StepView,
  Submitted,
  TaskEngine,
  TaskQuery,
  TaskSpec,
  TaskView,
} from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { openDatabase } from './database/open-database.js';
import { EngineCore } from './engine-core.js';
import { engineStopped, taskNotPaused, taskUnknown } from './engine-errors.js';
import { SqliteFeed } from './feed/sqlite-feed.js';
import { jsonText } from './json-value.js';
import { Poller } from './poller.js';
import { DEFAULT_RETENTION, type Retention } from './retention.js';
import { SqliteServing } from './runs/sqlite-serving.js';
import { SqliteStateStore } from './state/sqlite-state-store.js';
import { forkTask } from './tasks/fork-task.js';
import { listTasks } from './tasks/list-tasks.js';
import { removeFinished } from './tasks/remove-tasks.js';
import {
  FIRST_FINAL,
  PHASE,
  phaseName,
  SELECT_FULL,
  stepsOf,
  stepView,
  taskById,
  viewOf,
  type FullTaskRow,
} from './tasks/rows.js';
import { resumeTask } from './tasks/resume-task.js';
import { checkedSpec } from './tasks/submission.js';
import { submitTasks, type SubmitContext } from './tasks/submit-tasks.js';
import { cancelTask } from './tasks/sweep.js';
import { openDescendants } from './tasks/transitions.js';
import { storeMessage } from './tasks/waits.js';

const DEFAULT_AGING_MS = 60_000;
const DEFAULT_MAX_QUEUED = 10_000;
/** Largest value as JSON, in bytes, unless the options say otherwise. */
export const DEFAULT_MAX_VALUE_BYTES = 1_048_576;
/** How often changes of other processes are looked for, in milliseconds, unless the options say otherwise. */
export const DEFAULT_POLL_MS = 50;
/** The usual claim; where a process of this machine is gone, nobody waits for its end. */
const USUAL_CLAIM_MS = 15_000;
/** From the end of a claim to the start of the next delivery, at most. */
const SWEEP_MS = 1_000;
const TIMER_GRAIN_MS = 100;
const PURGE_BATCH = 200;
/** Time for the last writes when the engine stops. */
const LAST_WRITES_MS = 5_000;

/** What the engine can be told beyond what every engine is. */
export interface SqliteEngineOptions {
  /** What is kept of finished tasks and of the feed. @default 30 days of tasks, 7 days or 1,000,000 items of the feed, 2 GiB */
  readonly retention?: Partial<Retention>;
  /** Largest value as JSON, in bytes. @default 1_048_576 */ readonly maxValueBytes?: number;
  /** How often changes of other processes are looked for, in milliseconds. @default 50 */ readonly pollMs?: number;
}

/**
 * The task engine on one SQLite file: durable, for all processes of one machine.
 *
 * @param file - Where the store is; made with its folder where it is not there yet.
 */
export class SqliteEngine implements TaskEngine {
  readonly state: StateStore;
  readonly #file: string;
  readonly #maxValueBytes: number;
  readonly #host: EngineOptions;
  readonly #options: SqliteEngineOptions;
  readonly #servings = new Set<SqliteServing>();
  #core: EngineCore | undefined;
  #feed: SqliteFeed | undefined;
  #poller: Poller | undefined;
  #starting: Promise<void> | undefined;
  #longestClaimMs = USUAL_CLAIM_MS;

  constructor(file: string, host: EngineOptions, options: SqliteEngineOptions = {}) {
    this.#file = file;
    this.#host = host;
    this.#options = options;
    this.#maxValueBytes = options.maxValueBytes ?? DEFAULT_MAX_VALUE_BYTES;
    this.state = new SqliteStateStore(() => this.#open(), this.#maxValueBytes);
  }

  /** What it can do. The bound of a take-over follows the longest claim that was served with. */
  get caps(): EngineCaps {
    return capsOf(this.#maxValueBytes, this.#longestClaimMs + SWEEP_MS);
  }

  /** @throws OrchestratorError STARTUP_FAILED, DISK_FAILED, DISK_FULL, ENGINE_UNAVAILABLE */
  start(): Promise<void> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    const core = this.#core;
    if (core === undefined) return;
    await Promise.all([...this.#servings].map((serving) => serving.drain(graceMs)));
    this.#poller?.stop();
    this.#feed?.close();
    await core.writer.idle(LAST_WRITES_MS);
    core.writer.close();
    this.#core = undefined;
    this.#starting = undefined;
    core.timers.keepAlive(false);
    core.database.close();
  }

  async submit(batch: readonly TaskSpec[]): Promise<Submitted[]> {
    const core = this.#open();
    const checked = batch.map((spec) => checkedSpec(spec, this.#maxValueBytes));
    // What was accepted must not be lost, not even with the power.
    const submitted = await core.write((database) => submitTasks(database, checked, this.#context(core)), {
      isCostly: true,
    });
    core.wake();
    return submitted;
  }

  async cancel(id: string, reason: string): Promise<'accepted' | 'already-final' | 'unknown'> {
    const core = this.#open();
    const outcome = core.write(
      (database) => {
        const task = taskById(database, id);
        if (task === undefined) return 'unknown';
        if (task.phase >= FIRST_FINAL) return 'already-final';
        const children = openDescendants(database, task);
        cancelTask(database, task, reason, core.moment);
        for (const child of children) cancelTask(database, child, reason, core.moment);
        return 'accepted';
      },
      { isCostly: true },
    );
    // The signal of a run in this process fires now; the store says so to the others.
    for (const serving of this.#servings) {
      const run = serving.runOf(id);
      if (run !== undefined) serving.cancelRun(run, reason);
    }
    const answer = await outcome;
    core.wake();
    return answer;
  }

  async signal(id: string, channel: string, body: Json, messageId: string): Promise<'stored' | 'repeat' | 'final'> {
    const core = this.#open();
    const text = jsonText(body, `Message "${messageId}" for task "${id}"`, this.#maxValueBytes);
    const message = { channel, body: text, messageId };
    const outcome = await core.write((database) => storeMessage(database, id, message), {
      isCostly: true,
    });
    core.wake();
    return outcome;
  }

  async resume(id: string): Promise<void> {
    const core = this.#open();
    await core.write(
      (database) => {
        const task = taskById(database, id) ?? raise(taskUnknown(id));
        if (task.phase >= FIRST_FINAL) throw taskNotPaused(id, phaseName(task.phase));
        if (task.phase === PHASE.paused) resumeTask(database, task, core.moment);
      },
      { isCostly: true },
    );
    core.wake();
  }

  async fork(id: string, fromKey: string, newId: string): Promise<Submitted> {
    const core = this.#open();
    const submitted = await core.write((database) => forkTask(database, { id, fromKey, newId }, this.#context(core)), {
      isCostly: true,
    });
    core.wake();
    return submitted;
  }

  async setLimits(limits: Limits): Promise<void> {
    const text = JSON.stringify(limits);
    await this.#change('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)', 'limits', text);
  }

  async pauseLane(lane: string): Promise<void> {
    await this.#change('INSERT OR IGNORE INTO paused_lane (name) VALUES (?)', lane);
  }

  async resumeLane(lane: string): Promise<void> {
    await this.#change('DELETE FROM paused_lane WHERE name = ?', lane);
  }

  async get(id: string): Promise<TaskView | undefined> {
    const row = await this.#open().read((database) =>
      database.get<FullTaskRow>(`${SELECT_FULL} WHERE task.id = ?`, id),
    );
    return row === undefined ? undefined : viewOf(row);
  }

  async list(query: TaskQuery): Promise<{ items: TaskView[]; next?: string }> {
    return this.#open().read((database) => listTasks(database, query));
  }

  async journal(id: string): Promise<StepView[]> {
    return this.#open().read((database) => {
      const task = taskById(database, id) ?? raise(taskUnknown(id));
      return stepsOf(database, task.seq).map(stepView);
    });
  }

  feed(from: string, filter?: FeedFilter): AsyncIterable<FeedItem> {
    this.#open();
    return (this.#feed as SqliteFeed).read(from, filter);
  }

  async purge(finishedBefore: number): Promise<number> {
    const core = this.#open();
    let removed = 0;
    for (let some = PURGE_BATCH; some === PURGE_BATCH; removed += some) {
      some = await core.write((database) => removeFinished(database, finishedBefore, PURGE_BATCH));
    }
    return removed;
  }

  async serve(handlers: ReadonlyMap<string, Handler>, options: ServeOptions): Promise<Serving> {
    const core = this.#open();
    this.#longestClaimMs = Math.max(this.#longestClaimMs, options.claimMs);
    const serving = new SqliteServing(core, handlers, options, () => this.#onServing(serving));
    await serving.start();
    this.#servings.add(serving);
    this.#poller?.adjust();
    core.wake();
    return serving;
  }

  async #start(): Promise<void> {
    const { clock, random, logger, agingMs = DEFAULT_AGING_MS, maxQueued = DEFAULT_MAX_QUEUED, limits } = this.#host;
    const database = await openDatabase(this.#file);
    const core = new EngineCore(database, {
      clock,
      random,
      logger,
      agingMs,
      maxQueued,
      maxValueBytes: this.#maxValueBytes,
    });
    const feed = new SqliteFeed(core, () => this.#poller?.adjust());
    const retention = { ...DEFAULT_RETENTION, ...this.#options.retention };
    this.#poller = new Poller(core, feed, this.#servings, {
      pollMs: this.#options.pollMs ?? DEFAULT_POLL_MS,
      retention,
    });
    this.#core = core;
    this.#feed = feed;
    if (limits !== undefined) await this.setLimits(limits);
  }

  #onServing(serving: SqliteServing): void {
    if (serving.isDrained) this.#servings.delete(serving);
    this.#poller?.adjust();
  }

  async #change(sql: string, ...values: string[]): Promise<void> {
    const core = this.#open();
    await core.write((database) => database.run(sql, ...values));
    core.wake();
  }

  #context(core: EngineCore): SubmitContext {
    const { agingMs, maxQueued } = core.options;
    return { now: core.now, agingMs, maxQueued };
  }

  #open(): EngineCore {
    return this.#core ?? raise(engineStopped());
  }
}

function capsOf(maxValueBytes: number, worstCaseMs: number): EngineCaps {
  return {
    name: 'sqlite',
    durable: true,
    reach: 'one-host',
    failover: { kind: 'claim-expiry', worstCaseMs },
    order: 'strict',
    aging: true,
    laneLimits: 'per-lane',
    atomicSubmit: true,
    positionalJournal: false,
    timerGrainMs: TIMER_GRAIN_MS,
    maxValueBytes,
  };
}

function raise(error: Error): never {
  throw error;
}
