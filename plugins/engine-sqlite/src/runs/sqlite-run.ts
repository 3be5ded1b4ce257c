import type { EpochMs, StepPolicy, StepScope, TaskRun, TaskSpec, TaskView } from '@master-orchestrator/contracts';
import { CancelledError, OrchestratorError, type Clock, type Json, type Random } from '@master-orchestrator/errors';
import { setMaxListeners } from 'node:events';
import {
  claimLost,
  deliveryTimeout,
  effectUnknown,
  journalMismatch,
  runEnded,
  serializeFailure,
  stepKeyInUse,
  tooManySteps,
} from '../engine-errors.js';
import { jsonText } from '../json-value.js';
import { MOST_STEPS } from '../tasks/rows.js';
import type { Holder, StepWrite } from '../tasks/step-log.js';
import type { WaitFor, WaitLook } from '../tasks/waits.js';
import { Replay, type Journal, type StepEntry, type StepKind } from './journal.js';
import { nextTurn, replaySettled } from './replay-settled.js';
import { endingOfThrow, type RunEnding, type Settled } from './run-ending.js';
import { RunSlot, type SlotOwner } from './run-slot.js';
import { runTimedBody } from './timed-body.js';
import type { Timer, TimerQueue } from './timer-queue.js';

/** The task a run is about, as it was claimed. */
export interface ClaimedTask extends Holder {
  readonly id: string;
  readonly lane: string;
  readonly delivery: number;
  readonly begins: number;
  readonly deliveryTimeoutMs: number | undefined;
}

/** What a run needs of its engine. Writes wait for a locked file; `false` and `lost`: the claim is gone. */
export interface RunHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: TimerQueue;
  readonly maxValueBytes: number;
  write(run: SqliteRun, step: StepWrite, isCostly: boolean): Promise<boolean>;
  /** Takes back an intent whose step has not begun. */ forget(run: SqliteRun, ordinal: number): Promise<void>;
  look(run: SqliteRun, step: Omit<StepWrite, 'state'>, wait: WaitFor): Promise<WaitLook>;
  spawn(run: SqliteRun, step: Omit<StepWrite, 'state'>, specs: readonly TaskSpec[]): Promise<string[] | 'lost'>;
  viewsOf(ids: readonly string[]): Promise<TaskView[]>;
  park(run: SqliteRun): Promise<'parked' | 'due' | 'lost'>;
  requeue(run: SqliteRun): Promise<void>;
  /** A slot was taken or given back. */ counted(isTaken: boolean): void;
  report(run: SqliteRun, type: string, data: Json): void;
}

/** Calls refused at once after the end of a run; further ones are refused a turn later. */
const MOST_QUICK_REFUSALS = 100;

type Body<T> = (scope: StepScope) => Promise<T>;

/** One delivery of a task: its journal in memory, every outcome in the store before the next thing happens. */
export class SqliteRun implements TaskRun, SlotOwner {
  /** Fires when the handler has ignored its signal for too long. */ stubbornTimer: Timer | undefined;
  deadlineTimer: Timer | undefined;
  isConcluded = false;
  readonly slot = new RunSlot(this);
  readonly #controller = new AbortController();
  readonly #open = new Set<string>();
  readonly #looks = new Set<() => void>();
  readonly #replay: Replay | undefined;
  #commits = 0;
  #refusals = 0;
  #ending: RunEnding | undefined;
  #closedBy: OrchestratorError | undefined;
  #timeoutTimer: Timer | undefined;
  #timeLeftMs: number | undefined;
  #heldSince = 0;

