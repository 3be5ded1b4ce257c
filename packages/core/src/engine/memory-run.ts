import type { EpochMs, StepPolicy, StepScope, TaskRun, TaskSpec, TaskView } from '@master-orchestrator/contracts';
import {
  CancelledError,
  classify,
  OrchestratorError,
  type Clock,
  type Json,
  type Random,
} from '@master-orchestrator/errors';
import { getEventListeners, setMaxListeners } from 'node:events';
import { setImmediate } from 'node:timers';
import type { Permit } from './dispatcher.js';
import {
  deliveryTimeout,
  effectUnknown,
  journalMismatch,
  runEnded,
  serializeFailure,
  stepKeyInUse,
  taskUnknown,
} from './engine-errors.js';
import { checkJson } from './json-value.js';
import type { Message } from './mailbox.js';
import { Replay, type Journal, type StepEntry, type StepKind } from './journal.js';
import type { MemoryServing } from './memory-serving.js';
import { nextTurn, replaySettled } from './replay-settled.js';
import { runTimedBody } from './timed-body.js';
import type { TaskRecord } from './task-record.js';
import type { Timer, TimerQueue } from './timer-queue.js';

/** What a run needs of its engine. */
export interface RunHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: TimerQueue;
  readonly maxValueBytes: number;
  /** Takes the slot back from a run that only waits. */ release(run: MemoryRun): void;
  /** Puts a run whose wait is over in line for a slot; `grant` follows. */ requeue(run: MemoryRun): void;
  /** Submits children; returns their ids, of the holder where a unique key is taken. */
  submitChildren(parent: TaskRecord, specs: readonly TaskSpec[]): string[];
  find(id: string): TaskRecord | undefined;
  report(record: TaskRecord, type: string, data: Json): void;
  /** The run was told to stop; its handler is still at work. */ stopping(run: MemoryRun): void;
}

/** Why a run ended. `given-back` is no end of the task. */
export type RunEnding =
  | { readonly kind: 'completed'; readonly value: Json }
  | { readonly kind: 'failed' | 'paused'; readonly error: OrchestratorError }
  | { readonly kind: 'cancelled'; readonly reason: string }
  | { readonly kind: 'given-back'; readonly isUnavailable: boolean };

/** Calls refused at once after the end of a run; further ones are refused a turn later. */
const MOST_QUICK_REFUSALS = 100;

type Body<T> = (scope: StepScope) => Promise<T>;

/**
 * One delivery of a task in memory. Values that bodies return are kept as they are, without a copy: treat them as
 * immutable. The run holds its slot while code or a step body runs, and gives it back while all it does is wait.
 */
export class MemoryRun implements TaskRun {
  permit: Permit | undefined;
  /** Fires when the handler has ignored its signal for too long. */ stubbornTimer: Timer | undefined;
  readonly #controller = new AbortController();
  readonly #open = new Set<string>();
  readonly #slotQueue: { resolve: () => void; reject: (error: Error) => void }[] = [];
  readonly #journal: Journal;
  readonly #replay: Replay | undefined;
  #busy = 0;
  #waits = 0;
  #commits = 0;
  #refusals = 0;
  #isDraining = false;
  #isCheckingSlot = false;
  #ending: RunEnding | undefined;
  #isOver = false;
  #abortedBy: OrchestratorError | undefined;
  #timeoutTimer: Timer | undefined;
  #timeLeftMs: number | undefined;
  #heldSince = 0;

