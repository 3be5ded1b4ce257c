import type { EngineOptions } from '@master-orchestrator/contracts';
import type { TaskRecord } from './task-record.js';
import type { KeepFinished } from './task-table.js';

/** What the memory engine can be told beyond what every engine is. */
export interface MemoryEngineOptions extends EngineOptions {
  /** When finished tasks are forgotten. @default 10_000 tasks, 1 hour */ readonly keepFinished?: Partial<KeepFinished>;
  /** Items of the feed that late readers can still get. @default 10_000 */ readonly feedItems?: number;
  /** Largest value as JSON, in bytes. @default 1_048_576 */ readonly maxValueBytes?: number;
}

/** How a batch is taken. */
export interface SubmitOptions {
  /** Unfinished tasks there may be with it. @default `maxQueued` */ readonly mostUnfinished?: number;
  /** Does something to each new record before it is in the table. */ readonly prepare?: (record: TaskRecord) => void;
}
