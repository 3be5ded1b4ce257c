import type { Handler, ServeOptions, Serving, TaskSpec, TaskView } from '@master-orchestrator/contracts';
import { CancelledError, type Clock, type Json, type Random } from '@master-orchestrator/errors';
import { taskUnknown, deadlineExceeded } from '../engine-errors.js';
import type { EngineCore } from '../engine-core.js';
import { claimTasks, hasReady } from '../tasks/claim-tasks.js';
import { concludeTask } from '../tasks/conclude-task.js';
import {
  addEvent,
  parse,
  SELECT_FULL,
  stepsOf,
  taskById,
  viewOf,
  type FullTaskRow,
  type TaskRow,
} from '../tasks/rows.js';
import { forgetStep, isHeld, writeStep, type StepWrite } from '../tasks/step-log.js';
import { checkedSpec } from '../tasks/submission.js';
import { submitTasks } from '../tasks/submit-tasks.js';
import { cancelTask } from '../tasks/sweep.js';
import { openDescendants } from '../tasks/transitions.js';
import { lookAtWait, park, requeue, type WaitFor, type WaitLook } from '../tasks/waits.js';
import { addWorker, dropWorker, renewLease } from '../tasks/workers.js';
import { Journal } from './journal.js';
import type { RunEnding, Settled } from './run-ending.js';
import { SqliteRun, type RunHost } from './sqlite-run.js';
import type { TimerQueue } from './timer-queue.js';

/** Time for handlers to settle after their signal has fired on shutdown (ERRORS: 5 s). */
const ABORT_GRACE_MS = 5_000;
/** A handler that ignores its signal is left behind after this time: its task ends, its slot stays taken. */
const STUBBORN_MS = 10_000;
/** Wait before a run whose handler met an unavailable engine is given back. */
const UNAVAILABLE_RETRY_MS = 1_000;
/** Time to take the worker off the list at the end. */
const LEAVE_MS = 2_000;
/** Reports that wait to be written; beyond, they are dropped: they are best effort. */
const MOST_PENDING_REPORTS = 10_000;

