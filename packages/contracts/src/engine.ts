import type { Json, SerializedError } from '@master-orchestrator/errors';
import type { EpochMs } from './ids.js';

/** What can be asked for. */
export interface TaskSpec {
  /** Chosen by the caller: submitting it again changes nothing. */ readonly id: string;
  /** Which handler runs it. */ readonly kind: string;
  /** Which shape of journal the handler must understand. */ readonly revision: number;
  readonly input: Json;
  /** Agent or tenant: the unit of per-agent limits. */ readonly lane: string;
  /** 0 to 9, 9 most urgent. Effective: `min(9, priority + floor(waitedMs / agingMs))`. @default 5 */
  readonly priority?: number;
  /** Not started before. */ readonly notBefore?: EpochMs;
  /** Tasks that must have ended first. */
  readonly after?: readonly { readonly task: string; readonly when: 'completed' | 'settled' }[];
  /** At most one unfinished task has it. */ readonly uniqueKey?: string;
  /** Wall clock, the whole task, time in the queue included. */ readonly deadline?: EpochMs;
  /** One delivery, in milliseconds; time it spends waiting without a slot does not count. */
  readonly deliveryTimeoutMs?: number;
  readonly parent?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What became of a submitted task. */
export type Submitted =
  | { readonly outcome: 'created' | 'known'; readonly id: string }
  | { readonly outcome: 'blocked-by-unique-key'; readonly id: string; readonly holder: string };

/** Phases of an engine's task. The last four are final. */
export const PHASES = [
  'blocked',
  'scheduled',
  'ready',
  'running',
  'waiting',
  'paused',
  'completed',
  'failed',
  'cancelled',
  'skipped',
] as const;

/** One of {@link PHASES}. */
export type Phase = (typeof PHASES)[number];

/** True for `completed`, `failed`, `cancelled` and `skipped`. */
export function isFinalPhase(phase: Phase): boolean {
  return phase === 'completed' || phase === 'failed' || phase === 'cancelled' || phase === 'skipped';
}

/** Concurrency limits, for all processes of a store. */
export interface Limits {
  /** Running tasks in all. */ readonly total?: number;
  /** Running tasks of a lane that has no number of its own. */ readonly perLaneDefault?: number;
  readonly lanes?: Readonly<Record<string, number>>;
  /**
   * Which share a lane belongs to, such as its team: among ready tasks of the same effective priority shares take turns,
   * the one served longest ago first. Lanes that are not named are one share. @default one share: order of submission
   */
  readonly shares?: Readonly<Record<string, string>>;
}

/** A task as the engine sees it. */
export interface TaskView {
  readonly id: string;
  readonly kind: string;
  readonly revision: number;
  readonly phase: Phase;
  readonly lane: string;
  readonly priority: number;
  readonly input: Json;
  readonly submittedAt: EpochMs;
  readonly startedAt?: EpochMs;
  readonly endedAt?: EpochMs;
  readonly notBefore?: EpochMs;
  readonly deadline?: EpochMs;
  /** How often a worker has begun it. */ readonly delivery: number;
  /** Worker that runs it. */ readonly worker?: string;
  readonly parent?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What the handler returned; completed tasks. */ readonly result?: Json;
  /** Failed tasks; paused ones: why. */ readonly error?: SerializedError;
  /** Cancelled tasks. */ readonly cancelReason?: string;
}

/** A step as the journal holds it. */
export interface StepView {
  readonly key: string;
  readonly state: 'intended' | 'done' | 'failed';
  readonly startedAt: EpochMs;
  readonly endedAt?: EpochMs;
  readonly delivery: number;
  readonly value?: Json;
  readonly error?: SerializedError;
}

/** Which tasks to list; given fields must all match. */
export interface TaskQuery {
  readonly phases?: readonly Phase[];
  readonly lane?: string;
  readonly kind?: string;
  readonly parent?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Where the last page ended. */ readonly cursor?: string;
  /** @default 100, at most 1_000 */ readonly limit?: number;
  /** By submission. @default 'oldest-first' */ readonly order?: 'oldest-first' | 'newest-first';
}

/** Which feed items to read. */
export interface FeedFilter {
  readonly task?: string;
  readonly types?: readonly string[];
}

/** One entry of the append-only feed of an engine. */
export interface FeedItem {
  /** Position; opaque, ordered. */ readonly cursor: string;
  readonly at: EpochMs;
  /** Absent for entries that belong to no task. */ readonly task?: string;
  /**
   * `phase` when a task changed its phase (data: `{ phase, previous, delivery, worker?, reason?, error? }`), `stream-gap`
   * where items are missing (data: `{ from, to }`), else what a run reported.
   */
  readonly type: string;
  readonly data: Json;
}

/** Where tasks and their steps live. ENGINES is the name of the family: memory, one file, a database. */
export interface TaskEngine {
  readonly caps: EngineCaps;
  readonly state: StateStore;
  /** Creates or migrates storage; safe to race. */ start(): Promise<void>;
  /** Unfinished runs stay resumable. */ stop(options: { readonly graceMs: number }): Promise<void>;

