import { optional, type CreateId, type EpochMs, type Logger, type StateStore } from '@master-orchestrator/contracts';
import { classify, OrchestratorError, type Clock, type Json } from '@master-orchestrator/errors';
import { Cron } from 'croner';
import { z } from 'zod';
import type { CreateTaskOptions } from './task-options.js';

/** The part of a task's options that a schedule stores: data alone. */
export type ScheduledTask = Pick<
  CreateTaskOptions,
  'description' | 'agentId' | 'team' | 'priority' | 'deadlineMs' | 'budget' | 'sessionId' | 'labels' | 'userContext'
>;

/** What `createSchedule` takes. */
export interface ScheduleOptions {
  /** Fixed id, so that a restarted program finds its schedule. @default a new one */ readonly id?: string;
  /** Five fields (minute first), or six with seconds in front. */ readonly cron: string;
  /** IANA name, such as `Europe/Lisbon`. @default UTC */ readonly timezone?: string;
  readonly task: ScheduledTask;
  /** Ticks that were missed while no process was up: none, or the latest one. @default 'none' */
  readonly catchUp?: 'none' | 'latest';
}

/** A schedule as users see it: without the user context of its tasks, which is for tools and hooks alone. */
export interface ScheduleRecord extends Omit<ScheduleOptions, 'id' | 'task'> {
  readonly id: string;
  readonly task: Omit<ScheduledTask, 'userContext'>;
  readonly isPaused: boolean;
  readonly createdAt: EpochMs;
  /** The tick that was fired last. */ readonly lastTick?: EpochMs;
  /** When it fires next; absent while paused. */ readonly nextTick?: EpochMs;
}

type StoredSchedule = ScheduleRecord & Pick<ScheduleOptions, 'task'>;

/** Collaborators of {@link Schedules}. */
export interface SchedulesParts {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly createId: CreateId;
  readonly logger: Logger;
  /** Creates and queues the task of a tick; the same id changes nothing. */
  fire(taskId: string, task: ScheduledTask): Promise<void>;
  /** The user context of a task as it can be stored. @throws OrchestratorError USER_CONTEXT_INVALID */
  readUserContext(task: ScheduledTask): Json | undefined;
}

const NAMESPACE = 'schedules';
/** How often the stored schedules are read again: another process may have changed them. */
const REFRESH_MS = 30_000;
const optionsShape = z.strictObject({
  id: z.string().min(1).max(128).optional(),
  cron: z.string().min(1),
  timezone: z.string().min(1).optional(),
  task: z.looseObject({ description: z.string().min(1) }),
  catchUp: z.enum(['none', 'latest']).optional(),
});

/**
 * Tasks by the clock. A schedule is a row of the shared state; the task of a tick has the id `<schedule>@<tick>`, so that
 * each tick fires once whatever the number of processes.
 */
export class Schedules {
  readonly #parts: SchedulesParts;
  readonly #timers = new Map<string, { readonly fingerprint: string; readonly cancel: () => void }>();
  #cancelRefresh: (() => void) | undefined;
  #isRunning = false;

  constructor(parts: SchedulesParts) {
    this.#parts = parts;
  }

  /** Stores a schedule, or replaces the one of the same id. @throws OrchestratorError TASK_INVALID, USER_CONTEXT_INVALID */
  async create(options: ScheduleOptions): Promise<ScheduleRecord> {
    const checked = optionsShape.safeParse(options);
    if (!checked.success) {
      const problems = checked.error.issues.map(({ path, message }) => `${path.join('.') || 'schedule'}: ${message}`);
      throw new OrchestratorError('TASK_INVALID', `This schedule is not valid: ${problems.join('; ')}.`);
    }
    cronOf(options);
    const { clock, createId } = this.#parts;
    const id = options.id ?? createId('schedule');
    const { userContext: _given, ...rest } = options.task;
    const task = { ...rest, ...optional({ userContext: this.#parts.readUserContext(options.task) }) };
    const record = await this.#change(id, (before) => ({
      ...options,
      task,
      id,
      isPaused: before?.isPaused ?? false,
      createdAt: before?.createdAt ?? clock.now(),
      ...optional({ lastTick: before?.lastTick }),
    }));
    this.#arm(record);
    return this.#view(record);
  }

  /** All schedules, by id, with their next tick. */
  async list(): Promise<ScheduleRecord[]> {
    return (await this.#stored()).map((record) => this.#view(record));
  }

  async #stored(): Promise<StoredSchedule[]> {
    const records: StoredSchedule[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#parts.state.scan(NAMESPACE, '', cursor);
      for (const { value } of page.items) records.push(value as unknown as StoredSchedule);
      cursor = page.next;
    } while (cursor !== undefined);
    return records;
  }