  constructor(
    readonly task: ClaimedTask,
    readonly journal: Journal,
    readonly host: RunHost,
  ) {
    this.#replay = journal.size > 0 ? new Replay(journal) : undefined;
    this.#timeLeftMs = task.deliveryTimeoutMs;
    // Every step may listen to the one signal; that is no leak.
    setMaxListeners(0, this.#controller.signal);
  }

  get id(): string {
    return this.task.id;
  }

  get lane(): string {
    return this.task.lane;
  }

  get delivery(): number {
    return this.task.delivery;
  }

  get abort(): AbortSignal {
    return this.#controller.signal;
  }

  async step<T extends Json>(key: string, policy: StepPolicy, body: Body<T>): Promise<T> {
    if (this.#closedBy !== undefined) return this.#refuse();
    const recorded = this.#recall(key, 'step');
    if (recorded !== undefined) return recorded.value as T;
    this.#begin(key);
    try {
      await this.#passReplay(key);
      if (!this.slot.isHeld) await this.slot.acquire();
      return await this.#execute(key, policy, body);
    } finally {
      this.#open.delete(key);
    }
  }

  async parallel<T extends Json>(
    parts: readonly { readonly key: string; readonly policy: StepPolicy; readonly body: Body<T> }[],
  ): Promise<T[]> {
    const settled = await Promise.allSettled(parts.map(({ key, policy, body }) => this.step(key, policy, body)));
    const failed = settled.find((part) => part.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return settled.map((part) => (part as PromiseFulfilledResult<T>).value);
  }

  async receive(
    key: string,
    channel: string,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<{ body: Json; messageId: string } | undefined> {
    const message = await this.#wait(key, 'receive', (startedAt) => {
      const until = options.timeoutMs === undefined ? undefined : startedAt + options.timeoutMs;
      return { kind: 'receive', channel, until };
    });
    return (message ?? undefined) as { body: Json; messageId: string } | undefined;
  }

  async sleepUntil(key: string, at: EpochMs): Promise<void> {
    await this.#wait(key, 'sleep', () => ({ kind: 'sleep', until: at }));
  }

  async spawn(key: string, specs: readonly TaskSpec[]): Promise<string[]> {
    return this.#once<string[]>(key, 'spawn', async (entry) => {
      const ids = await this.host.spawn(this, { entry, endedAt: this.host.clock.now() }, specs);
      if (ids === 'lost') throw this.loseClaim();
      return ids;
    });
  }

