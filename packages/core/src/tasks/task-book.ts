import {
  addUsage,
  NO_USAGE,
  optional,
  type BudgetLimits,
  type EpochMs,
  type JsonSchema,
  type ModelUsage,
  type Phase,
  type RecoveryOverrides,
  type StateStore,
  type TaskEngine,
  type TaskInput,
  type TaskOutcome,
  type TaskResult,
  type TaskStatus,
  type TaskView,
  type Writable,
} from '@master-orchestrator/contracts';
import {
  CancelledError,
  OrchestratorError,
  type Clock,
  type Json,
  type SecretMask,
  type SerializedError,
} from '@master-orchestrator/errors';
import { readUserContext } from '@master-orchestrator/tools';
import type { ZodType } from 'zod';
import type { EventBus } from '../events/event-bus.js';
import { TaskEvents } from '../events/task-events.js';
import { isFinalStatus, moveForPhase, nextStatus, statusOfPhase, TASK_TABLE } from './task-states.js';

/** What a task waits for, and what happens when that fails. */
export interface TaskDependency {
  readonly task: string;
  /** The other task failed: `fail` this one, `skip` it, or `continue` without it. @default 'fail' */
  readonly onFailure?: 'fail' | 'skip' | 'continue';
}

/** What is stored of a task; plain data. */
export interface TaskRecord {
  readonly id: string;
  readonly agentId: string;
  readonly agentRevision: number;
  readonly agentName: string;
  readonly team?: string;
  readonly input: TaskInput;
  readonly priority: number;
  readonly dependsOn: readonly TaskDependency[];
  readonly notBefore?: EpochMs;
  /** From submission to end, in milliseconds. */ readonly deadlineMs?: number;
  readonly budget?: BudgetLimits;
  /** Budget node that pays besides; absent: the agent's. */ readonly budgetParent?: string;
  readonly idempotencyKey?: string;
  readonly outputSchema?: JsonSchema;
  readonly sessionId?: string;
  /** Stored answer of the provider that it goes on from. */ readonly previousResponseId?: string;
  /** True: model answers are streamed and deltas published. */ readonly isStreamed?: boolean;
  /** Recovery plans of this task alone. */ readonly recovery?: RecoveryOverrides;
  /** What its tools and hooks are told; frozen. Views leave it out. */ readonly userContext?: Json;
  readonly parentTaskId?: string;
  /** Agents above it, outermost first. */ readonly ancestors: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: EpochMs;
  /** The failed task it repeats. */ readonly retryOf?: string;
}

/** A task as users see it: without its user context, which is for tools and hooks alone. */
export interface TaskInfo extends Omit<TaskRecord, 'userContext'> {
  readonly status: TaskStatus;
  readonly startedAt?: EpochMs;
  readonly endedAt?: EpochMs;
  readonly delivery: number;
  readonly result?: TaskResult;
  readonly error?: SerializedError;
  readonly deadLetterId?: string;
  readonly usage: ModelUsage;
  readonly costUsd?: number;
}

/** What a run hands to the engine as its result. */
export interface StoredResult {
  readonly output: Json;
  readonly text: string;
  readonly usage: ModelUsage;
  readonly responseId?: string;
  readonly costUsd?: number;
  readonly isPartial?: boolean;
  readonly notes?: readonly string[];
}

/** What a task has used so far. */
export interface Spending {
  usage: ModelUsage;
  /** US dollars; `undefined` once something without a known price was used. */ costUsd: number | undefined;
}

/** A task that this process knows. */
export interface LiveTask {
  readonly record: TaskRecord;
  readonly events: TaskEvents;
  /** With what its children used, as far as their answers were taken. */ spending: Spending;
  /** Its own model calls alone; absent where another process ran it. */ own?: Spending;
  /** Schema given in code; wins over the stored one. */ readonly outputSchema?: ZodType;
  status: TaskStatus;
  startedAt?: EpochMs;
  endedAt?: EpochMs;
  /** When it must have ended. */ deadline?: EpochMs | undefined;
  delivery: number;
  result?: TaskResult;
  error?: OrchestratorError;
  deadLetterId?: string;
  waiters: { resolve(result: TaskResult): void; reject(error: unknown): void }[];
}