  constructor(
    readonly record: TaskRecord,
    readonly host: RunHost,
    readonly serving: MemoryServing,
  ) {
    this.#journal = record.journal;
    this.#replay = this.#journal.size > 0 ? new Replay(this.#journal) : undefined;
    this.#timeLeftMs = record.spec.deliveryTimeoutMs;
    // Every step may listen to the one signal; that is no leak.
    setMaxListeners(0, this.#controller.signal);
  }

  get id(): string {
    return this.record.spec.id;
  }

  get lane(): string {
    return this.record.spec.lane;
  }

  get delivery(): number {
    return this.record.delivery;
  }

  get abort(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why nothing more may be done, once that is so. */
  get #closedBy(): OrchestratorError | undefined {
    if (this.#isOver) this.#abortedBy ??= runEnded(this.id);
    return this.#abortedBy;
  }

  async step<T extends Json>(key: string, policy: StepPolicy, body: Body<T>): Promise<T> {
    if (this.#closedBy !== undefined) return this.#refuse();
    const recorded = this.#recall(key, 'step');
    if (recorded !== undefined) return recorded.value as T;
    this.#begin(key);
    try {
      if (this.#replay !== undefined && this.#replay.left > 0) await this.#passReplay(key);
      if (this.permit === undefined) await this.#acquire();
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
    const { mailbox } = this.record;
    const take = (): Message | null => mailbox.take(channel) ?? null;
    const message = await this.#await<Message | null>(key, 'receive', (entry, settle) => {
      const until = options.timeoutMs === undefined ? undefined : entry.startedAt + options.timeoutMs;
      const isDue = until !== undefined && until <= this.host.clock.now();
      if (mailbox.has(channel) || isDue) return settle(take);
      const stopListening = mailbox.listen(channel, () => settle(take));
      const timer = until === undefined ? undefined : this.host.timers.set(until, () => settle(take));
      return () => {
        stopListening();
        this.host.timers.clear(timer);
      };
    });
    return message ?? undefined;
  }

  async sleepUntil(key: string, at: EpochMs): Promise<void> {
    await this.#await<null>(key, 'sleep', (_entry, settle) => {
      if (at <= this.host.clock.now()) return settle(() => null);
      const timer = this.host.timers.set(at, () => settle(() => null));
      return () => this.host.timers.clear(timer);
    });
  }

  async spawn(key: string, specs: readonly TaskSpec[]): Promise<string[]> {
    return this.#await<string[]>(key, 'spawn', (_entry, settle) =>
      settle(() => this.host.submitChildren(this.record, specs)),
    );
  }

