import type { EpochMs } from './ids.js';
import type { ModelItem } from './model.js';

/** A conversation that goes on across tasks. */
export interface SessionRecord {
  readonly id: string;
  readonly items: readonly ModelItem[];
  /** Counts up with each write. */ readonly version: number;
  readonly updatedAt: EpochMs;
}

/** Keeps conversations. */
export interface SessionStore {
  load(id: string): Promise<SessionRecord | undefined>;
  /** Appends; `ifVersion` guards against a writer in between. Returns the new version. */
  append(
    id: string,
    items: readonly ModelItem[],
    options?: { readonly ifVersion?: number },
  ): Promise<number | 'conflict'>;
  /** Replaces the whole conversation, after a compaction. */
  replace(
    id: string,
    items: readonly ModelItem[],
    options?: { readonly ifVersion?: number },
  ): Promise<number | 'conflict'>;
  delete(id: string): Promise<boolean>;
}
