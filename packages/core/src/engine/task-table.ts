import type { EpochMs, TaskQuery, TaskView } from '@master-orchestrator/contracts';
import type { TaskRecord } from './task-record.js';
import { taskInvalid } from './engine-errors.js';

const DEFAULT_PAGE = 100;
const LONGEST_PAGE = 1_000;
/** Finished entries kept at the head of the queue before it is cut. */
const SLACK = 1_024;

/** How long finished tasks stay in memory: the first bound that is passed counts. */
export interface KeepFinished {
  /** Tasks. @default 10_000 */ readonly count: number;
  /** Age since the end, in milliseconds. @default 3_600_000 */ readonly ageMs: number;
}

/** The tasks of the memory engine by id, in order of submission, and who holds which unique key. */
export class TaskTable {
  readonly #byId = new Map<string, TaskRecord>();
  readonly #keyHolders = new Map<string, TaskRecord>();
  readonly #keep: KeepFinished;
  /** In the order of their ends; empty before `#head`. */ #finished: (TaskRecord | undefined)[] = [];
  #head = 0;
  #unfinished = 0;

  constructor(keep: KeepFinished) {
    this.#keep = keep;
  }

  /** Tasks that have not ended. */
  get unfinished(): number {
    return this.#unfinished;
  }

  get(id: string): TaskRecord | undefined {
    return this.#byId.get(id);
  }

  holderOf(uniqueKey: string): TaskRecord | undefined {
    return this.#keyHolders.get(uniqueKey);
  }

  add(record: TaskRecord): void {
    this.#byId.set(record.id, record);
    this.#unfinished += 1;
    const { uniqueKey, parent } = record.spec;
    if (uniqueKey !== undefined) this.#keyHolders.set(uniqueKey, record);
    const parentRecord = parent === undefined ? undefined : this.#byId.get(parent);
    if (parentRecord !== undefined && !parentRecord.isFinal) (parentRecord.children ??= new Set()).add(record);
  }

  /** Notes that a task has ended. One whose parent goes on is kept until the parent has ended, for `join`. */
  finish(record: TaskRecord, now: EpochMs): void {
    this.#unfinished -= 1;
    const { uniqueKey, parent } = record.spec;
    if (uniqueKey !== undefined && this.#keyHolders.get(uniqueKey) === record) this.#keyHolders.delete(uniqueKey);
    if (record.keptChildren !== undefined) for (const child of record.keptChildren) this.#finished.push(child);
    const parentRecord = parent === undefined ? undefined : this.#byId.get(parent);
    if (parentRecord !== undefined && !parentRecord.isFinal) {
      parentRecord.children?.delete(record);
      (parentRecord.keptChildren ??= []).push(record);
    } else this.#finished.push(record);
    this.#evict(now);
  }

  /** Forgets tasks that ended before a moment; returns how many. */
  purge(finishedBefore: EpochMs): number {
    const kept: TaskRecord[] = [];
    let removed = 0;
    for (const record of this.#finished.slice(this.#head)) {
      if (record === undefined) continue;
      if ((record.endedAt ?? 0) >= finishedBefore) kept.push(record);
      else if (this.#byId.delete(record.id)) removed += 1;
    }
    this.#finished = kept;
    this.#head = 0;
    return removed;
  }

  list(query: TaskQuery): { items: TaskView[]; next?: string } {
    const limit = Math.max(1, Math.min(query.limit ?? DEFAULT_PAGE, LONGEST_PAGE));
    const isNewestFirst = query.order === 'newest-first';
    const cursor = query.cursor === undefined ? undefined : parseCursor(query.cursor);
    const records = isNewestFirst ? [...this.#byId.values()].toReversed() : this.#byId.values();
    const items: TaskView[] = [];
    let last = 0;
    for (const record of records) {
      if (cursor !== undefined && (isNewestFirst ? record.seq >= cursor : record.seq <= cursor)) continue;
      if (!matches(record, query)) continue;
      if (items.length === limit) return { items, next: String(last) };
      items.push(record.view());
      last = record.seq;
    }
    return { items };
  }

  values(): IterableIterator<TaskRecord> {
    return this.#byId.values();
  }

  #evict(now: EpochMs): void {
    for (let oldest = this.#finished[this.#head]; oldest !== undefined; oldest = this.#finished[this.#head]) {
      const isOver = this.#finished.length - this.#head > this.#keep.count;
      if (!isOver && now - (oldest.endedAt ?? now) <= this.#keep.ageMs) break;
      this.#byId.delete(oldest.id);
      this.#finished[this.#head] = undefined;
      this.#head += 1;
    }
    if (this.#head < SLACK || this.#head * 2 < this.#finished.length) return;
    this.#finished = this.#finished.slice(this.#head);
    this.#head = 0;
  }
}

function matches(record: TaskRecord, query: TaskQuery): boolean {
  const { spec } = record;
  if (query.phases !== undefined && !query.phases.includes(record.phase)) return false;
  if (query.lane !== undefined && spec.lane !== query.lane) return false;
  if (query.kind !== undefined && spec.kind !== query.kind) return false;
  if (query.parent !== undefined && spec.parent !== query.parent) return false;
  return Object.entries(query.labels ?? {}).every(([name, value]) => spec.labels?.[name] === value);
}

function parseCursor(cursor: string): number {
  if (/^\d{1,16}$/.test(cursor)) return Number(cursor);
  throw taskInvalid(`"${cursor}" is no cursor of this list. Use the "next" of the page before.`);
}