/** One `serve` call: its slots, its lease, and the runs it holds. */
export class SqliteServing implements Serving, RunHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: TimerQueue;
  readonly maxValueBytes: number;
  readonly #core: EngineCore;
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #options: ServeOptions;
  readonly #lanes: ReadonlySet<string> | undefined;
  readonly #runs = new Map<number, SqliteRun>();
  readonly #beginning = new Set<number>();
  readonly #onChange: () => void;
  #worker = 0;
  #used = 0;
  #isClaiming = false;
  #isAgain = false;
  #isDraining = false;
  #stopBeat: (() => void) | undefined;
  #drained: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;
  #isInGrace = false;
  #stopHurry: (() => void) | undefined;

  /** @param onChange - Told when the number of runs changes, and when it has drained. */
  constructor(core: EngineCore, handlers: ReadonlyMap<string, Handler>, options: ServeOptions, onChange: () => void) {
    this.#core = core;
    this.#handlers = handlers;
    this.#options = options;
    this.#onChange = onChange;
    this.#lanes = options.lanes === undefined ? undefined : new Set(options.lanes);
    this.clock = core.options.clock;
    this.random = core.options.random;
    this.maxValueBytes = core.options.maxValueBytes;
    this.timers = core.timers;
  }

  get active(): number {
    return this.#runs.size;
  }

  get isDrained(): boolean {
    return this.#isDraining && this.#runs.size === 0;
  }

  /** Enters the worker and begins to renew its lease. */
  async start(): Promise<void> {
    await this.#enter();
    this.#beat();
  }

  /** A later call shortens the grace of the first one: whoever calls again is in a hurry. */
  drain(graceMs: number): Promise<void> {
    if (this.#isInGrace) {
      this.#stopHurry?.();
      this.#stopHurry = this.clock.setTimer(graceMs, () => this.#onEmpty?.(), true);
    }
    return (this.#drained ??= this.#drain(graceMs));
  }

  /** Looks at what may have changed: lost claims, cancels, waits that are over, room for more. */
  refresh(): void {
    this.#lookAtHeld();
    void this.#claim();
  }

  /** The run of a task, if this worker has it. */
  runOf(id: string): SqliteRun | undefined {
    for (const run of this.#runs.values()) if (run.id === id) return run;
    return undefined;
  }

  write(run: SqliteRun, step: StepWrite, isCostly: boolean): Promise<boolean> {
    return this.#core.write((database) => writeStep(database, run.task, step), { isCostly, isPatient: true });
  }

  async forget(run: SqliteRun, ordinal: number): Promise<void> {
    await this.#core.write((database) => forgetStep(database, run.task, ordinal), { isPatient: true });
  }

  look(run: SqliteRun, step: Omit<StepWrite, 'state'>, wait: WaitFor): Promise<WaitLook> {
    return this.#core.write((database) => lookAtWait(database, run.task, step, wait, this.#core.now), {
      isPatient: true,
    });
  }

  spawn(run: SqliteRun, step: Omit<StepWrite, 'state'>, specs: readonly TaskSpec[]): Promise<string[] | 'lost'> {
    const { agingMs } = this.#core.options;
    const maxQueued = Infinity; // a run that was accepted is not to fail because others fill the queue
    const checked = specs.map((spec) => checkedSpec({ parent: run.id, ...spec }, this.maxValueBytes));
    const submitted = this.#core.write(
      (database) => {
        if (!isHeld(database, run.task)) return 'lost';
        const outcomes = submitTasks(database, checked, { now: this.#core.now, agingMs, maxQueued });
        const ids = outcomes.map((one) => (one.outcome === 'blocked-by-unique-key' ? one.holder : one.id));
        writeStep(database, run.task, { ...step, state: 'done', value: JSON.stringify(ids) });
        return ids;
      },
      { isPatient: true },
    );
    void submitted.then(() => this.#core.wake()).catch(() => {});
    return submitted;
  }

  viewsOf(ids: readonly string[]): Promise<TaskView[]> {
    return this.#core.read((database) =>
      ids.map((id) => {
        const row = database.get<FullTaskRow>(`${SELECT_FULL} WHERE task.id = ?`, id);
        if (row === undefined) throw taskUnknown(id);
        return viewOf(row);
      }),
    );
  }

  park(run: SqliteRun): Promise<'parked' | 'due' | 'lost'> {
    return this.#core.write((database) => park(database, run.task, this.#core.now), { isPatient: true });
  }

  async requeue(run: SqliteRun): Promise<void> {
    const outcome = await this.#core.write((database) => requeue(database, run.task, this.#core.moment), {
      isPatient: true,
    });
    if (outcome === 'lost') run.loseClaim();
    else void this.#claim();
  }

  counted(isTaken: boolean): void {
    this.#used += isTaken ? 1 : -1;
    if (!isTaken) void this.#claim();
  }

  report(run: SqliteRun, type: string, data: Json): void {
    if (this.#core.writer.pending > MOST_PENDING_REPORTS) return;
    this.#core.write((database) => addEvent(database, this.#core.now, run.id, type, data)).catch(() => {});
  }

  async #enter(): Promise<void> {
    const { workerId, claimMs } = this.#options;
    this.#worker = await this.#core.write((database) => addWorker(database, workerId, this.#core.now, claimMs), {
      isPatient: true,
    });
  }

  /** Renews the lease every third of its length. */
  #beat(): void {
    const { claimMs } = this.#options;
    const isKeepingAlive = this.#runs.size > 0;
    this.#stopBeat = this.clock.setTimer(
      claimMs / 3,
      () => {
        const worker = this.#worker;
        this.#core
          .write((database) => renewLease(database, worker, this.#core.now + claimMs), { isPatient: true })
          .then((isAlive) => (isAlive || this.#isDraining ? undefined : this.#startAnew()))
          .catch(() => {})
          .finally(() => (this.#stopBeat === undefined ? undefined : this.#beat()));
      },
      isKeepingAlive,
    );
  }

  /** This worker was taken for dead: what it held is somebody else's, and it begins again under a new number. */
  async #startAnew(): Promise<void> {
    const { workerId } = this.#options;
    this.#core.options.logger.warn(
      { workerId, runs: this.#runs.size },
      'worker was silent for too long and has lost its claims',
    );
    for (const run of this.#runs.values()) run.loseClaim();
    await this.#enter();
  }

  #lookAtHeld(): void {
    const sql = 'SELECT seq, claim, cancel_reason FROM task WHERE worker = ? AND worker <> 0';
    const rows = this.#core.database.all<Pick<TaskRow, 'seq' | 'claim' | 'cancel_reason'>>(sql, this.#worker);
    const held = new Map(rows.map((row) => [row.seq, row]));
    for (const [seq, run] of this.#runs) {
      const row = held.get(seq);
      if (row === undefined || row.claim !== run.task.claim) run.loseClaim();
      else if (row.cancel_reason !== null) this.cancelRun(run, row.cancel_reason);
    }
    for (const row of rows) if (!this.#runs.has(row.seq) && !this.#beginning.has(row.seq)) void this.#giveBack(row);
    for (const { task } of this.#core.database.all<{ task: number }>('SELECT DISTINCT task FROM wait WHERE due = 1')) {
      this.#runs.get(task)?.lookAtWaits();
    }
  }

  /** Fires the signal of a run that is to be cancelled. */
  cancelRun(run: SqliteRun, reason: string): void {
    run.end({ kind: 'cancelled', reason }, new CancelledError(reason));
  }

  /** Takes as much as there is room for; asked again meanwhile, it looks again afterwards. */
  async #claim(): Promise<void> {
    if (this.#isDraining || this.#worker === 0) return;
    if (this.#isClaiming) {
      this.#isAgain = true;
      return;
    }
    this.#isClaiming = true;
    try {
      do {
        this.#isAgain = false;
        await this.#claimOnce();
      } while (this.#isAgain && !this.#isDraining);
    } catch (error) {
      this.#core.options.logger.warn({ error }, 'claiming tasks failed; it is tried again');
    } finally {
      this.#isClaiming = false;
    }
  }

  async #claimOnce(): Promise<void> {
    const free = this.#options.slots - this.#used;
    const worker = this.#worker;
    if (free <= 0 || !(await this.#core.read((database) => hasReady(database, worker)))) return;
    const claimer = {
      worker,
      workerName: this.#options.workerId,
      free,
      agingMs: this.#core.options.agingMs,
      accepts: (lane: string, kind: string) =>
        this.#handlers.has(kind) && (this.#lanes === undefined || this.#lanes.has(lane)),
    };
    const tasks = await this.#core.write((database) => claimTasks(database, { ...claimer, now: this.#core.now }));
    await Promise.all(tasks.map(({ task, isResumed }) => (isResumed ? this.#resume(task) : this.#begin(task))));
  }

  async #resume(task: TaskRow): Promise<void> {
    const run = this.#runs.get(task.seq);
    if (run?.task.claim === task.claim) return run.slot.grant();
    // The run ended between its wait and this claim; what it wrote then stands, or else the task goes to the next.
    await this.#giveBack(task);
  }

  /** Hands on what this worker holds by the store but has no run for; nothing where the claim has passed on. */
  async #giveBack(task: Pick<TaskRow, 'seq' | 'claim'>): Promise<void> {
    const ending = { kind: 'given-back', isUnavailable: false } as const;
    const given = this.#core.write((database) => concludeTask(database, task, ending, this.#core.moment));
    await given.catch((error: unknown) =>
      this.#core.options.logger.debug({ error }, 'giving a task back failed; it is tried again'),
    );
  }

  async #begin(task: TaskRow): Promise<void> {
    this.#beginning.add(task.seq);
    try {
      await this.#beginRun(task);
    } finally {
      this.#beginning.delete(task.seq);
    }
  }

  async #beginRun(task: TaskRow): Promise<void> {
    const { input, steps } = await this.#core.read((database) => ({
      input: database.get<{ input: string }>('SELECT input FROM task_data WHERE seq = ?', task.seq)?.input ?? 'null',
      steps: stepsOf(database, task.seq),
    }));
    const { seq, claim, id, lane, delivery, begins, deadline } = task;
    const deliveryTimeoutMs = task.delivery_timeout_ms ?? undefined;
    const run = new SqliteRun(
      { seq, claim, id, lane, delivery, begins, deliveryTimeoutMs },
      Journal.fromRows(steps),
      this,
    );
    this.#runs.set(seq, run);
    this.#onChange();
    if (deadline !== null) run.deadlineTimer = this.timers.set(deadline, () => this.#expire(run, deadline));
    run.slot.grant();
    void this.#deliver(run, this.#handlers.get(task.kind) as Handler, parse(input));
    // A cancel may have come between the claim and now.
    this.#core.wake();
  }

  async #deliver(run: SqliteRun, handler: Handler, input: Json): Promise<void> {
    run.abort.addEventListener('abort', () => this.#watchStubborn(run), { once: true });
    let settled: Settled;
    try {
      settled = { value: await handler(run, input) };
    } catch (thrown) {
      settled = { thrown };
    }
    await this.#conclude(run, settled);
    if (run.slot.isCounted) this.counted(false);
  }

  #expire(run: SqliteRun, deadline: number): void {
    const error = deadlineExceeded(run.id, deadline);
    run.end({ kind: 'failed', error }, error);
    const reason = `its parent "${run.id}" passed its deadline`;
    const cancelled = this.#core.write((database) => {
      const task = taskById(database, run.id);
      if (task !== undefined)
        for (const child of openDescendants(database, task)) cancelTask(database, child, reason, this.#core.moment);
    });
    void cancelled.then(() => this.#core.wake()).catch(() => {});
  }

  #watchStubborn(run: SqliteRun): void {
    run.stubbornTimer = this.timers.set(this.clock.now() + STUBBORN_MS, () => this.#leaveBehind(run));
  }

  /** Ends the task of a handler that does not settle after its signal; the slot stays taken until it does. */
  #leaveBehind(run: SqliteRun): void {
    this.#core.options.logger.warn({ taskId: run.id }, 'handler ignores its abort signal and was left behind');
    void this.#conclude(run, { thrown: run.abort.reason });
  }

  /** Once per run: lets its task go on to what the ending says. */
  async #conclude(run: SqliteRun, settled: Settled): Promise<void> {
    if (this.#runs.get(run.task.seq) !== run || run.isConcluded) return;
    run.isConcluded = true;
    const ending = run.conclude(settled);
    this.timers.clear(run.stubbornTimer);
    this.timers.clear(run.deadlineTimer);
    await this.#settle(run, ending).catch((error: unknown) => {
      this.#core.options.logger.error(
        { taskId: run.id, error },
        'the end of a run could not be stored; its claim will run out',
      );
    });
    this.#runs.delete(run.task.seq);
    this.#onChange();
    if (this.#runs.size === 0) this.#onEmpty?.();
    this.#core.wake();
  }

  async #settle(run: SqliteRun, ending: RunEnding): Promise<void> {
    if (ending.kind === 'lost') return;
    if (ending.kind === 'given-back' && ending.isUnavailable && !this.#isDraining) {
      await new Promise<void>((resolve) => this.clock.setTimer(UNAVAILABLE_RETRY_MS, resolve, true));
    }
    await this.#core.write((database) => concludeTask(database, run.task, ending, this.#core.moment), {
      isPatient: true,
    });
  }

  async #drain(graceMs: number): Promise<void> {
    this.#isDraining = true;
    for (const run of this.#runs.values()) run.drain();
    this.#isInGrace = true;
    await this.#empty(graceMs);
    this.#isInGrace = false;
    this.#stopHurry?.();
    for (const run of this.#runs.values()) run.giveBack();
    await this.#empty(ABORT_GRACE_MS);
    for (const run of this.#runs.values()) this.#leaveBehind(run);
    await this.#empty(ABORT_GRACE_MS);
    this.#stopBeat?.();
    this.#stopBeat = undefined;
    if (this.#runs.size === 0) await this.#leave();
    this.#onChange();
  }

  /** Takes the worker off the list. A store that cannot be written must not hold up the end: its lease runs out. */
  async #leave(): Promise<void> {
    const left = this.#core.write((database) => dropWorker(database, this.#worker)).catch(() => {});
    let cancel: (() => void) | undefined;
    const timeout = new Promise<void>((resolve) => (cancel = this.clock.setTimer(LEAVE_MS, resolve, true)));
    await Promise.race([left, timeout]);
    cancel?.();
  }

  /** Resolves when no run is left, or after the time. */
  #empty(withinMs: number): Promise<void> {
    if (this.#runs.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.clock.setTimer(withinMs, resolve, true);
      this.#onEmpty = () => {
        cancel();
        resolve();
      };
    });
  }
}
