import type { DbosRuntime } from './dbos/dbos-runtime.js';
import type { EngineCore } from './engine-core.js';
import { workflowIdsOf, type JournalOwner } from './runs/journal-rows.js';

const BATCH = 200;
const FEED_BATCH = 2_000;
/** A blob is kept this long after its last use though nothing names it: a running step may be about to. */
const BLOB_GRACE_MS = 3_600_000;

/** What is kept of the past; `Infinity` lifts a bound. */
export interface Retention {
  /** Age of finished tasks, since their end, in milliseconds. @default 2_592_000_000, 30 days */ readonly taskAgeMs: number;
  /** Age of feed items, in milliseconds. @default 604_800_000, 7 days */ readonly feedAgeMs: number;
  /** Feed items. @default 1_000_000 */ readonly feedItems: number;
}

/** What is kept unless the options say otherwise. */
export const DEFAULT_RETENTION: Retention = {
  taskAgeMs: 30 * 24 * 3_600_000,
  feedAgeMs: 7 * 24 * 3_600_000,
  feedItems: 1_000_000,
};

/** Removes what is too old or too much, in short calls; returns how many tasks and feed items went. */
export async function applyRetention(
  core: EngineCore,
  runtime: DbosRuntime,
  retention: Retention,
): Promise<{ tasks: number; items: number }> {
  const { store } = core;
  const now = await store.call<string>('_now', []).then(Number);
  const before = (ageMs: number): number => (Number.isFinite(ageMs) ? Math.floor(now - ageMs) : 0);
  const most = Number.isFinite(retention.feedItems) ? retention.feedItems : Number.MAX_SAFE_INTEGER;
  const tasks = await removeFinished(core, (ids) => runtime.remove(ids), before(retention.taskAgeMs));
  const items = await repeat(() => store.call<number>('trim_feed', [before(retention.feedAgeMs), most, FEED_BATCH]));
  await repeat(() => store.call<number>('drop_blobs', [now - BLOB_GRACE_MS, BATCH]));
  return { tasks, items };
}

/**
 * Removes finished tasks that ended before a moment, the oldest first; returns how many.
 *
 * @param removeDeliveries - Removes what DBOS holds of them.
 */
export async function removeFinished(
  { store }: EngineCore,
  removeDeliveries: (workflowIds: string[]) => Promise<void>,
  before: number,
): Promise<number> {
  return repeat(async () => {
    const tasks = await store.rows<JournalOwner>('removable', [before, BATCH]);
    if (tasks.length === 0) return 0;
    await removeDeliveries(tasks.flatMap((task) => workflowIdsOf(task)));
    return store.call<number>('remove_tasks', [tasks.map((task) => task.seq)]);
  });
}

async function repeat(remove: () => Promise<number>): Promise<number> {
  let removed = 0;
  for (let some = await remove(); some > 0; some = await remove()) removed += some;
  return removed;
}
