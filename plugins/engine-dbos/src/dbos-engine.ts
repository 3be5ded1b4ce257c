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
import { Listener } from './database/listener.js';
import { prepareStore } from './database/open-store.js';
import { Store, type StoreAddress } from './database/store.js';
import type { DatabaseSource } from './database-source.js';
import type { DbosRuntime } from './dbos/dbos-runtime.js';
import { removeDeliveries } from './dbos/remove-deliveries.js';
import { acquireRuntime, releaseRuntime } from './dbos/shared-runtime.js';
import { EngineCore } from './engine-core.js';
import { engineStopped, taskNotPaused, taskUnknown } from './engine-errors.js';
import { EventFeed } from './feed/event-feed.js';
import { jsonText } from './json-value.js';
import { Keeper } from './keeper.js';
import { DEFAULT_RETENTION, removeFinished, type Retention } from './retention.js';
import { DbosServing } from './runs/dbos-serving.js';
import { loadOpen, loadOutcomes, stepViews } from './runs/journal-rows.js';
import { PgStateStore } from './state/state-store.js';
import { forkTask } from './tasks/fork-task.js';
import { listTasks } from './tasks/list-tasks.js';
import { FIRST_FINAL, phaseName, viewOf, type TaskRow } from './tasks/rows.js';
import { checkName, storableText } from './tasks/submission.js';
import { submitTasks } from './tasks/submit-tasks.js';

const DEFAULT_AGING_MS = 60_000;
const DEFAULT_MAX_QUEUED = 10_000;
/** Largest value as JSON, in bytes, unless the options say otherwise. */
export const DEFAULT_MAX_VALUE_BYTES = 1_048_576;
/** Connections of the engine, unless the options say otherwise. */
export const DEFAULT_CONNECTIONS = 8;
/** The default lease, and the look at others after it; a process of the same machine that is gone is noticed at once. */
const WORST_FAILOVER_MS = 16_000;
const TIMER_GRAIN_MS = 100;

/** What the engine can be told beyond what every engine is. */
export interface DbosEngineOptions {
  /** Schema of the engine's own tables. @default 'mao' */ readonly schema?: string;
  /** Schema of the tables of DBOS. @default 'dbos' */ readonly dbosSchema?: string;
  /** Connections of the engine; as many again for DBOS while it serves, and one to listen. @default 8 */
  readonly connections?: number;
  /** What is kept of finished tasks and of the feed. @default 30 days of tasks, 7 days or 1,000,000 items of the feed */
  readonly retention?: Partial<Retention>;
  /** Largest value as JSON, in bytes. @default 1_048_576 */ readonly maxValueBytes?: number;
}

/** The open parts of a started engine. */
interface Opened {
  readonly address: StoreAddress;
  readonly core: EngineCore;
  readonly feed: EventFeed;
  readonly state: StateStore;
}

/** A serving engine has DBOS and looks after the store. */
interface AtWork {
  readonly runtime: DbosRuntime;
  readonly keeper: Keeper;
}

/**
 * The task engine on PostgreSQL and DBOS Transact: durable, for any number of hosts. Order, limits, waits and the feed
 * are tables of its own, each change one call of a function; the steps of a delivery are committed by DBOS.
 */
export class DbosEngine implements TaskEngine {
  readonly caps: EngineCaps;
  readonly #source: DatabaseSource;
  readonly #host: EngineOptions;
  readonly #options: DbosEngineOptions;
  readonly #servings = new Set<DbosServing>();
  #opened: Opened | undefined;
  #starting: Promise<void> | undefined;
  #work: Promise<AtWork> | undefined;

  /** @param source - Where the database is, or what runs it. */
  constructor(source: DatabaseSource, host: EngineOptions, options: DbosEngineOptions = {}) {
    this.#source = source;
    this.#host = host;
    this.#options = options;
    this.caps = capsOf(source, options.maxValueBytes ?? DEFAULT_MAX_VALUE_BYTES);
  }

  get state(): StateStore {
    return this.#open().state;
  }

