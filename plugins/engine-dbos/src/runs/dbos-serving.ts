import type { Handler, ServeOptions, Serving, TaskSpec, TaskView } from '@master-orchestrator/contracts';
import { CancelledError, OrchestratorError, type Clock, type Json, type Random } from '@master-orchestrator/errors';
import type { DbosRuntime, RecordStep } from '../dbos/dbos-runtime.js';
import type { EngineCore } from '../engine-core.js';
import { claimLost, deadlineExceeded, serializeFailure, taskUnknown } from '../engine-errors.js';
import { parse, viewOf, type TaskRow } from '../tasks/rows.js';
import { spawnTasks } from '../tasks/submit-tasks.js';
import { DbosRun, type RunHost } from './dbos-run.js';
import { Journal, type StepEntry } from './journal.js';
import { loadOpen, loadOutcomes, stepName, workflowIdOf } from './journal-rows.js';
import { Lease } from './lease.js';
import { ReportBuffer } from './report-buffer.js';
import type { RunEnding, Settled } from './run-ending.js';
import type { StepKind } from './step-kind.js';
import { StrayTasks, type HeldRow } from './stray-tasks.js';
import type { TimerQueue } from './timer-queue.js';
import { lookAtWait, type WaitFor, type WaitLook } from './waits.js';

/** Time for handlers to settle after their signal has fired on shutdown (ERRORS: 5 s). */
const ABORT_GRACE_MS = 5_000;
/** A handler that ignores its signal is left behind after this time: its task ends, its slot stays taken. */
const STUBBORN_MS = 10_000;
/** Wait before a run whose handler met an unavailable engine is given back. */
const UNAVAILABLE_RETRY_MS = 1_000;
const HASH = /[0-9a-f]{64}/;

const CLAIMED = `SELECT task_view.*, EXISTS (SELECT 1 FROM @.kept_step WHERE kept_step.task = task_view.number) AS has_kept
  FROM @.task_view WHERE number = ANY ($1::bigint[])`;

interface ClaimedRow extends TaskRow {
  /** It is a fork, so it has steps before its first delivery. */ readonly has_kept: boolean;
}