  /** All or none. @throws OrchestratorError VALUE_TOO_LARGE, TASK_INVALID (cycle, not JSON), QUEUE_FULL */
  submit(batch: readonly TaskSpec[]): Promise<Submitted[]>;
  /** Ends a task in any phase, with its unfinished children. A running one ends once its handler has settled. */
  cancel(id: string, reason: string): Promise<'accepted' | 'already-final' | 'unknown'>;
  /** Stores a message for a run; a repeated `messageId` changes nothing. */
  signal(id: string, channel: string, body: Json, messageId: string): Promise<'stored' | 'repeat' | 'final'>;
  /** From paused to ready, after a person decided. */ resume(id: string): Promise<void>;
  /** A new task with the journal before that step. */ fork(
    id: string,
    fromKey: string,
    newId: string,
  ): Promise<Submitted>;
  /** Live, for all processes. */ setLimits(limits: Limits): Promise<void>;
  /** Nothing of the lane is claimed any more; running runs go on. */ pauseLane(lane: string): Promise<void>;
  resumeLane(lane: string): Promise<void>;

  get(id: string): Promise<TaskView | undefined>;
  list(query: TaskQuery): Promise<{ items: TaskView[]; next?: string }>;
  journal(id: string): Promise<StepView[]>;
  /**
   * Items after a cursor, from `now` on, or from the oldest that is kept (`'0'`): at least once, ordered per task. Ends when the returned iterator is closed or the engine
   * stops.
   */
  feed(from: string, filter?: FeedFilter): AsyncIterable<FeedItem>;
  /** Removes finished tasks with their journals; returns how many. */ purge(finishedBefore: EpochMs): Promise<number>;

