import type { EpochMs, StepPolicy, StepScope, TaskRun, TaskSpec, TaskView } from '@master-orchestrator/contracts';
import { CancelledError, OrchestratorError, type Clock, type Json, type Random } from '@master-orchestrator/errors';
import { setMaxListeners } from 'node:events';
import { OwnershipLost } from '../dbos/ownership-lost.js';
import {
  claimLost,
  deliveryTimeout,
  effectUnknown,
  journalMismatch,
  runEnded,
  serializeFailure,
  stepKeyInUse,
} from '../engine-errors.js';
import { jsonText } from '../json-value.js';
import { checkName } from '../tasks/submission.js';
import { Replay, type Journal, type StepEntry } from './journal.js';
import { OpenWait } from './open-wait.js';
import { nextTurn, replaySettled } from './replay-settled.js';
import { endingOfThrow, type RunEnding, type Settled } from './run-ending.js';
import { RunSlot, type SlotOwner } from './run-slot.js';
import type { StepKind } from './step-kind.js';
import { runTimedBody } from './timed-body.js';
import type { Timer, TimerQueue } from './timer-queue.js';
import type { WaitFor, WaitLook } from './waits.js';

const LONGEST_KEY = 1_024;
/** Calls refused at once after the end of a run; further ones are refused a turn later. */
const MOST_QUICK_REFUSALS = 100;

/** The task a run is about, as it was claimed. */
export interface ClaimedTask {
  readonly seq: number;
  readonly claim: number;
  readonly id: string;
  readonly lane: string;
  readonly delivery: number;
  readonly begins: number;
  readonly deliveryTimeoutMs: number | undefined;
}

/** What a run needs of its engine. Calls wait for a store that is away; `false` and `lost`: the claim is gone. */
export interface RunHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: TimerQueue;
  readonly maxValueBytes: number;
  /** Has DBOS run and record a step; @throws {@link OwnershipLost} where the delivery was fenced. */
  record(run: DbosRun, kind: StepKind, key: string, produce: () => Promise<string>): Promise<void>;
  intend(run: DbosRun, entry: StepEntry, attempt: number): Promise<boolean>;
  /** Takes back an intent whose step has not begun. */ forget(run: DbosRun, key: string): Promise<void>;
  /** Says which blobs a value names, so that they are kept. */ noteBlobs(run: DbosRun, text: string): Promise<void>;
  look(run: DbosRun, entry: StepEntry, wait: WaitFor): Promise<WaitLook>;
  spawn(run: DbosRun, specs: readonly TaskSpec[]): Promise<string[] | 'lost'>;
  viewsOf(ids: readonly string[]): Promise<TaskView[]>;
  park(run: DbosRun): Promise<'parked' | 'due' | 'lost'>;
  requeue(run: DbosRun): Promise<void>;
  /** A slot was taken or given back. */ counted(isTaken: boolean): void;
  report(run: DbosRun, type: string, data: Json): void;
}

type Body<T> = (scope: StepScope) => Promise<T>;

/** One delivery of a task: its journal in memory, every outcome committed by DBOS before the next thing happens. */
export class DbosRun implements TaskRun, SlotOwner {
  /** Fires when the handler has ignored its signal for too long. */ stubbornTimer: Timer | undefined;
  deadlineTimer: Timer | undefined;
  isConcluded = false;
  readonly slot = new RunSlot(this);
  readonly #controller = new AbortController();
  readonly #open = new Set<string>();
  readonly #waits = new Set<OpenWait>();
  readonly #replay: Replay | undefined;
  #commits = 0;
  #recording = 0;
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

  /** True while DBOS may still commit a step of this delivery. */
  get isRecording(): boolean {
    return this.#recording > 0;
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
    checkName(`The channel of wait "${key}" of task "${this.id}"`, channel);
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
    return this.#once<string[]>(key, 'spawn', async () => {
      const ids = await this.host.spawn(this, specs);
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
    return this.#once<number>(key, 'now', async () => this.host.clock.now());
  }

  async random(key: string): Promise<number> {
    return this.#once<number>(key, 'random', async () => this.host.random());
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
    for (const wait of this.#waits) wait.poke();
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
    checkName(`The key of a step of task "${this.id}"`, key, LONGEST_KEY);
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
    const attempt = this.journal.countOf(key);
    const entry = this.#entry(key, 'step');
    // What depends on a step committed in this delivery cannot have run in an earlier one.
    const repeatPossible = known !== undefined || (this.task.begins > 1 && this.#commits === 0);
    const scope = { idempotencyKey: `${this.id}:${key}`, abort: this.abort, repeatPossible };
    this.slot.beginStep();
    try {
      return await this.#record(entry, async () => {
        if (policy.repeat === 'must-ask') await this.#intend(entry, attempt);
        if (policy.timeoutMs === undefined) return body(scope);
        return runTimedBody({ taskId: this.id, key, timeoutMs: policy.timeoutMs, scope, body, timers, clock });
      });
    } finally {
      this.slot.endStep();
    }
  }