  async join(key: string, ids: readonly string[]): Promise<TaskView[]> {
    const joined = (await this.#wait(key, 'join', () => ({ kind: 'join', ids }))) as string[];
    try {
      return await this.host.viewsOf(joined);
    } catch (cause) {
      throw this.#pause(journalMismatch(this.id, `"${key}" joined tasks that were removed since`), cause);
    }
  }

  async now(key: string): Promise<EpochMs> {
    return this.#note(key, 'now', () => this.host.clock.now());
  }

  async random(key: string): Promise<number> {
    return this.#note(key, 'random', () => this.host.random());
  }

  report(item: { readonly type: string; readonly data: Json }): void {
    if (this.#closedBy === undefined) this.host.report(this, item.type, item.data);
  }

  /** Ends the run: the signal fires now, the task changes once the handler has settled. */
  end(ending: RunEnding, error: OrchestratorError): void {
    const isFirst = this.#ending === undefined;
    if (!isFirst && !(this.#ending?.kind === 'given-back' && ending.kind !== 'given-back')) return;
    this.#ending = ending;
    if (this.#closedBy !== undefined) return;
    this.#closedBy = error;
    this.#stopClock();
    this.#controller.abort(error);
    this.slot.close(error);
  }

  /** The store says that another worker has the task. */
  loseClaim(): OrchestratorError {
    const error = claimLost(this.id);
    this.end({ kind: 'lost' }, error);
    return error;
  }

  /** Lets a running step end, then gives the run back before the next one begins. */
  drain(): void {
    this.slot.isDraining = true;
    if (this.slot.isIdle) this.giveBack();
  }

  giveBack(): void {
    this.end({ kind: 'given-back', isUnavailable: false }, new CancelledError('shutdown'));
  }

  /** Looks whether what it waits for has come. */
  lookAtWaits(): void {
    for (const look of this.#looks) look();
  }

  park(): Promise<'parked' | 'due' | 'lost'> {
    return this.host.park(this);
  }

  requeue(): Promise<void> {
    return this.host.requeue(this);
  }

  held(isHeld: boolean): void {
    if (isHeld) this.#startClock();
    else this.#stopClock();
    this.host.counted(isHeld);
  }

  /** What became of the run, after its handler has settled (or was left behind). */
  conclude(settled: Settled): RunEnding {
    const ending = this.#ending ?? this.#endingOf(settled);
    this.end(ending, runEnded(this.id));
    return this.#ending ?? ending;
  }

  #endingOf(settled: Settled): RunEnding {
    if ('thrown' in settled) return endingOfThrow(settled.thrown);
    if (this.#replay !== undefined && this.#replay.left > 0) {
      const detail = `it returned without asking for the recorded step "${this.#replay.nextKey}"`;
      return { kind: 'paused', error: journalMismatch(this.id, detail) };
    }
    try {
      const value = jsonText(settled.value ?? null, `The result of task "${this.id}"`, this.host.maxValueBytes);
      return { kind: 'completed', value };
    } catch (error) {
      return endingOfThrow(error);
    }
  }

  /** A handler that tries again and again after its end must not keep the event loop to itself. */
  async #refuse(): Promise<never> {
    this.#refusals += 1;
    if (this.#refusals > MOST_QUICK_REFUSALS) await nextTurn();
    throw this.#closedBy as Error;
  }

  /** The recorded outcome of a call, if there is one. @throws what the call threw when it was recorded */
  #recall(key: string, kind: StepKind): StepEntry | undefined {
    const known = this.journal.get(key);
    if (known === undefined) return undefined;
    if (known.kind !== kind) {
      throw this.#pause(
        journalMismatch(this.id, `"${key}" was recorded as ${known.kind} and is now asked for as ${kind}`),
      );
    }
    const recorded = this.#replay?.take(key) ?? (known.state === 'done' ? known : undefined);
    if (recorded?.error !== undefined) throw OrchestratorError.fromJSON(recorded.error);
    return recorded;
  }

  #begin(key: string): void {
    if (this.slot.isDraining) {
      this.giveBack();
      throw this.#closedBy as Error;
    }
    if (this.#open.has(key)) throw stepKeyInUse(this.id, key);
    this.#open.add(key);
  }

  /** A new step while recorded ones are left: either other branches are on their way to them, or the code changed. */
  async #passReplay(key: string): Promise<void> {
    const replay = this.#replay;
    if (replay === undefined || replay.left === 0) return;
    const isSettled = await replaySettled(() => replay.left, this.host.timers, this.host.clock);
    if (this.#closedBy !== undefined) throw this.#closedBy;
    if (isSettled) return;
    throw this.#pause(journalMismatch(this.id, `it asks for "${key}" where "${replay.nextKey}" was recorded`));
  }

  async #execute<T extends Json>(key: string, policy: StepPolicy, body: Body<T>): Promise<T> {
    const { clock, timers } = this.host;
    const known = this.journal.get(key);
    if (known?.state === 'intended' && known.isRepeatAllowed !== true) throw this.#pause(effectUnknown(this.id, key));
    const entry = this.#entry(key, 'step');
    const mustAsk = policy.repeat === 'must-ask';
    // What depends on a step committed in this delivery cannot have run in an earlier one.
    const repeatPossible = known !== undefined || (this.task.begins > 1 && this.#commits === 0);
    const scope = { idempotencyKey: `${this.id}:${key}`, abort: this.abort, repeatPossible };
    this.slot.beginStep();
    try {
      // The intent must outlive a power loss, or the effect could happen twice unnoticed.
      if (mustAsk) await this.#intend(entry);
      const value = await (policy.timeoutMs === undefined
        ? body(scope)
        : runTimedBody({ taskId: this.id, key, timeoutMs: policy.timeoutMs, scope, body, timers, clock }));
      await this.#commit(entry, value ?? null, mustAsk || policy.isCostly === true);
      return entry.value as T;
    } catch (error) {
      await this.#commitFailure(entry, error);
      throw error;
    } finally {
      this.slot.endStep();
    }
  }

  /** Writes an intent; where the run was ended meanwhile it is taken back, for nothing has happened. */
  async #intend(entry: StepEntry): Promise<void> {
    await this.#writeStep({ entry, state: 'intended' }, true);
    if (this.#closedBy === undefined) return;
    await this.host.forget(this, entry.ordinal);
    throw this.#closedBy;
  }

  /** A journaled call that is neither a step nor a wait. */
  async #once<T>(key: string, kind: StepKind, call: (entry: StepEntry) => Promise<T>): Promise<T> {
    if (this.#closedBy !== undefined) return this.#refuse();
    const recorded = this.#recall(key, kind);
    if (recorded !== undefined) return recorded.value as T;
    this.#begin(key);
    const entry = this.#entry(key, kind);
    try {
      await this.#passReplay(key);
      const value = await call(entry);
      this.#keep(entry, 'done', value);
      return value;
    } catch (error) {
      await this.#commitFailure(entry, error);
      throw error;
    } finally {
      this.#open.delete(key);
    }
  }

  async #note(key: string, kind: 'now' | 'random', read: () => number): Promise<number> {
    return this.#once(key, kind, async (entry) => {
      const value = read();
      const step = { entry, state: 'done', endedAt: this.host.clock.now(), value: String(value) } as const;
      await this.#writeStep(step, false);
      return value;
    });
  }