/** One `serve` call: its slots, its lease, and the runs it holds. */
export class DbosServing implements Serving, RunHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: TimerQueue;
  readonly maxValueBytes: number;
  readonly #core: EngineCore;
  readonly #runtime: DbosRuntime;
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #options: ServeOptions;
  readonly #onChange: () => void;
  readonly #lease: Lease;
  readonly #reports: ReportBuffer;
  readonly #strays: StrayTasks;
  readonly #runs = new Map<number, DbosRun>();
  readonly #records = new Map<DbosRun, RecordStep>();
  #used = 0;
  #beginning = 0;
  #isClaiming = false;
  #isClaimedAgain = false;
  #isLooking = false;
  #isLookedAgain = false;
  #isDraining = false;
  #drained: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;
  #isInGrace = false;
  #stopHurry: (() => void) | undefined;

  /** @param onChange - Told when the number of runs changes, and when it has drained. */
  constructor(
    core: EngineCore,
    runtime: DbosRuntime,
    handlers: ReadonlyMap<string, Handler>,
    options: ServeOptions,
    onChange: () => void,
  ) {
    this.#core = core;
    this.#runtime = runtime;
    this.#handlers = handlers;
    this.#options = options;
    this.#onChange = onChange;
    this.clock = core.options.clock;
    this.random = core.options.random;
    this.maxValueBytes = core.options.maxValueBytes;
    this.timers = core.timers;
    this.#lease = new Lease(core, options, () => this.#loseAll());
    this.#reports = new ReportBuffer(core.store);
    this.#strays = new StrayTasks(core, runtime);
  }

  get active(): number {
    return this.#runs.size;
  }

  /** Number of the worker in the store. */
  get worker(): number {
    return this.#lease.worker;
  }

  get isDrained(): boolean {
    return this.#isDraining && this.#runs.size === 0;
  }

  /** Enters the worker and begins to renew its lease. */
  start(): Promise<void> {
    return this.#lease.start();
  }

  /** A later call shortens the grace of the first one: whoever calls again is in a hurry. */
  drain(graceMs: number): Promise<void> {
    if (this.#isInGrace) {
      this.#stopHurry?.();
      this.#stopHurry = this.clock.setTimer(graceMs, () => this.#onEmpty?.(), true);
    }
    return (this.#drained ??= this.#drain(graceMs));
  }

  /** Looks at everything that may have changed. */
  refresh(): void {
    this.lookAtHeld();
    this.claim();
  }

  /** The run of a task, if this worker has it. */
  runOf(id: string): DbosRun | undefined {
    for (const run of this.#runs.values()) if (run.id === id) return run;
    return undefined;
  }

  /** Fires the signal of a run that is to be cancelled. */
  cancelRun(run: DbosRun, reason: string): void {
    run.end({ kind: 'cancelled', reason }, new CancelledError(reason));
  }

  record(run: DbosRun, kind: StepKind, key: string, produce: () => Promise<string>): Promise<void> {
    const record = this.#records.get(run);
    if (record === undefined) return Promise.reject(run.loseClaim());
    return record(stepName(kind, key), produce);
  }

  async intend({ task }: DbosRun, entry: StepEntry, attempt: number): Promise<boolean> {
    const values = [task.seq, task.claim, entry.key, attempt, Math.floor(entry.startedAt), task.delivery];
    return (await this.#core.store.call<boolean | null>('intend', values, { isPatient: true })) === true;
  }

  async forget({ task }: DbosRun, key: string): Promise<void> {
    await this.#core.store.call('forget_intent', [task.seq, task.claim, key], { isPatient: true });
  }

  async noteBlobs({ task }: DbosRun, text: string): Promise<void> {
    if (!HASH.test(text)) return;
    await this.#core.store.call('note_references', [`t${task.seq}`, text], { isPatient: true });
  }

  look({ task }: DbosRun, entry: StepEntry, wait: WaitFor): Promise<WaitLook> {
    return lookAtWait(this.#core.store, task, entry, wait);
  }

  spawn({ task }: DbosRun, specs: readonly TaskSpec[]): Promise<string[] | 'lost'> {
    const batch = specs.map((spec) => ({ parent: task.id, ...spec }));
    return spawnTasks(this.#core.store, task, batch, this.#core.options);
  }

  async viewsOf(ids: readonly string[]): Promise<TaskView[]> {
    const sql = 'SELECT * FROM @.task_view WHERE id = ANY ($1)';
    const rows = await this.#core.store.query<TaskRow>(sql, [ids], { isPatient: true });
    const views = new Map(rows.map((row) => [row.id, viewOf(row)]));
    return ids.map((id) => views.get(id) ?? raise(taskUnknown(id)));
  }

  async park({ task }: DbosRun): Promise<'parked' | 'due' | 'lost'> {
    await this.#reports.flush();
    return this.#core.store.call('park', [task.seq, task.claim], { isPatient: true });
  }

  async requeue(run: DbosRun): Promise<void> {
    const { seq, claim } = run.task;
    const isQueued = await this.#core.store.call<boolean>('requeue', [seq, claim, this.#core.options.agingMs], {
      isPatient: true,
    });
    if (!isQueued) run.loseClaim();
    else this.claim();
  }

  counted(isTaken: boolean): void {
    this.#used += isTaken ? 1 : -1;
    if (!isTaken) this.claim();
  }

  report(run: DbosRun, type: string, data: Json): void {
    this.#reports.add(run.id, type, data);
  }

  /** Takes as much as there is room for; asked again meanwhile, it looks again afterwards. */
  claim(): void {
    this.#isClaimedAgain = true;
    if (this.#isClaiming) return;
    this.#isClaiming = true;
    void this.#claimAll();
  }

  /** Looks at what this worker holds by the store: claims that are gone, cancels, waits that are over. */
  lookAtHeld(): void {
    this.#isLookedAgain = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#lookAll();
  }

  async #claimAll(): Promise<void> {
    try {
      while (this.#isClaimedAgain && !this.#isDraining) {
        this.#isClaimedAgain = false;
        await this.#claimOnce();
      }
    } catch (error) {
      this.#core.options.logger.debug({ error }, 'claiming tasks failed; it is tried again');
    } finally {
      this.#isClaiming = false;
      this.#tellIfEmpty();
    }
  }

  async #claimOnce(): Promise<void> {
    const free = this.#options.slots - this.#used;
    const { worker } = this.#lease;
    if (free <= 0 || worker === 0) return;
    const { store, options } = this.#core;
    const values = [worker, free, [...this.#handlers.keys()], this.#options.lanes ?? null, options.agingMs];
    const claimed = await store.rows<{ seq: number; is_resumed: boolean }>('claim', values);
    if (claimed.length === 0) return;
    const found = await store.query<ClaimedRow>(CLAIMED, [claimed.map((one) => one.seq)], { isPatient: true });
    const rows = new Map(found.map((row) => [row.seq, row]));
    for (const { seq, is_resumed: isResumed } of claimed) {
      const row = rows.get(seq);
      if (row === undefined || row.worker !== worker) continue;
      if (isResumed) this.#resume(row);
      else void this.#begin(row);
    }
    // There may be more than fitted into one call.
    if (claimed.length === free) this.#isClaimedAgain = true;
  }

  #resume(row: ClaimedRow): void {
    const run = this.#runs.get(row.seq);
    // The run ended between its wait and this claim; what it wrote then stands, or else the task goes to the next.
    if (run?.task.claim === row.claim) run.slot.grant();
    else void this.#strays.giveBack(row);
  }

  async #begin(row: ClaimedRow): Promise<void> {
    const { seq, claim, id, lane, delivery, begins, deadline } = row;
    const deliveryTimeoutMs = row.delivery_timeout_ms ?? undefined;
    const task = { seq, claim, id, lane, delivery, begins, deliveryTimeoutMs };
    // The slot counts from here on, though the journal is still to be read.
    this.#used += 1;
    this.#beginning += 1;
    this.#strays.expect(seq);
    const run = await this.#journalOf(row).then(
      (journal) => new DbosRun(task, journal, this),
      (error: unknown) => this.#core.options.logger.warn({ taskId: id, error }, 'a journal could not be read'),
    );
    this.#used -= 1;
    this.#beginning -= 1;
    this.#strays.forget(seq);
    if (run === undefined) return this.#tellIfEmpty();
    this.#runs.set(seq, run);
    this.#onChange();
    if (this.#isDraining) run.drain();
    if (deadline !== null) run.deadlineTimer = this.timers.set(deadline, () => this.#expire(run, deadline));
    run.slot.grant();
    run.abort.addEventListener('abort', () => this.#watchStubborn(run), { once: true });
    await this.#launch(run, row);
    // A cancel may have come between the claim and now.
    this.lookAtHeld();
  }

  async #journalOf(row: ClaimedRow): Promise<Journal> {
    const { store, options } = this.#core;
    if (row.begins === 1 && !row.has_kept) return new Journal();
    const [outcomes, open] = await Promise.all([
      loadOutcomes(store, options.dbosSchema, row, row.begins - 1),
      loadOpen(store, row),
    ]);
    return Journal.fromRows(outcomes, open);
  }

  /** Hands the delivery to DBOS, which calls the handler. */
  async #launch(run: DbosRun, row: ClaimedRow): Promise<void> {
    const { id, kind, revision, lane, delivery } = row;
    const handler = this.#handlers.get(kind) as Handler;
    try {
      const started = await this.#runtime.start({
        workflowId: workflowIdOf(row, row.begins),
        attributes: { task: id, kind, revision, lane, delivery },
        run: (record) => this.#deliver(run, record, () => handler(run, parse(row.input))),
      });
      if (started === 'started') return;
      run.loseClaim();
    } catch (error) {
      run.end({ kind: 'given-back', isUnavailable: true }, OrchestratorError.isInstance(error) ? error : claimLost(id));
    }
    await this.#conclude(run, { thrown: run.abort.reason });
    if (run.slot.isCounted) this.counted(false);
  }

  /** One delivery from beginning to end; what it gives, or throws, DBOS notes as the workflow's. */
  async #deliver(run: DbosRun, record: RecordStep, handle: () => Promise<Json>): Promise<{ ending: string }> {
    this.#records.set(run, record);
    let settled: Settled;
    try {
      settled = { value: await handle() };
    } catch (thrown) {
      settled = { thrown };
    }
    const ending = await this.#conclude(run, settled);
    if (run.slot.isCounted) this.counted(false);
    if (ending?.kind === 'failed') throw ending.error;
    return { ending: ending?.kind ?? 'left behind' };
  }

  #expire(run: DbosRun, deadline: number): void {
    const error = deadlineExceeded(run.id, deadline);
    run.end({ kind: 'failed', error }, error);
    const reason = `its parent "${run.id}" passed its deadline`;
    const { store, options } = this.#core;
    void store.call('cancel_below', [run.id, reason, options.agingMs]).catch(() => {});
  }

  #watchStubborn(run: DbosRun): void {
    run.stubbornTimer = this.timers.set(this.clock.now() + STUBBORN_MS, () => this.#leaveBehind(run));
  }

  /** Ends the task of a handler that does not settle after its signal; the slot stays taken until it does. */
  #leaveBehind(run: DbosRun): void {
    if (run.isConcluded) return;
    this.#core.options.logger.warn({ taskId: run.id }, 'handler ignores its abort signal and was left behind');
    void this.#conclude(run, { thrown: run.abort.reason });
  }

  /** Once per run: lets its task go on to what the ending says. */
  async #conclude(run: DbosRun, settled: Settled): Promise<RunEnding | undefined> {
    if (this.#runs.get(run.task.seq) !== run || run.isConcluded) return undefined;
    run.isConcluded = true;
    const ending = run.conclude(settled);
    this.timers.clear(run.stubbornTimer);
    this.timers.clear(run.deadlineTimer);
    await this.#settle(run, ending).catch((error: unknown) => {
      this.#core.options.logger.error(
        { taskId: run.id, error },
        'the end of a run could not be stored; its lease will run out',
      );
    });
    this.#records.delete(run);
    this.#runs.delete(run.task.seq);
    this.#onChange();
    this.#tellIfEmpty();
    return ending;
  }

  async #settle(run: DbosRun, ending: RunEnding): Promise<void> {
    const { store, options } = this.#core;
    if (ending.kind === 'lost') return;
    if (ending.kind === 'given-back' && ending.isUnavailable && !this.#isDraining) {
      await new Promise<void>((resolve) => this.clock.setTimer(UNAVAILABLE_RETRY_MS, resolve, true));
    }
    await this.#reports.flush();
    // What still runs must commit nothing that the next delivery does not see.
    const { seq, claim, begins } = run.task;
    const mayGoOn = run.isRecording || (ending.kind === 'given-back' && ending.isUnavailable);
    if (mayGoOn) await this.#runtime.fence([workflowIdOf(run.task, begins)]);
    const value = ending.kind === 'completed' ? ending.value : null;
    const error = 'error' in ending ? JSON.stringify(serializeFailure(ending.error)) : null;
    const reason = ending.kind === 'cancelled' ? ending.reason : null;
    await store.call('conclude', [seq, claim, ending.kind, value, error, reason, options.agingMs], { isPatient: true });
  }

  #loseAll(): void {
    const { logger } = this.#core.options;
    logger.warn(
      { workerId: this.#options.workerId, runs: this.#runs.size },
      'worker was silent for too long and has lost its claims',
    );
    for (const run of this.#runs.values()) run.loseClaim();
  }

  async #lookAll(): Promise<void> {
    try {
      while (this.#isLookedAgain) {
        this.#isLookedAgain = false;
        await this.#lookOnce();
      }
    } catch (error) {
      this.#core.options.logger.debug({ error }, 'looking at held tasks failed; it is tried again');
    } finally {
      this.#isLooking = false;
    }
  }

  async #lookOnce(): Promise<void> {
    const { worker } = this.#lease;
    if (worker === 0) return;
    const known = [...this.#runs.values()];
    const sql = `SELECT seq::float8 AS seq, id, begins, claim::float8 AS claim, cancel_reason,
        EXISTS (SELECT 1 FROM @.wait WHERE wait.task = task.seq AND wait.is_due AND NOT wait.is_over) AS is_due
      FROM @.task WHERE worker = $1 AND worker <> 0`;
    const rows = await this.#core.store.query<HeldRow & { cancel_reason: string | null; is_due: boolean }>(sql, [
      worker,
    ]);
    const held = new Map(rows.map((row) => [row.seq, row]));
    for (const run of known) {
      const row = held.get(run.task.seq);
      if (row === undefined || row.claim !== run.task.claim) run.loseClaim();
      else if (row.cancel_reason !== null) this.cancelRun(run, row.cancel_reason);
      else if (row.is_due) run.lookAtWaits();
    }
    this.#strays.note(rows.filter((row) => !this.#runs.has(row.seq)));
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
    await this.#reports.flush();
    await this.#lease.end();
    this.#onChange();
  }

  get #isEmpty(): boolean {
    return this.#runs.size === 0 && this.#beginning === 0 && !this.#isClaiming;
  }

  #tellIfEmpty(): void {
    if (this.#isEmpty) this.#onEmpty?.();
  }

  /** Resolves when no run is left, or after the time. */
  #empty(withinMs: number): Promise<void> {
    if (this.#isEmpty) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.clock.setTimer(withinMs, resolve, true);
      this.#onEmpty = () => {
        cancel();
        resolve();
      };
    });
  }
}

function raise(error: Error): never {
  throw error;
}