  /** Fires no more until it is resumed. @throws OrchestratorError NOT_FOUND */
  async setPaused(id: string, isPaused: boolean): Promise<ScheduleRecord> {
    const record = await this.#change(id, (before) => {
      if (before === undefined) throw new OrchestratorError('NOT_FOUND', `There is no schedule "${id}".`);
      return { ...before, isPaused };
    });
    this.#arm(record);
    return this.#view(record);
  }

  /** Removes a schedule; tasks it fired stay. Returns false where there was none. */
  async delete(id: string): Promise<boolean> {
    this.#disarm(id);
    return (await this.#parts.state.delete(NAMESPACE, id)) === true;
  }

  /** Begins to fire. */
  async start(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    await this.#refresh();
  }

  /** Fires no more in this process. */
  stop(): void {
    this.#isRunning = false;
    this.#cancelRefresh?.();
    for (const id of this.#timers.keys()) this.#disarm(id);
  }

  async #refresh(): Promise<void> {
    const known = new Set<string>();
    for (const record of await this.#stored()) {
      known.add(record.id);
      // A timer that is about to fire must not be put off by reading its schedule again.
      if (this.#timers.get(record.id)?.fingerprint === fingerprintOf(record)) continue;
      await this.#catchUp(record);
      this.#arm(record);
    }
    for (const id of this.#timers.keys()) if (!known.has(id)) this.#disarm(id);
    if (!this.#isRunning) return;
    this.#cancelRefresh = this.#parts.clock.setTimer(REFRESH_MS, () => {
      this.#refresh().catch((error: unknown) =>
        this.#parts.logger.warn({ err: classify(error).toJSON() }, 'schedules could not be read'),
      );
    });
  }

  /** Fires the latest tick that was missed since the last one. */
  async #catchUp(record: StoredSchedule): Promise<void> {
    const { lastTick, isPaused, catchUp } = record;
    if (isPaused || catchUp !== 'latest' || lastTick === undefined) return;
    const cron = cronOf(record);
    const now = this.#parts.clock.now();
    let missed: number | undefined;
    for (let tick = nextOf(cron, lastTick); tick !== undefined && tick <= now; tick = nextOf(cron, tick)) missed = tick;
    if (missed !== undefined) await this.#fire(record, missed);
  }

  #arm(record: StoredSchedule): void {
    this.#disarm(record.id);
    if (!this.#isRunning || record.isPaused) return;
    const { clock, logger } = this.#parts;
    const tick = nextOf(cronOf(record), clock.now());
    if (tick === undefined) return;
    const cancel = clock.setTimer(Math.max(0, tick - clock.now()), () => {
      void this.#fire(record, tick)
        .catch((error: unknown) => {
          logger.error({ err: classify(error).toJSON(), schedule: record.id }, 'a scheduled task could not be queued');
          return record;
        })
        .then((present) => (present === undefined ? this.#disarm(record.id) : this.#arm(present)));
    });
    this.#timers.set(record.id, { fingerprint: fingerprintOf(record), cancel });
  }

  /** Fires a tick where the stored schedule still has it; returns that schedule. */
  async #fire(armed: StoredSchedule, tick: EpochMs): Promise<StoredSchedule | undefined> {
    const record = (await this.#find(armed.id))?.record;
    // Another process may have changed, paused or removed it, or was faster.
    if (record === undefined || record.isPaused || fingerprintOf(record) !== fingerprintOf(armed)) return record;
    if ((record.lastTick ?? 0) >= tick) return record;
    await this.#parts.fire(`${record.id}@${tick}`, record.task);
    return this.#noteTick(record.id, tick);
  }

  async #noteTick(id: string, tick: EpochMs): Promise<StoredSchedule | undefined> {
    for (;;) {
      const found = await this.#find(id);
      if (found === undefined || (found.record.lastTick ?? 0) >= tick) return found?.record;
      const next = { ...found.record, lastTick: tick };
      if (await this.#put(next, found.version)) return next;
    }
  }

  #disarm(id: string): void {
    this.#timers.get(id)?.cancel();
    this.#timers.delete(id);
  }

  #view(record: StoredSchedule): ScheduleRecord {
    const nextTick = record.isPaused ? undefined : nextOf(cronOf(record), this.#parts.clock.now());
    const { userContext: _hidden, ...task } = record.task;
    return { ...record, task, ...optional({ nextTick }) };
  }

  /** Changes a stored schedule; of several writers at the same time none undoes what another wrote. */
  async #change(id: string, change: (before: StoredSchedule | undefined) => StoredSchedule): Promise<StoredSchedule> {
    for (;;) {
      const found = await this.#find(id);
      const next = change(found?.record);
      if (await this.#put(next, found?.version ?? 0)) return next;
    }
  }

  async #put(record: StoredSchedule, ifVersion: number): Promise<boolean> {
    return (await this.#parts.state.put(NAMESPACE, record.id, record as unknown as Json, { ifVersion })) !== 'conflict';
  }

  async #find(id: string): Promise<{ record: StoredSchedule; version: number } | undefined> {
    const row = await this.#parts.state.get(NAMESPACE, id);
    return row === undefined ? undefined : { record: row.value as unknown as StoredSchedule, version: row.version };
  }
}

/** What a timer depends on: a change of it arms the schedule anew. */
function fingerprintOf({ cron, timezone, isPaused }: StoredSchedule): string {
  return JSON.stringify([cron, timezone, isPaused]);
}

/** @throws OrchestratorError TASK_INVALID where the expression or the time zone cannot be read */
function cronOf({ cron, timezone = 'UTC' }: Pick<ScheduleOptions, 'cron' | 'timezone'>): Cron {
  try {
    const parsed = new Cron(cron, { paused: true, timezone });
    parsed.nextRun();
    return parsed;
  } catch (cause) {
    const message = `The schedule "${cron}" in time zone "${timezone}" cannot be read: ${(cause as Error).message}`;
    throw new OrchestratorError('TASK_INVALID', message, { cause });
  }
}

function nextOf(cron: Cron, after: EpochMs): EpochMs | undefined {
  return cron.nextRun(new Date(after))?.getTime();
}