  /** Waits without a slot; the store decides when it is over. */
  async #wait(
    key: string,
    kind: 'receive' | 'sleep' | 'join',
    waitFrom: (startedAt: number) => WaitFor,
  ): Promise<unknown> {
    return this.#once(key, kind, async (entry) => {
      const wait = waitFrom(entry.startedAt);
      const step = { entry };
      const first = await this.#look(step, wait);
      if (first !== 'open') return first.value;
      this.#keep(entry, 'intended', undefined);
      this.slot.beginWait();
      try {
        const value = await this.#untilOver(step, wait);
        await this.slot.acquire();
        return value;
      } finally {
        this.slot.endWait();
      }
    });
  }

  async #look(step: { readonly entry: StepEntry }, wait: WaitFor): Promise<'open' | { readonly value: unknown }> {
    const look = await this.host.look(this, step, wait);
    if (look === 'lost') throw this.loseClaim();
    if (look === 'open') {
      if (this.#closedBy !== undefined) throw this.#closedBy;
      return 'open';
    }
    return { value: JSON.parse(look.found) as unknown };
  }

  #untilOver(step: { readonly entry: StepEntry }, wait: WaitFor): Promise<unknown> {
    const until = wait.kind === 'join' ? undefined : wait.until;
    return new Promise((resolve, reject) => {
      let isLooking = false;
      let isPoked = false;
      const look = (): void => {
        isPoked = true;
        if (isLooking) return;
        isLooking = true;
        void (async () => {
          while (isPoked) {
            isPoked = false;
            const found = await this.#look(step, wait);
            if (found !== 'open') return finish(() => resolve(found.value));
          }
          isLooking = false;
        })().catch((error: unknown) => finish(() => reject(error)));
      };
      const onAbort = (): void => finish(() => reject(this.#closedBy));
      const timer = until === undefined ? undefined : this.host.timers.set(until, look);
      const finish = (settle: () => void): void => {
        this.host.timers.clear(timer);
        this.#looks.delete(look);
        this.abort.removeEventListener('abort', onAbort);
        settle();
      };
      this.#looks.add(look);
      this.abort.addEventListener('abort', onAbort, { once: true });
    });
  }

  #entry(key: string, kind: StepKind): StepEntry {
    const known = this.journal.get(key);
    const isOpen = known?.state === 'intended';
    const ordinal = isOpen ? known.ordinal : this.journal.nextOrdinal();
    if (ordinal >= MOST_STEPS) throw tooManySteps(this.id, MOST_STEPS);
    return {
      key,
      kind,
      state: 'intended',
      ordinal,
      startedAt: isOpen && kind !== 'step' ? known.startedAt : this.host.clock.now(),
      delivery: this.delivery,
    };
  }

  async #commit(entry: StepEntry, value: unknown, isCostly: boolean): Promise<void> {
    const text = jsonText(value, `The result of step "${entry.key}" of task "${this.id}"`, this.host.maxValueBytes);
    await this.#writeStep({ entry, state: 'done', endedAt: this.host.clock.now(), value: text }, isCostly);
    this.#keep(entry, 'done', value);
  }

  /** Keeps a failure, unless the run was ended: an aborted step has not failed, it has not happened or is in doubt. */
  async #commitFailure(entry: StepEntry, thrown: unknown): Promise<void> {
    if (this.#closedBy !== undefined || entry.state === 'done') return;
    const error = serializeFailure(thrown);
    await this.#writeStep(
      { entry, state: 'failed', endedAt: this.host.clock.now(), error: JSON.stringify(error) },
      false,
    );
    entry.error = error;
    this.#keep(entry, 'failed', undefined);
  }

  async #writeStep(step: StepWrite, isCostly: boolean): Promise<void> {
    if (!(await this.host.write(this, step, isCostly))) throw this.loseClaim();
  }

  #keep(entry: StepEntry, state: StepEntry['state'], value: unknown): void {
    entry.state = state;
    entry.value = value;
    this.journal.set(entry);
    if (state !== 'intended') this.#commits += 1;
  }

  #pause(error: OrchestratorError, cause?: unknown): OrchestratorError {
    const known = cause === undefined ? error : error.with({ cause });
    this.end({ kind: 'paused', error: known }, known);
    return known;
  }

  #startClock(): void {
    const leftMs = this.#timeLeftMs;
    if (leftMs === undefined || this.#closedBy !== undefined) return;
    this.#heldSince = this.host.clock.now();
    this.#timeoutTimer = this.host.timers.set(this.#heldSince + leftMs, () => {
      const error = deliveryTimeout(this.id, this.task.deliveryTimeoutMs as number);
      this.end({ kind: 'failed', error }, error);
    });
  }

  #stopClock(): void {
    if (this.#timeoutTimer === undefined || this.#timeLeftMs === undefined) return;
    this.#timeLeftMs = Math.max(0, this.#timeLeftMs - (this.host.clock.now() - this.#heldSince));
    this.host.timers.clear(this.#timeoutTimer);
    this.#timeoutTimer = undefined;
  }
}
