import type { Handler, Limits, ServeOptions } from '@master-orchestrator/contracts';
import type { Clock } from '@master-orchestrator/errors';
import { setImmediate } from 'node:timers';
import { ReadyQueue, type Group, type Verdict } from './ready-queue.js';
import type { TaskRecord } from './task-record.js';

/** Starts in one turn of the event loop before others get a turn. */
const STARTS_IN_TURN = 64;

/** One who runs tasks: a number of slots and the handlers it has. */
export interface Worker {
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly options: ServeOptions;
  /** Unique within the engine. */ readonly ownerId: string;
  readonly lanes: ReadonlySet<string> | undefined;
  /** Slots in use. */ used: number;
}

/** The right to run: a slot of a worker, counted against the limits. */
export interface Permit {
  readonly worker: Worker;
  readonly lane: string;
}

/** Decides what starts next: priority and age, total and per-lane limits, paused lanes, free slots. */
export class Dispatcher {
  readonly #queue: ReadyQueue<TaskRecord>;
  readonly #clock: Clock;
  readonly #begin: (record: TaskRecord, permit: Permit) => void;
  readonly #workers = new Set<Worker>();
  readonly #pausedLanes = new Set<string>();
  readonly #runningByLane = new Map<string, number>();
  #running = 0;
  #limits: Limits;
  #isPumpDue = false;
  #startsInTurn = 0;

  constructor(options: {
    clock: Clock;
    agingMs: number;
    limits: Limits;
    begin: (record: TaskRecord, permit: Permit) => void;
  }) {
    this.#queue = new ReadyQueue(options.agingMs);
    this.#clock = options.clock;
    this.#limits = options.limits;
    const { shares } = options.limits;
    if (shares !== undefined) this.#queue.regroup((lane) => shares[lane] ?? '');
    this.#begin = options.begin;
  }

  /** Puts a task in line; with `worker`, only that one may run it, for it holds the suspended handler. */
  enqueue(record: TaskRecord, worker?: Worker): void {
    const { lane, kind } = record.spec;
    const { seq, priority } = record;
    const place =
      worker === undefined
        ? { seq, priority, lane, kind }
        : { seq, priority, lane, kind, owner: worker, ownerId: worker.ownerId };
    record.ticket = this.#queue.push(record, place, this.#clock.now());
    this.pump();
  }

  remove(record: TaskRecord): void {
    if (record.ticket !== undefined) this.#queue.remove(record.ticket);
    record.ticket = undefined;
  }

  release(permit: Permit): void {
    this.#running -= 1;
    permit.worker.used -= 1;
    const left = (this.#runningByLane.get(permit.lane) ?? 1) - 1;
    if (left === 0) this.#runningByLane.delete(permit.lane);
    else this.#runningByLane.set(permit.lane, left);
    this.#queue.unblock(permit.lane);
    this.pump();
  }

  addWorker(worker: Worker): void {
    this.#workers.add(worker);
    this.#lookAgain();
  }

  removeWorker(worker: Worker): void {
    this.#workers.delete(worker);
  }

  setLimits(limits: Limits): void {
    const { shares } = limits;
    if (JSON.stringify(shares) !== JSON.stringify(this.#limits.shares))
      this.#queue.regroup((lane) => shares?.[lane] ?? '');
    this.#limits = limits;
    this.#lookAgain();
  }

  pauseLane(lane: string): void {
    this.#pausedLanes.add(lane);
  }

  resumeLane(lane: string): void {
    this.#pausedLanes.delete(lane);
    this.#lookAgain();
  }

  /** Starts what may start, after the current turn: tasks submitted together are ordered together. */
  pump(): void {
    if (this.#isPumpDue || this.#workers.size === 0) return;
    this.#isPumpDue = true;
    const start = (): void => {
      this.#isPumpDue = false;
      this.#startAll();
    };
    if (this.#startsInTurn < STARTS_IN_TURN) queueMicrotask(start);
    else setImmediate(start);
  }

  /** Tasks that end at once would otherwise keep timers and input waiting for as long as there are any. */
  #countStart(): void {
    if (this.#startsInTurn === 0) setImmediate(() => (this.#startsInTurn = 0));
    this.#startsInTurn += 1;
  }

  #lookAgain(): void {
    this.#queue.unblock();
    this.pump();
  }

  #startAll(): void {
    const judge = (group: Group<TaskRecord>): Verdict => this.#judge(group);
    const total = this.#limits.total ?? Number.POSITIVE_INFINITY;
    while (this.#running < total && this.#hasFreeSlot()) {
      const record = this.#queue.take(this.#clock.now(), judge);
      if (record === undefined) return;
      const worker =
        (record.ticket?.group.owner as Worker | undefined) ?? this.#pickWorker(record.spec.lane, record.spec.kind);
      record.ticket = undefined;
      if (worker === undefined) continue;
      this.#countStart();
      this.#running += 1;
      worker.used += 1;
      this.#runningByLane.set(record.spec.lane, (this.#runningByLane.get(record.spec.lane) ?? 0) + 1);
      this.#begin(record, { worker, lane: record.spec.lane });
    }
  }

  #judge(group: Group<TaskRecord>): Verdict {
    const { lane } = group;
    const limit = this.#limits.lanes?.[lane] ?? this.#limits.perLaneDefault ?? Number.POSITIVE_INFINITY;
    if (this.#pausedLanes.has(lane) && group.owner === undefined) return 'block';
    if ((this.#runningByLane.get(lane) ?? 0) >= limit) return 'block';
    const owner = group.owner as Worker | undefined;
    if (owner !== undefined) return owner.used < owner.options.slots ? 'take' : 'skip';
    if (this.#pickWorker(lane, group.kind) !== undefined) return 'take';
    for (const worker of this.#workers) if (accepts(worker, lane, group.kind)) return 'skip';
    return 'block';
  }

  #hasFreeSlot(): boolean {
    for (const worker of this.#workers) if (worker.used < worker.options.slots) return true;
    return false;
  }

  /** The worker with most free slots of those that take this lane and kind. */
  #pickWorker(lane: string, kind: string): Worker | undefined {
    let best: Worker | undefined;
    for (const worker of this.#workers) {
      const free = worker.options.slots - worker.used;
      if (free <= 0 || !accepts(worker, lane, kind)) continue;
      if (best === undefined || free > best.options.slots - best.used) best = worker;
    }
    return best;
  }
}

function accepts(worker: Worker, lane: string, kind: string): boolean {
  return worker.handlers.has(kind) && (worker.lanes === undefined || worker.lanes.has(lane));
}