const RECORDS = 'tasks';

/** Collaborators of a {@link TaskBook}. */
export interface TaskBookParts {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly state: StateStore;
  readonly engine: Pick<TaskEngine, 'get'>;
  /** Takes secrets out of what is stored. */ readonly mask: SecretMask;
  /** Finished tasks kept in memory. @default 1_000 */ readonly keepFinished?: number;
  /** True: records of finished tasks stay in the store, which has a retention of its own. @default false */ readonly isDurable?: boolean;
  /** Called when the engine paused a task for a person. */
  readonly onPause?: (task: LiveTask, view: TaskView) => Promise<void>;
  /** Called when a task failed for good; returns the id of its dead letter. */
  readonly onFail?: (task: LiveTask, error: OrchestratorError) => Promise<string | undefined>;
}

/**
 * Every task's record and state. The state moves by one table; the engine's phases drive it, so that a task has one
 * terminal event whichever way it ended.
 */
export class TaskBook {
  readonly #live = new Map<string, LiveTask>();
  readonly #finished: string[] = [];
  readonly #parts: TaskBookParts;
  readonly #keepFinished: number;

  constructor(parts: TaskBookParts) {
    this.#parts = parts;
    this.#keepFinished = parts.keepFinished ?? 1_000;
  }

  /** Stores a new task; it is `pending`. */
  async add(given: TaskRecord, outputSchema?: ZodType): Promise<LiveTask> {
    const { mask } = this.#parts;
    const record: Writable<TaskRecord> = { ...given };
    record.input = mask(given.input);
    record.labels = mask(given.labels);
    await this.#parts.state.put(RECORDS, record.id, record as unknown as Json);
    return this.#adopt(record, outputSchema);
  }

