import type { Database } from '../database/database.js';
import { dropReferences } from '../state/references.js';
import { MOST_STEPS } from './rows.js';

/** A finished task goes only when no unfinished one may still ask for it: its parent, or one that joined it. */
const REMOVABLE = `
SELECT seq FROM task WHERE phase >= 6 AND ended_at < ?
  AND NOT EXISTS (SELECT 1 FROM edge WHERE edge.dependency = task.seq)
  AND NOT EXISTS (SELECT 1 FROM task AS parent WHERE parent.id = task.parent AND parent.phase < 6)
ORDER BY ended_at LIMIT ?`;

/** Removes finished tasks that ended before a moment, the oldest first; returns how many. */
export function removeFinished(database: Database, before: number, most: number): number {
  const tasks = database.all<{ seq: number }>(REMOVABLE, before, most);
  for (const { seq } of tasks) removeTask(database, seq);
  return tasks.length;
}

function removeTask(database: Database, seq: number): void {
  const first = seq * MOST_STEPS;
  database.run('DELETE FROM step WHERE id >= ? AND id < ?', first, first + MOST_STEPS);
  database.run('DELETE FROM task_data WHERE seq = ?', seq);
  database.run('DELETE FROM task WHERE seq = ?', seq);
  dropReferences(database, `t${seq}`);
}