  async join(key: string, ids: readonly string[]): Promise<TaskView[]> {
    return this.#await<TaskView[]>(key, 'join', (_entry, settle) => {
      const records = ids.map((id) => this.host.find(id) ?? raise(taskUnknown(id)));
      const open = new Set(records.filter((record) => !record.isFinal));
      const done = (): undefined => settle(() => records.map((record) => record.view()));
      if (open.size === 0) return done();
      const undo = [...open].map((record) => {
        const watch = (): void => void (open.delete(record) && open.size === 0 && done());
        (record.watchers ??= new Set()).add(watch);
        return () => record.watchers?.delete(watch);
      });
      return () => undo.forEach((stop) => stop());
    });
  }

  async now(key: string): Promise<EpochMs> {
    return this.#note(key, 'now', () => this.host.clock.now());
  }

  async random(key: string): Promise<number> {
    return this.#note(key, 'random', () => this.host.random());
  }

  report(item: { readonly type: string; readonly data: Json }): void {
    if (this.#closedBy === undefined) this.host.report(this.record, item.type, item.data);
  }

  /** Hands over a slot: at the start, and after a wait. */
  grant(permit: Permit): void {
    this.permit = permit;
    this.#startClock();
    for (const waiter of this.#slotQueue.splice(0)) waiter.resolve();
  }

  /** Ends the run: the signal fires now, the task changes once the handler has settled. */
  end(ending: RunEnding, error: OrchestratorError): void {
    if (this.#ending !== undefined && !(this.#ending.kind === 'given-back' && ending.kind !== 'given-back')) return;
    this.#ending = ending;
    if (this.#abortedBy !== undefined) return;
    this.#abortedBy = error;
    this.#stopClock();
    this.host.stopping(this);
    this.#controller.abort(error);
    for (const waiter of this.#slotQueue.splice(0)) waiter.reject(error);
  }

  /** Lets a running step end, then gives the run back before the next one begins. */
  drain(): void {
    this.#isDraining = true;
    if (this.#busy === 0 && (this.#waits > 0 || this.permit === undefined)) this.#giveBack();
  }

  /** What became of the run, after its handler has settled (or was left behind). */
  conclude(settled: { readonly value: Json } | { readonly thrown: unknown }): RunEnding {
    const ending = this.#ending ?? this.#endingOf(settled);
    if (this.#ending === undefined && this.#isQuiet()) {
      this.#ending = ending;
      this.#isOver = true;
      this.#stopClock();
    } else this.end(ending, runEnded(this.id));
    return ending;
  }

  /** True where nothing is left that would notice the signal: no call is open and nobody listens. */
  #isQuiet(): boolean {
    return this.#open.size === 0 && getEventListeners(this.abort, 'abort').length === 0;
  }

  #endingOf(settled: { readonly value: Json } | { readonly thrown: unknown }): RunEnding {
    if ('thrown' in settled) return endingOfThrow(settled.thrown);
    if (this.#replay !== undefined && this.#replay.left > 0) {
      const detail = `it returned without asking for the recorded step "${this.#replay.nextKey}"`;
      return { kind: 'paused', error: journalMismatch(this.id, detail) };
    }
    const value = settled.value ?? null;
    try {
      checkJson(value, `The result of task "${this.id}"`, this.host.maxValueBytes);
    } catch (error) {
      return endingOfThrow(error);
    }
    return { kind: 'completed', value };
  }

  /** A handler that tries again and again after its end must not keep the event loop to itself. */
  async #refuse(): Promise<never> {
    this.#refusals += 1;
    if (this.#refusals > MOST_QUICK_REFUSALS) await nextTurn();
    throw this.#closedBy as Error;
  }

  /** The recorded outcome of a call, if there is one. @throws what the call threw when it was recorded */
  #recall(key: string, kind: StepKind): StepEntry | undefined {
    const known = this.#journal.get(key);
    if (known === undefined) return undefined;
    if (known.kind !== kind)
      throw this.#pause(
        journalMismatch(this.id, `"${key}" was recorded as ${known.kind} and is now asked for as ${kind}`),
      );
    const recorded = this.#replay?.take(key) ?? (known.state === 'done' ? known : undefined);
    if (recorded?.error !== undefined) throw OrchestratorError.fromJSON(recorded.error);
    return recorded;
  }

  #begin(key: string): void {
    if (this.#isDraining) throw this.#giveBack();
    if (this.#open.has(key)) throw stepKeyInUse(this.id, key);
    this.#open.add(key);
  }

  /** A new step while recorded ones are left: either other branches are on their way to them, or the code changed. */
  async #passReplay(key: string): Promise<void> {
    const replay = this.#replay as Replay;
    const isSettled = await replaySettled(() => replay.left, this.host.timers, this.host.clock);
    if (this.#closedBy !== undefined) throw this.#closedBy;
    if (isSettled) return;
    throw this.#pause(journalMismatch(this.id, `it asks for "${key}" where "${replay.nextKey}" was recorded`));
  }

  async #execute<T extends Json>(key: string, policy: StepPolicy, body: Body<T>): Promise<T> {
    const { clock } = this.host;
    const known = this.#journal.get(key);
    if (known?.state === 'intended' && known.isRepeatAllowed !== true) throw this.#pause(effectUnknown(this.id, key));
    const entry = this.#entry(key, 'step', clock.now());
    if (policy.repeat === 'must-ask') this.#journal.set(entry);
    // What depends on a step committed in this delivery cannot have run in an earlier one.
    const repeatPossible = known !== undefined || (this.record.begins > 1 && this.#commits === 0);
    const scope = { idempotencyKey: `${this.id}:${key}`, abort: this.abort, repeatPossible };
    this.#busy += 1;
    try {
      const value = await (policy.timeoutMs === undefined
        ? body(scope)
        : runTimedBody({
            taskId: this.id,
            key,
            timeoutMs: policy.timeoutMs,
            scope,
            body,
            timers: this.host.timers,
            clock,
          }));
      this.#commit(entry, value);
      return entry.value as T;
    } catch (error) {
      this.#commitFailure(entry, error);
      throw error;
    } finally {
      this.#busy -= 1;
      if (this.#waits > 0 || this.#isDraining) this.#checkSlot();
    }
  }

  /** A journaled call that is no step: at once, or after a wait that holds no slot. */
  async #await<T>(
    key: string,
    kind: StepKind,
    start: (entry: StepEntry, settle: (read: () => T) => undefined) => (() => void) | undefined,
  ): Promise<T> {
    if (this.#closedBy !== undefined) return this.#refuse();
    const recorded = this.#recall(key, kind);
    if (recorded !== undefined) return recorded.value as T;
    this.#begin(key);
    let stop: (() => void) | undefined;
    try {
      if (this.#replay !== undefined && this.#replay.left > 0) await this.#passReplay(key);
      const entry = this.#entry(key, kind, this.#journal.get(key)?.startedAt ?? this.host.clock.now());
      let isSettled = false;
      const waiting = new Promise<void>((resolve) => {
        stop = start(entry, (read) => {
          if (isSettled || this.#closedBy !== undefined) return;
          this.#commitValue(entry, read());
          isSettled = true;
          resolve();
        });
        if (!isSettled) this.#journal.set(entry);
      }).catch((error: unknown) => {
        this.#commitFailure(entry, error);
        throw error;
      });
      if (isSettled) return entry.value as T;
      await this.#waitFor(waiting);
      return entry.value as T;
    } finally {
      stop?.();
      this.#open.delete(key);
    }
  }

  /** Waits without a slot, then for one. */
  async #waitFor(waiting: Promise<void>): Promise<void> {
    this.#waits += 1;
    this.#checkSlot();
    let onAbort: (() => void) | undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      onAbort = () => reject(this.#closedBy);
      this.abort.addEventListener('abort', onAbort, { once: true });
    });
    try {
      await Promise.race([waiting, aborted]);
      await this.#acquire();
    } finally {
      if (onAbort !== undefined) this.abort.removeEventListener('abort', onAbort);
      this.#waits -= 1;
      if (this.#waits > 0) this.#checkSlot();
    }
  }

  #note<T extends number>(key: string, kind: StepKind, read: () => T): T | Promise<T> {
    if (this.#closedBy !== undefined) return this.#refuse();
    const recorded = this.#recall(key, kind);
    if (recorded !== undefined) return recorded.value as T;
    const write = (): T => {
      const value = read();
      this.#commitValue(this.#entry(key, kind, this.host.clock.now()), value);
      return value;
    };
    if (this.#replay === undefined || this.#replay.left === 0) return write();
    return this.#passReplay(key).then(write);
  }

  #entry(key: string, kind: StepKind, startedAt: EpochMs): StepEntry {
    return {
      key,
      kind,
      state: 'intended',
      ordinal: this.#journal.nextOrdinal(),
      startedAt,
      delivery: this.record.delivery,
    };
  }

  #commit(entry: StepEntry, value: unknown): void {
    if (value !== undefined)
      checkJson(value, `The result of step "${entry.key}" of task "${this.id}"`, this.host.maxValueBytes);
    this.#commitValue(entry, value);
  }

  #commitValue(entry: StepEntry, value: unknown): void {
    if (this.record.run !== this) throw runEnded(this.id);
    entry.state = 'done';
    entry.value = value ?? null;
    entry.endedAt = this.host.clock.now();
    this.#journal.set(entry);
    this.#commits += 1;
  }

  /** Keeps a failure, unless the run was ended: an aborted step has not failed, it has not happened or is in doubt. */
  #commitFailure(entry: StepEntry, error: unknown): void {
    if (this.#closedBy !== undefined || entry.state === 'done') return;
    entry.state = 'failed';
    entry.error = serializeFailure(error);
    entry.endedAt = this.host.clock.now();
    this.#journal.set(entry);
    this.#commits += 1;
  }

  #acquire(): Promise<void> {
    if (this.#closedBy !== undefined) return Promise.reject(this.#closedBy);
    if (this.permit !== undefined) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#slotQueue.push({ resolve, reject });
      if (this.#slotQueue.length === 1) this.host.requeue(this);
    });
  }

  /** Looks in the next turn of the event loop, when all that was ready has run, whether there is only waiting left. */
  #checkSlot(): void {
    if (this.#isCheckingSlot) return;
    this.#isCheckingSlot = true;
    setImmediate(() => this.#freeIdleSlot());
  }

  #freeIdleSlot(): void {
    this.#isCheckingSlot = false;
    if (this.#busy > 0 || this.#waits === 0 || this.permit === undefined || this.#closedBy !== undefined) return;
    if (this.#isDraining) {
      this.#giveBack();
      return;
    }
    this.#stopClock();
    this.host.release(this);
  }

  #pause(error: OrchestratorError): OrchestratorError {
    this.end({ kind: 'paused', error }, error);
    return error;
  }

  #giveBack(): OrchestratorError {
    const error = new CancelledError('shutdown');
    this.end({ kind: 'given-back', isUnavailable: false }, error);
    return error;
  }

  #startClock(): void {
    const leftMs = this.#timeLeftMs;
    if (leftMs === undefined) return;
    this.#heldSince = this.host.clock.now();
    this.#timeoutTimer = this.host.timers.set(this.#heldSince + leftMs, () => {
      const error = deliveryTimeout(this.id, this.record.spec.deliveryTimeoutMs as number);
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

function endingOfThrow(thrown: unknown): RunEnding {
  if (!OrchestratorError.isInstance(thrown)) return { kind: 'failed', error: classify(thrown) };
  if (thrown.code === 'JOURNAL_MISMATCH' || thrown.code === 'EFFECT_UNKNOWN') return { kind: 'paused', error: thrown };
  if (thrown.code === 'ENGINE_UNAVAILABLE' || thrown.code === 'CLAIM_LOST')
    return { kind: 'given-back', isUnavailable: true };
  return { kind: 'failed', error: thrown };
}

function raise(error: Error): never {
  throw error;
}