  /** A task this process knows, else the stored one. @throws OrchestratorError TASK_UNKNOWN */
  async get(id: string): Promise<LiveTask> {
    const live = this.#live.get(id);
    if (live !== undefined) return live;
    const row = await this.#parts.state.get(RECORDS, id);
    if (row === undefined) {
      throw new OrchestratorError(
        'TASK_UNKNOWN',
        `There is no task "${id}". Ids come from createTask() and listTasks().`,
      );
    }
    const task = this.#adopt(row.value as unknown as TaskRecord);
    const view = await this.#parts.engine.get(id);
    // The feed may have told its end meanwhile.
    if (view !== undefined && !isFinalStatus(task.status)) this.#copyView(task, view);
    // Of the tasks that were evicted, only failed ones with a dead letter keep their record.
    else if (view === undefined && this.#parts.isDurable !== true) task.status = 'failed';
    if (this.#parts.isDurable === true && view !== undefined && isFinalStatus(task.status)) this.#evict(id);
    return task;
  }

  /** A task of this process, or `undefined`. */
  peek(id: string): LiveTask | undefined {
    return this.#live.get(id);
  }

  /** Tasks this process knows. */
  live(): LiveTask[] {
    return [...this.#live.values()];
  }

  /** Resolves with the result, rejects with the error, once the task has ended. */
  settled(task: LiveTask): Promise<TaskResult> {
    return new Promise((resolve, reject) => {
      if (isFinalStatus(task.status)) settle(task, { resolve, reject });
      else task.waiters.push({ resolve, reject });
    });
  }

  /** The engine says that a task changed its phase. */
  async phaseChanged(id: string, phase: Phase): Promise<void> {
    const task = this.#live.get(id);
    if (task === undefined) {
      if (phase === 'failed' || phase === 'paused') await this.followUp(id);
      return;
    }
    if (isFinalStatus(task.status)) return;
    const move = moveForPhase(task.status, phase);
    if (move === undefined) return;
    const next = TASK_TABLE[task.status][move];
    // What was read of a task that another process moves may be older or newer than the feed: the engine knows.
    if (next === undefined) return this.#readAgain(task);
    if (!isFinalStatus(next)) {
      task.status = next;
      if (next === 'paused') await this.#pause(task);
      return;
    }
    const view = await this.#parts.engine.get(id);
    if (isFinalStatus(task.status)) return;
    await this.#end(task, next as TaskOutcome, view);
  }

  /**
   * Sees to it that a task which failed or was paused has its dead letter or its question: the process that had it may
   * have died just then. Changes nothing where it has.
   */
  async followUp(id: string): Promise<void> {
    if (this.#parts.isDurable !== true || (await this.#parts.state.get(RECORDS, id)) === undefined) return;
    const task = await this.get(id);
    if (task.status === 'failed' && task.error !== undefined) await this.#bury(task, task.error);
    if (task.status === 'paused') await this.#ask(task);
  }

  /** Ends a task that never reached the engine. */
  async endPending(task: LiveTask, reason: string): Promise<void> {
    nextStatus(task.status, 'cancel', task.record.id);
    await this.#end(task, 'cancelled', undefined, reason);
  }

  /** Removes a task that never reached the engine, as if it had not been. */
  async forget({ record }: LiveTask): Promise<void> {
    this.#live.delete(record.id);
    await this.#parts.state.delete(RECORDS, record.id);
  }

  async #readAgain(task: LiveTask): Promise<void> {
    const view = await this.#parts.engine.get(task.record.id);
    if (view === undefined || isFinalStatus(task.status)) return;
    const status = statusOfPhase(view.phase);
    if (isFinalStatus(status)) return this.#end(task, status as TaskOutcome, view);
    task.status = status;
    if (status === 'paused') await this.#pause(task);
  }

  async #pause(task: LiveTask): Promise<void> {
    task.events.flush();
    task.events.emit('task-park', { reason: 'paused' });
    await this.#ask(task);
  }

  async #ask(task: LiveTask): Promise<void> {
    const view = await this.#parts.engine.get(task.record.id);
    if (view?.phase === 'paused') await this.#parts.onPause?.(task, view);
  }

  async #end(task: LiveTask, outcome: TaskOutcome, view: TaskView | undefined, reason?: string): Promise<void> {
    const now = this.#parts.clock.now();
    task.endedAt = view?.endedAt ?? now;
    task.delivery = view?.delivery ?? task.delivery;
    if (view?.startedAt !== undefined) task.startedAt = view.startedAt;
    this.#takeOutcome(task, outcome, view, reason);
    if (outcome === 'failed' && task.error !== undefined) await this.#bury(task, task.error);
    task.status = outcome;
    task.events.flush();
    task.events.emit('task-end', {
      status: outcome,
      durationMs: task.endedAt - (task.startedAt ?? task.record.createdAt),
      delivery: task.delivery,
      usage: task.spending.usage,
      ...optional({
        costUsd: task.spending.costUsd,
        error: task.error?.toJSON(),
        reason: view?.cancelReason ?? reason,
        deadLetterId: task.deadLetterId,
      }),
    });
    task.events.untap();
    for (const waiter of task.waiters.splice(0)) settle(task, waiter);
    this.#evict(task.record.id);
  }