  /** Writes an intent; where the run was ended meanwhile it is taken back, for nothing has happened. */
  async #intend(entry: StepEntry, attempt: number): Promise<void> {
    if (!(await this.host.intend(this, entry, attempt))) throw this.loseClaim();
    if (this.#closedBy === undefined) return;
    await this.host.forget(this, entry.key);
    throw this.#closedBy;
  }

  /** A journaled call that is neither a step nor a wait. */
  async #once<T>(key: string, kind: StepKind, call: (entry: StepEntry) => Promise<T>): Promise<T> {
    if (this.#closedBy !== undefined) return this.#refuse();
    const recorded = this.#recall(key, kind);
    if (recorded !== undefined) return recorded.value as T;
    this.#begin(key);
    try {
      await this.#passReplay(key);
      const entry = this.#entry(key, kind);
      return await this.#record(entry, () => call(entry));
    } finally {
      this.#open.delete(key);
    }
  }

  /** Waits without a slot; the store decides when it is over. */
  async #wait(
    key: string,
    kind: 'receive' | 'sleep' | 'join',
    waitFrom: (startedAt: number) => WaitFor,
  ): Promise<unknown> {
    let isWaiting = false;
    const onOpen = (): void => {
      isWaiting = true;
      this.slot.beginWait();
    };
    try {
      const value = await this.#once(key, kind, (entry) => this.#untilOver(entry, waitFrom, onOpen));
      if (isWaiting) await this.slot.acquire();
      return value;
    } finally {
      if (isWaiting) this.slot.endWait();
    }
  }

  async #untilOver(entry: StepEntry, waitFrom: (startedAt: number) => WaitFor, onOpen: () => void): Promise<unknown> {
    const wait = waitFrom(entry.startedAt);
    const look = async (): Promise<Exclude<WaitLook, 'lost'>> => {
      const found = await this.host.look(this, entry, wait);
      if (found === 'lost') throw this.loseClaim();
      if ('openUntil' in found && this.#closedBy !== undefined) throw this.#closedBy;
      return found;
    };
    const first = await look();
    if ('found' in first) return JSON.parse(first.found) as unknown;
    onOpen();
    const { clock, timers } = this.host;
    const open = new OpenWait(
      { clock, timers, abort: this.abort, look, reason: () => this.#closedBy },
      first.openUntil,
    );
    this.#waits.add(open);
    try {
      return JSON.parse(await open.over) as unknown;
    } finally {
      this.#waits.delete(open);
    }
  }

  #entry(key: string, kind: StepKind): StepEntry {
    return { key, kind, state: 'intended', ordinal: this.journal.nextOrdinal(), startedAt: this.host.clock.now() };
  }

  /**
   * Has DBOS commit what `produce` gives: its value, or its failure. A failure after the run was ended is none: an aborted
   * step has not failed, it has not happened or is in doubt.
   */
  async #record<T>(entry: StepEntry, produce: () => Promise<T>): Promise<T> {
    const outcome: { value?: T; failure?: { readonly thrown: unknown } } = {};
    const run = async (): Promise<string> => {
      try {
        const value = await produce();
        const what = `The result of step "${entry.key}" of task "${this.id}"`;
        const text = jsonText(value ?? null, what, this.host.maxValueBytes);
        await this.host.noteBlobs(this, text);
        outcome.value = value;
        entry.value = value ?? null;
        return `{"d":${this.delivery},"v":${text}}`;
      } catch (thrown) {
        if (this.#closedBy !== undefined) throw thrown;
        outcome.failure = { thrown };
        entry.error = serializeFailure(thrown);
        return `{"d":${this.delivery},"e":${JSON.stringify(entry.error)}}`;
      }
    };
    await this.#commit(entry, run);
    this.#commits += 1;
    entry.state = entry.error === undefined ? 'done' : 'failed';
    this.journal.set(entry);
    if (outcome.failure !== undefined) throw outcome.failure.thrown;
    return outcome.value as T;
  }

  async #commit(entry: StepEntry, run: () => Promise<string>): Promise<void> {
    this.#recording += 1;
    try {
      await this.host.record(this, entry.kind, entry.key, run);
    } catch (error) {
      throw error instanceof OwnershipLost ? this.loseClaim() : error;
    } finally {
      this.#recording -= 1;
    }
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
