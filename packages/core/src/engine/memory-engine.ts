import type {
  EngineCaps,
  EngineOptions,
  FeedFilter,
  FeedItem,
  Handler,
  Limits,
  Phase,
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
import { CancelledError, type Json, type SerializedError } from '@master-orchestrator/errors';
import { BlobShelf } from './blob-shelf.js';
import { Dispatcher, type Permit } from './dispatcher.js';
import {
  deadlineExceeded,
  engineStopped,
  queueFull,
  serializeFailure,
  stepUnknown,
  taskNotPaused,
  taskUnknown,
} from './engine-errors.js';
import { copyJson } from './json-value.js';
import type { MemoryEngineOptions, SubmitOptions } from './memory-engine-options.js';
import { MemoryFeed } from './memory-feed.js';
import { MemoryRun, type RunEnding, type RunHost } from './memory-run.js';
import { MemoryServing } from './memory-serving.js';
import { MemoryStateStore } from './memory-state-store.js';
import { checkDependencies, checkedSpec } from './submission.js';
import { TaskRecord } from './task-record.js';
import { TaskTable, type KeepFinished } from './task-table.js';
import { TimerQueue } from './timer-queue.js';

const DEFAULT_AGING_MS = 60_000;
const DEFAULT_MAX_QUEUED = 10_000;
const DEFAULT_MAX_VALUE_BYTES = 1_048_576;
const DEFAULT_FEED_ITEMS = 10_000;
const DEFAULT_KEEP: KeepFinished = { count: 10_000, ageMs: 3_600_000 };
/** A handler that ignores its signal is left behind after this time: its task ends, its slot stays taken. */
const STUBBORN_MS = 10_000;
/** Wait before a run whose handler met an unavailable engine is tried again. */
const UNAVAILABLE_RETRY_MS = 1_000;

/**
 * The task engine on plain maps: everything of the port but durability. Nothing survives the process. Values that step
 * bodies and handlers return are kept without a copy: treat them as immutable.
 */
export function createMemoryEngine(options: MemoryEngineOptions): TaskEngine {
  return new MemoryEngine(options);
}

class MemoryEngine implements TaskEngine, RunHost {
  readonly caps: EngineCaps;
  readonly state: StateStore;
  readonly clock: EngineOptions['clock'];
  readonly random: EngineOptions['random'];
  readonly timers: TimerQueue;
  readonly maxValueBytes: number;
  readonly #options: MemoryEngineOptions;
  readonly #table: TaskTable;
  readonly #feed: MemoryFeed;
  readonly #dispatcher: Dispatcher;
  readonly #servings = new Set<MemoryServing>();
  readonly #endings: (() => void)[] = [];
  #isEnding = false;
  #seq = 0;
  #served = 0;
  #activeRuns = 0;
  #isStopped = false;

  constructor(options: MemoryEngineOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.random = options.random;
    this.maxValueBytes = options.maxValueBytes ?? DEFAULT_MAX_VALUE_BYTES;
    this.timers = new TimerQueue(options.clock);
    this.caps = capsOf(this.maxValueBytes);
    this.#table = new TaskTable({ ...DEFAULT_KEEP, ...options.keepFinished });
    this.#feed = new MemoryFeed(options.feedItems ?? DEFAULT_FEED_ITEMS);
    const store: MemoryStateStore = new MemoryStateStore(
      this.maxValueBytes,
      new BlobShelf(options.clock, () => this.#storedValues(store)),
    );
    this.state = store;
    this.#dispatcher = new Dispatcher({
      clock: options.clock,
      agingMs: options.agingMs ?? DEFAULT_AGING_MS,
      limits: options.limits ?? {},
      begin: (record, permit) => this.#begin(record, permit),
    });
  }

  async start(): Promise<void> {
    this.#isStopped = false;
    this.#feed.open();
  }

  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#servings].map((serving) => serving.drain(graceMs)));
    this.#feed.close();
    this.timers.keepAlive(false);
  }

  async submit(batch: readonly TaskSpec[]): Promise<Submitted[]> {
    return this.#submit(batch);
  }

  async cancel(id: string, reason: string): Promise<'accepted' | 'already-final' | 'unknown'> {
    const record = this.#table.get(id);
    if (record === undefined) return 'unknown';
    if (record.isFinal) return 'already-final';
    this.#cancelTree(record, reason);
    return 'accepted';
  }

  async signal(id: string, channel: string, body: Json, messageId: string): Promise<'stored' | 'repeat' | 'final'> {
    const record = this.#table.get(id) ?? raise(taskUnknown(id));
    if (record.isFinal) return 'final';
    const copy = copyJson(body, `Message "${messageId}" for task "${id}"`, this.maxValueBytes);
    return record.mailbox.put(channel, { body: copy, messageId }) ? 'stored' : 'repeat';
  }

  async resume(id: string): Promise<void> {
    const record = this.#table.get(id) ?? raise(taskUnknown(id));
    if (record.isFinal) throw taskNotPaused(id, record.phase);
    if (record.phase !== 'paused') return;
    const step = record.error?.code === 'EFFECT_UNKNOWN' ? record.error.details?.['step'] : undefined;
    const entry = typeof step === 'string' ? record.journal.get(step) : undefined;
    if (entry?.state === 'intended') entry.isRepeatAllowed = true;
    record.error = undefined;
    this.#ready(record);
  }

  async fork(id: string, fromKey: string, newId: string): Promise<Submitted> {
    const source = this.#table.get(id) ?? raise(taskUnknown(id));
    const journal = source.journal.before(fromKey) ?? raise(stepUnknown(id, fromKey));
    const { uniqueKey: _key, after: _after, notBefore: _notBefore, deadline: _deadline, ...spec } = source.spec;
    const prepare = (record: TaskRecord): void => {
      record.journal = journal;
    };
    const [submitted] = this.#submit([{ ...spec, id: newId }], { prepare });
    return submitted as Submitted;
  }

  async setLimits(limits: Limits): Promise<void> {
    this.#dispatcher.setLimits(limits);
  }

  async pauseLane(lane: string): Promise<void> {
    this.#dispatcher.pauseLane(lane);
  }

  async resumeLane(lane: string): Promise<void> {
    this.#dispatcher.resumeLane(lane);
  }

  async get(id: string): Promise<TaskView | undefined> {
    return this.#table.get(id)?.view();
  }

  async list(query: TaskQuery): Promise<{ items: TaskView[]; next?: string }> {
    return this.#table.list(query);
  }

  async journal(id: string): Promise<StepView[]> {
    return (this.#table.get(id) ?? raise(taskUnknown(id))).journal.views();
  }

  feed(from: string, filter?: FeedFilter): AsyncIterable<FeedItem> {
    return this.#feed.read(from, filter);
  }

  async purge(finishedBefore: number): Promise<number> {
    return this.#table.purge(finishedBefore);
  }

  async serve(handlers: ReadonlyMap<string, Handler>, options: ServeOptions): Promise<Serving> {
    if (this.#isStopped) throw engineStopped();
    this.#served += 1;
    const serving = new MemoryServing(handlers, options, `${options.workerId}#${this.#served}`, {
      clock: this.clock,
      stopClaiming: (worker) => this.#dispatcher.removeWorker(worker),
      leaveBehind: (run) => this.#leaveBehind(run),
      drained: (worker) => this.#servings.delete(worker),
    });
    this.#servings.add(serving);
    this.#dispatcher.addWorker(serving);
    return serving;
  }

  release(run: MemoryRun): void {
    const { permit, record } = run;
    if (permit === undefined) return;
    run.permit = undefined;
    this.#setPhase(record, 'waiting');
    this.#dispatcher.release(permit);
  }

  requeue(run: MemoryRun): void {
    this.#setPhase(run.record, 'ready');
    this.#dispatcher.enqueue(run.record, run.serving);
  }

  submitChildren(parent: TaskRecord, specs: readonly TaskSpec[]): string[] {
    // Not bounded: a run that was accepted is not to fail because others fill the queue.
    const submitted = this.#submit(
      specs.map((spec) => ({ parent: parent.id, ...spec })),
      { mostUnfinished: Infinity },
    );
    return submitted.map((one) => (one.outcome === 'blocked-by-unique-key' ? one.holder : one.id));
  }

  find(id: string): TaskRecord | undefined {
    return this.#table.get(id);
  }

  report(record: TaskRecord, type: string, data: Json): void {
    this.#feed.add(this.clock.now(), record.id, type, data);
  }

  #submit(batch: readonly TaskSpec[], options: SubmitOptions = {}): Submitted[] {
    if (this.#isStopped) throw engineStopped();
    const { fresh, results } = this.#sort(batch);
    checkDependencies(fresh, (id) => this.#table.get(id) !== undefined);
    const { mostUnfinished = this.#options.maxQueued ?? DEFAULT_MAX_QUEUED, prepare } = options;
    if (this.#table.unfinished + fresh.size > mostUnfinished && fresh.size > 0) {
      throw queueFull(this.#table.unfinished, fresh.size, mostUnfinished);
    }
    const now = this.clock.now();
    const records: TaskRecord[] = [];
    for (const spec of fresh.values()) records.push(new TaskRecord(spec, ++this.#seq, now));
    for (const record of records) {
      prepare?.(record);
      this.#table.add(record);
    }
    for (const record of records) this.#admit(record);
    return results;
  }

  /** Tells new tasks from known ones and from those whose unique key is taken, in the order of the batch. */
  #sort(batch: readonly TaskSpec[]): { fresh: Map<string, TaskSpec>; results: Submitted[] } {
    const fresh = new Map<string, TaskSpec>();
    const keys = new Map<string, string>();
    const results = batch.map((given): Submitted => {
      const spec = checkedSpec(given, this.maxValueBytes);
      const { id, uniqueKey } = spec;
      if (this.#table.get(id) !== undefined || fresh.has(id)) return { outcome: 'known', id };
      const holder = uniqueKey === undefined ? undefined : (this.#table.holderOf(uniqueKey)?.id ?? keys.get(uniqueKey));
      if (holder !== undefined) return { outcome: 'blocked-by-unique-key', id, holder };
      if (uniqueKey !== undefined) keys.set(uniqueKey, id);
      fresh.set(id, spec);
      return { outcome: 'created', id };
    });
    return { fresh, results };
  }

  /** Places a new task: behind its dependencies, until its time, or in line. */
  #admit(record: TaskRecord): void {
    const { deadline, after = [] } = record.spec;
    record.phase = 'blocked';
    if (deadline !== undefined) record.deadlineTimer = this.timers.set(deadline, () => this.#expire(record));
    for (const { task, when } of after) {
      const dependency = this.#table.get(task) as TaskRecord;
      if (dependency.isFinal) {
        if (when === 'completed' && dependency.phase !== 'completed') return this.#skip(record, dependency);
        continue;
      }
      record.openDependencies += 1;
      (dependency.dependents ??= []).push({ record, when });
    }
    if (record.openDependencies > 0) this.#announce(record, undefined);
    else this.#schedule(record, undefined);
  }

  #schedule(record: TaskRecord, previous: Phase | undefined): void {
    const { notBefore } = record.spec;
    if (notBefore === undefined || notBefore <= this.clock.now()) return this.#ready(record, previous);
    this.#sleep(record, notBefore, previous);
  }

  #sleep(record: TaskRecord, until: number, previous: Phase | undefined): void {
    record.phase = 'scheduled';
    this.#announce(record, previous);
    record.wakeTimer = this.timers.set(until, () => this.#ready(record));
  }

  #ready(record: TaskRecord, previous: Phase | undefined = record.phase): void {
    record.phase = 'ready';
    this.#announce(record, previous);
    this.#dispatcher.enqueue(record);
  }

  /** Gives a slot to a task: to its suspended run, or to a new delivery. */
  #begin(record: TaskRecord, permit: Permit): void {
    const serving = permit.worker as MemoryServing;
    if (record.run !== undefined) {
      this.#setPhase(record, 'running');
      record.run.grant(permit);
      return;
    }
    record.delivery += 1;
    record.begins += 1;
    record.startedAt ??= this.clock.now();
    record.worker = serving.options.workerId;
    const run = new MemoryRun(record, this, serving);
    record.run = run;
    serving.runs.add(run);
    this.#countRuns(1);
    this.#setPhase(record, 'running');
    run.grant(permit);
    void this.#deliver(run, serving.handlers.get(record.spec.kind) as Handler);
  }

  async #deliver(run: MemoryRun, handler: Handler): Promise<void> {
    let settled: { readonly value: Json } | { readonly thrown: unknown };
    try {
      settled = { value: await handler(run, run.record.spec.input) };
    } catch (thrown) {
      settled = { thrown };
    }
    this.#conclude(run, settled);
    this.#freeSlot(run);
  }

  stopping(run: MemoryRun): void {
    this.#dispatcher.remove(run.record);
    run.stubbornTimer = this.timers.set(this.clock.now() + STUBBORN_MS, () => this.#leaveBehind(run));
  }

  /** Ends the task of a handler that does not settle after its signal; the slot stays taken until it does. */
  #leaveBehind(run: MemoryRun): void {
    this.#options.logger.warn(
      { taskId: run.id, kind: run.record.spec.kind },
      'handler ignores its abort signal and was left behind',
    );
    this.#conclude(run, { thrown: run.abort.reason });
  }

  /** Once per run: takes it off its task, and lets the task go on to what the ending says. */
  #conclude(run: MemoryRun, settled: { readonly value: Json } | { readonly thrown: unknown }): void {
    const { record } = run;
    if (record.run !== run) return;
    const ending = run.conclude(settled);
    record.run = undefined;
    record.worker = undefined;
    this.timers.clear(run.stubbornTimer);
    run.serving.forget(run);
    this.#countRuns(-1);
    this.#apply(record, ending);
  }

  #freeSlot(run: MemoryRun): void {
    const { permit } = run;
    run.permit = undefined;
    if (permit !== undefined) this.#dispatcher.release(permit);
  }

  #apply(record: TaskRecord, ending: RunEnding): void {
    switch (ending.kind) {
      case 'completed':
        record.result = ending.value;
        return this.#finish(record, 'completed');
      case 'failed':
        return this.#fail(record, serializeFailure(ending.error));
      case 'cancelled':
        record.cancelReason = ending.reason;
        return this.#finish(record, 'cancelled', ending.reason);
      case 'paused':
        record.error = serializeFailure(ending.error);
        return this.#setPhase(record, 'paused');
      case 'given-back':
        record.delivery -= 1;
        if (ending.isUnavailable) return this.#sleep(record, this.clock.now() + UNAVAILABLE_RETRY_MS, record.phase);
        return this.#ready(record);
    }
  }

  #expire(record: TaskRecord): void {
    const error = deadlineExceeded(record.id, record.spec.deadline as number);
    for (const child of record.children ?? []) this.#cancelTree(child, `its parent "${record.id}" passed its deadline`);
    if (record.run !== undefined) record.run.end({ kind: 'failed', error }, error);
    else this.#fail(record, serializeFailure(error));
  }

  #cancelTree(root: TaskRecord, reason: string): void {
    const open = [root];
    for (let record = open.pop(); record !== undefined; record = open.pop()) {
      if (record.isFinal) continue;
      open.push(...(record.children ?? []));
      if (record.run !== undefined) record.run.end({ kind: 'cancelled', reason }, new CancelledError(reason));
      else this.#apply(record, { kind: 'cancelled', reason });
    }
  }

  #fail(record: TaskRecord, error: SerializedError): void {
    record.error = error;
    this.#finish(record, 'failed');
  }

  #skip(record: TaskRecord, dependency: TaskRecord): void {
    this.#finish(record, 'skipped', `its dependency "${dependency.id}" ended ${dependency.phase}`);
  }

  /** Ends a task. Tasks that end because of it follow one after the other, not in a recursion. */
  #finish(record: TaskRecord, phase: Phase, reason?: string): void {
    if (record.isFinal) return;
    const previous = record.phase;
    record.phase = phase;
    record.endedAt = this.clock.now();
    this.timers.clear(record.deadlineTimer);
    this.timers.clear(record.wakeTimer);
    this.#dispatcher.remove(record);
    this.#announce(record, previous, reason);
    this.#endings.push(() => this.#spread(record));
    if (this.#isEnding) return;
    this.#isEnding = true;
    try {
      for (let next = this.#endings.shift(); next !== undefined; next = this.#endings.shift()) next();
    } finally {
      this.#isEnding = false;
    }
  }

  /** Tells those who wait for a task that it has ended. */
  #spread(record: TaskRecord): void {
    this.#table.finish(record, this.clock.now());
    const { dependents, watchers } = record;
    record.dropWork();
    for (const { record: dependent, when } of dependents ?? []) {
      if (dependent.isFinal) continue;
      dependent.openDependencies -= 1;
      if (when === 'completed' && record.phase !== 'completed') this.#skip(dependent, record);
      else if (dependent.openDependencies === 0) this.#schedule(dependent, 'blocked');
    }
    for (const watch of watchers ?? []) watch();
  }

  #setPhase(record: TaskRecord, phase: Phase): void {
    const previous = record.phase;
    if (previous === phase) return;
    record.phase = phase;
    this.#announce(record, previous);
  }

  #announce(record: TaskRecord, previous: Phase | undefined, reason?: string): void {
    const data: { [key: string]: Json } = {
      phase: record.phase,
      previous: previous ?? null,
      delivery: record.delivery,
    };
    if (record.worker !== undefined) data['worker'] = record.worker;
    if (reason !== undefined) data['reason'] = reason;
    if (record.error !== undefined) data['error'] = record.error as unknown as Json;
    this.#feed.add(this.clock.now(), record.id, 'phase', data);
  }

  #countRuns(change: number): void {
    this.#activeRuns += change;
    this.timers.keepAlive(this.#activeRuns > 0);
  }

  *#storedValues(store: MemoryStateStore): IterableIterator<unknown> {
    yield* store.table.values();
    for (const record of this.#table.values()) {
      yield record.spec.input;
      yield record.result;
      for (const entry of record.journal.outcomes()) yield entry.value;
    }
  }
}

function capsOf(maxValueBytes: number): EngineCaps {
  return {
    name: 'memory',
    durable: false,
    reach: 'one-process',
    failover: { kind: 'none', worstCaseMs: 0 },
    order: 'strict',
    aging: true,
    laneLimits: 'per-lane',
    atomicSubmit: true,
    positionalJournal: false,
    timerGrainMs: 50,
    maxValueBytes,
  };
}

function raise(error: Error): never {
  throw error;
}