  async #bury(task: LiveTask, error: OrchestratorError): Promise<void> {
    const deadLetterId = await this.#parts.onFail?.(task, error);
    if (deadLetterId === undefined) return;
    task.deadLetterId = deadLetterId;
    task.error = withDeadLetter(error, deadLetterId);
  }

  #takeOutcome(task: LiveTask, outcome: TaskOutcome, view: TaskView | undefined, reason?: string): void {
    if (outcome === 'completed') {
      task.result = resultOf(task.record.id, view?.result as unknown as StoredResult);
      task.spending.usage = task.result.usage;
      task.spending.costUsd = task.result.costUsd;
    } else if (outcome === 'failed') {
      task.error =
        view?.error === undefined
          ? new OrchestratorError('UNKNOWN_ERROR', `Task "${task.record.id}" failed without saying why.`)
          : OrchestratorError.fromJSON(view.error);
    } else if (outcome === 'cancelled') {
      task.error = new CancelledError(view?.cancelReason ?? reason ?? 'cancelled');
    } else {
      task.error = new OrchestratorError(
        'DEPENDENCY_SKIPPED',
        `Task "${task.record.id}" was skipped: a task it depends on did not complete.`,
      );
    }
  }

  #copyView(task: LiveTask, view: TaskView): void {
    const move = moveForPhase(task.status, view.phase);
    task.delivery = view.delivery;
    if (view.startedAt !== undefined) task.startedAt = view.startedAt;
    if (view.endedAt !== undefined) task.endedAt = view.endedAt;
    if (move === undefined) return;
    task.status = statusOfPhase(view.phase);
    if (isFinalStatus(task.status)) this.#takeOutcome(task, task.status as TaskOutcome, view);
  }

  #adopt(given: TaskRecord, outputSchema?: ZodType): LiveTask {
    const { id, agentId, parentTaskId } = given;
    // Of what the store gave nothing is frozen.
    const userContext = readUserContext(given.userContext);
    const record = userContext === undefined ? given : { ...given, userContext };
    const subject = { taskId: id, agentId, ...optional({ parentTaskId }) };
    const task: LiveTask = {
      record,
      events: new TaskEvents(this.#parts.bus, this.#parts.clock, subject),
      spending: { usage: NO_USAGE, costUsd: 0 },
      status: 'pending',
      delivery: 0,
      waiters: [],
      ...optional({ outputSchema }),
    };
    this.#live.set(id, task);
    return task;
  }

  /** Bounds the memory of finished tasks; the record of a dead letter stays, so that it can be replayed. */
  #evict(id: string): void {
    this.#finished.push(id);
    if (this.#finished.length <= this.#keepFinished) return;
    const oldest = this.#finished.shift() as string;
    const isKept = this.#parts.isDurable === true || this.#live.get(oldest)?.deadLetterId !== undefined;
    this.#live.delete(oldest);
    if (!isKept) this.#parts.state.delete(RECORDS, oldest).catch(() => undefined);
  }
}

/** Adds what a model call used to a task's spending. An unknown cost makes the sum unknown. */
export function spend(spending: Spending, usage: ModelUsage, costUsd: number | undefined): void {
  spending.usage = addUsage(spending.usage, usage);
  spending.costUsd = spending.costUsd === undefined || costUsd === undefined ? undefined : spending.costUsd + costUsd;
}

/** The task as users see it. */
export function infoOfTask(task: LiveTask): TaskInfo {
  const { userContext: _hidden, ...record } = task.record;
  return {
    ...record,
    status: task.status,
    delivery: task.delivery,
    usage: task.spending.usage,
    ...optional({
      startedAt: task.startedAt,
      endedAt: task.endedAt,
      result: task.result,
      error: task.error?.toJSON(),
      deadLetterId: task.deadLetterId,
      costUsd: task.spending.costUsd,
    }),
  };
}

function settle(task: LiveTask, waiter: LiveTask['waiters'][number]): void {
  if (task.result !== undefined) waiter.resolve(task.result);
  else waiter.reject(task.error);
}

function resultOf(taskId: string, stored: StoredResult): TaskResult {
  return { taskId, status: 'completed', ...stored };
}

function withDeadLetter(error: OrchestratorError, deadLetterId: string): OrchestratorError {
  return OrchestratorError.fromJSON({ ...error.toJSON(), deadLetterId });
}