  serve(handlers: ReadonlyMap<string, Handler>, options: ServeOptions): Promise<Serving>;
}

/** How a process takes part in the work. */
export interface ServeOptions {
  readonly workerId: string;
  /** Tasks this process runs at once. */ readonly slots: number;
  /** Only these lanes. @default all */ readonly lanes?: readonly string[];
  /** How long a claim lasts without renewal, in milliseconds. */ readonly claimMs: number;
}

/** A process at work. */
export interface Serving {
  /** Starts nothing new, waits for running steps at most `graceMs`, then gives the runs back. */
  drain(graceMs: number): Promise<void>;
  /** Runs this process holds now, those that wait included. */ readonly active: number;
}

/** One row of the shared state. */
export interface Row {
  readonly key: string;
  readonly value: Json;
  /** Starts at 1 and counts up with each write. */ readonly version: number;
}

/** The part of the store that a transaction offers. */
export type StateTransaction = Pick<StateStore, 'get' | 'put' | 'delete' | 'scan' | 'append'>;

/** State that all workers share: budgets, sessions, approvals, grants, dead letters and the like. */
export interface StateStore {
  get(namespace: string, key: string): Promise<Row | undefined>;
  /** Returns the new version. `ifVersion` 0: only if new. */
  put(
    namespace: string,
    key: string,
    value: Json,
    options?: { readonly ifVersion?: number },
  ): Promise<number | 'conflict'>;
  delete(namespace: string, key: string, options?: { readonly ifVersion?: number }): Promise<boolean | 'conflict'>;
  /** Rows whose key starts with `prefix`, in order of the key; also reads logs (namespace = log, prefix ''). */
  scan(namespace: string, prefix: string, cursor?: string, limit?: number): Promise<{ items: Row[]; next?: string }>;
  /** Adds a record to a log; returns its cursor, which is the row's key when the log is scanned. */
  append(log: string, record: Json): Promise<string>;
  /** All or nothing. May run `body` again after a conflict. */
  transact<T>(body: (transaction: StateTransaction) => Promise<T>): Promise<T>;
  /** Stores bytes once; returns their SHA-256 as lower-case hex. */ putBlob(bytes: Uint8Array): Promise<string>;
  getBlob(hash: string): Promise<Uint8Array | undefined>;
}

/** Runs a task of one kind; its result is the task's. */
export type Handler = (run: TaskRun, input: Json) => Promise<Json>;

/** What a run sees of its engine. */
export interface TaskRun {
  readonly id: string;
  readonly lane: string;
  readonly delivery: number;
  /** Cancel, deadline, lost claim, shutdown. */ readonly abort: AbortSignal;
  /**
   * Runs `body` once and keeps its result; in a later delivery the kept result comes back at once. A failure is kept, too:
   * the same call throws it again in a later delivery, and a further call with the same key runs the body again.
   */
  step<T extends Json>(key: string, policy: StepPolicy, body: (scope: StepScope) => Promise<T>): Promise<T>;
  /** Steps at once; the first failure is thrown after all have settled. */
  parallel<T extends Json>(
    parts: readonly {
      readonly key: string;
      readonly policy: StepPolicy;
      readonly body: (scope: StepScope) => Promise<T>;
    }[],
  ): Promise<T[]>;
  /** Waits for a message without holding a slot. */
  receive(
    key: string,
    channel: string,
    options?: { readonly timeoutMs?: number },
  ): Promise<{ body: Json; messageId: string } | undefined>;
  /** Waits without holding a slot. */ sleepUntil(key: string, at: EpochMs): Promise<void>;
  /** Submits children, once. */ spawn(key: string, specs: readonly TaskSpec[]): Promise<string[]>;
  /** Waits for tasks to end, without holding a slot. */ join(key: string, ids: readonly string[]): Promise<TaskView[]>;
  /** The time, the same in every delivery. */ now(key: string): Promise<EpochMs>;
  /** Chance, the same in every delivery. */ random(key: string): Promise<number>;
  /** Adds to the feed; best effort, never blocks. */ report(item: {
    readonly type: string;
    readonly data: Json;
  }): void;
}

/** What the engine must know about a step. */
export interface StepPolicy {
  /** What a second execution would mean. `must-ask` writes an intent first and pauses the run if in doubt. */
  readonly repeat: 'harmless' | 'deduplicated-by-key' | 'must-ask';
  readonly timeoutMs?: number;
  /** True: the result must survive a power loss, not the process alone (steps that cost money). @default false */
  readonly isCostly?: boolean;
}

/** What a step body sees. */
export interface StepScope {
  /** `<taskId>:<key>`. */ readonly idempotencyKey: string;
  readonly abort: AbortSignal;
  /** True where an earlier execution may have happened. */ readonly repeatPossible: boolean;
}

/** What an engine can and cannot do. */
export interface EngineCaps {
  readonly name: string;
  readonly durable: boolean;
  readonly reach: 'one-process' | 'one-host' | 'many-hosts';
  readonly failover: {
    readonly kind: 'none' | 'claim-expiry' | 'heartbeat' | 'built-in';
    readonly worstCaseMs: number;
  };
  readonly order: 'strict' | 'approximate';
  /** Raises the priority of waiting tasks. */ readonly aging: boolean;
  readonly laneLimits: 'per-lane' | 'uniform' | 'none';
  readonly atomicSubmit: boolean;
  /** True: code changes need a new revision. */ readonly positionalJournal: boolean;
  readonly timerGrainMs: number;
  /** Bytes of one value as JSON. */ readonly maxValueBytes: number;
}

/** An engine a plugin offers, found by the scheme of an address such as `sqlite:./data.db`. */
export interface EngineContribution {
  /** Part before the first `:`, unique. */ readonly scheme: string;
  create(address: string, options: EngineOptions): Promise<TaskEngine>;
}

/** What a host hands to an engine. */
export interface EngineOptions {
  readonly clock: import('@master-orchestrator/errors').Clock;
  readonly random: import('@master-orchestrator/errors').Random;
  readonly logger: import('./logger.js').Logger;
  /** Waiting for this long raises the effective priority by one; 0 turns it off. @default 60_000 */
  readonly agingMs?: number;
  /** Unfinished tasks held at most; the children of a run are taken all the same. @default 10_000 */
  readonly maxQueued?: number;
  readonly limits?: Limits;
}