  /** @throws OrchestratorError STARTUP_FAILED, ENGINE_UNAVAILABLE */
  start(): Promise<void> {
    this.#starting ??= this.#start().catch(async (error: unknown) => {
      this.#starting = undefined;
      await this.#source.close().catch(() => {});
      throw error;
    });
    return this.#starting;
  }

  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    await this.#starting?.catch(() => {});
    const opened = this.#opened;
    if (opened === undefined) return;
    await Promise.all([...this.#servings].map((serving) => serving.drain(graceMs)));
    const work = await this.#work?.catch(() => undefined);
    work?.keeper.stop();
    this.#opened = undefined;
    this.#starting = undefined;
    this.#work = undefined;
    this.#servings.clear();
    opened.feed.close();
    opened.core.timers.keepAlive(false);
    await opened.core.listener.stop();
    if (work !== undefined) await releaseRuntime(work.runtime);
    await opened.core.store.close();
    await this.#source.close();
  }

  async submit(batch: readonly TaskSpec[]): Promise<Submitted[]> {
    const { core } = await this.#afterReaders();
    return submitTasks(core.store, batch, core.options);
  }

  async cancel(id: string, reason: string): Promise<'accepted' | 'already-final' | 'unknown'> {
    const { core } = await this.#afterReaders();
    const values = [storableText(id), storableText(reason), core.options.agingMs];
    const outcome = await core.store.call<'accepted' | 'already-final' | 'unknown'>('cancel', values);
    if (outcome !== 'accepted') return outcome;
    // The signal of a run in this process fires now; the store says so to the others.
    for (const serving of this.#servings) {
      const run = serving.runOf(id);
      if (run !== undefined) serving.cancelRun(run, reason);
    }
    return outcome;
  }

  async signal(id: string, channel: string, body: Json, messageId: string): Promise<'stored' | 'repeat' | 'final'> {
    const { core } = await this.#afterReaders();
    checkName(`The channel of a message for task "${id}"`, channel);
    checkName(`The id of a message for task "${id}"`, messageId);
    const text = jsonText(body, `Message "${messageId}" for task "${id}"`, this.caps.maxValueBytes);
    const values = [storableText(id), channel, text, messageId];
    const outcome = await core.store.call<'stored' | 'repeat' | 'final' | 'unknown'>('signal', values);
    return outcome === 'unknown' ? raise(taskUnknown(id)) : outcome;
  }

  async resume(id: string): Promise<void> {
    const { core } = await this.#afterReaders();
    const phase = await core.store.call<number | null>('resume', [storableText(id), core.options.agingMs]);
    if (phase === null) throw taskUnknown(id);
    if (phase >= FIRST_FINAL) throw taskNotPaused(id, phaseName(phase));
  }

  async fork(id: string, fromKey: string, newId: string): Promise<Submitted> {
    const { core } = await this.#afterReaders();
    return forkTask(core, { id: storableText(id), fromKey, newId });
  }

  async setLimits(limits: Limits): Promise<void> {
    await this.#open().core.store.call('set_limits', [JSON.stringify(limits)]);
  }

  async pauseLane(lane: string): Promise<void> {
    checkName('The name of a lane', lane);
    await this.#open().core.store.call('pause_lane', [lane]);
  }

  async resumeLane(lane: string): Promise<void> {
    await this.#open().core.store.call('resume_lane', [storableText(lane)]);
  }

  async get(id: string): Promise<TaskView | undefined> {
    const row = await this.#row(id);
    return row === undefined ? undefined : viewOf(row);
  }

  list(query: TaskQuery): Promise<{ items: TaskView[]; next?: string }> {
    return listTasks(this.#open().core.store, query);
  }

  async journal(id: string): Promise<StepView[]> {
    const { store, options } = this.#open().core;
    const row = (await this.#row(id)) ?? raise(taskUnknown(id));
    // What is open is read first: a step that ends meanwhile is then seen twice, not never.
    const open = await loadOpen(store, row);
    return stepViews(await loadOutcomes(store, options.dbosSchema, row), open);
  }

  feed(from: string, filter?: FeedFilter): AsyncIterable<FeedItem> {
    const { core, feed } = this.#open();
    const items = feed.read(from, filter);
    void core.listener.start();
    return items;
  }

  async purge(finishedBefore: number): Promise<number> {
    const { core, address } = this.#open();
    const { dbosSchema } = core.options;
    const work = await this.#work;
    return removeFinished(
      core,
      (ids) => work?.runtime.remove(ids) ?? removeDeliveries({ url: address.url, schema: dbosSchema }, ids),
      Math.floor(Math.min(finishedBefore, Number.MAX_SAFE_INTEGER)),
    );
  }

  /** @throws OrchestratorError STARTUP_FAILED where DBOS runs on another database in this process */
  async serve(handlers: ReadonlyMap<string, Handler>, options: ServeOptions): Promise<Serving> {
    const opened = this.#open();
    this.#work ??= this.#goToWork(opened).catch((error: unknown) => {
      this.#work = undefined;
      throw error;
    });
    const { runtime } = await this.#work;
    const serving = new DbosServing(opened.core, runtime, new Map(handlers), options, () => this.#onServing(serving));
    await serving.start();
    this.#servings.add(serving);
    serving.refresh();
    return serving;
  }

  async #start(): Promise<void> {
    const { clock, random, logger, agingMs = DEFAULT_AGING_MS, maxQueued = DEFAULT_MAX_QUEUED, limits } = this.#host;
    const { schema = 'mao', dbosSchema = 'dbos', connections = DEFAULT_CONNECTIONS } = this.#options;
    const address = { url: await this.#source.open(logger), schema };
    await prepareStore(address, { clock, random });
    const store = new Store({ ...address, clock, random, logger, connections });
    const core = new EngineCore(store, new Listener(address, clock, logger), {
      clock,
      random,
      logger,
      dbosSchema,
      agingMs: Math.ceil(agingMs),
      maxQueued,
      maxValueBytes: this.caps.maxValueBytes,
    });
    const feed = new EventFeed(core);
    this.#opened = { address, core, feed, state: new PgStateStore(core) };
    core.listener.onNews = (topic) => (topic === 'event' ? feed.wake() : undefined);
    if (limits !== undefined) await this.setLimits(limits);
  }

  /** Launches DBOS and begins to listen and to look after the store. */
  async #goToWork({ address, core, feed }: Opened): Promise<AtWork> {
    const { dbosSchema: schema, logger, clock } = core.options;
    const { connections = DEFAULT_CONNECTIONS } = this.#options;
    const runtime = await acquireRuntime({ url: address.url, schema, connections, clock, logger });
    const retention = { ...DEFAULT_RETENTION, ...this.#options.retention };
    const keeper = new Keeper(core, runtime, feed, this.#servings, retention);
    core.listener.onNews = (topic, payload) => keeper.hear(topic, payload);
    core.listener.onReturn = () => keeper.refresh();
    await core.listener.start();
    keeper.start();
    return { runtime, keeper };
  }

  #onServing(serving: DbosServing): void {
    if (serving.isDrained) this.#servings.delete(serving);
    const runs = [...this.#servings].reduce((sum, one) => sum + one.active, 0);
    this.#opened?.core.timers.keepAlive(runs > 0);
  }

  async #row(id: string): Promise<TaskRow | undefined> {
    const sql = 'SELECT * FROM @.task_view WHERE id = $1';
    const [row] = await this.#open().core.store.query<TaskRow>(sql, [storableText(id)]);
    return row;
  }

  /** A reader of the feed from `now` sees what is changed after its call, so the change waits until it knows where it begins. */
  async #afterReaders(): Promise<Opened> {
    const opened = this.#open();
    await opened.feed.started();
    return opened;
  }

  #open(): Opened {
    return this.#opened ?? raise(engineStopped());
  }
}

function capsOf(source: DatabaseSource, maxValueBytes: number): EngineCaps {
  return {
    name: source.scheme,
    durable: true,
    reach: source.reach,
    failover: { kind: 'heartbeat', worstCaseMs: WORST_FAILOVER_MS },
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
