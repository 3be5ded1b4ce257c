import type { SerializedError } from '@master-orchestrator/errors';
import type { Database } from '../database/database.js';
import { MOST_STEPS, type TaskRow } from './rows.js';
import { makeReady, type Moment } from './transitions.js';

/** Puts a paused task in line. Where it was paused for a step in doubt, that step alone may now be repeated. */
export function resumeTask(database: Database, task: TaskRow, moment: Moment): void {
  const text = database.get<{ error: string | null }>('SELECT error FROM task_data WHERE seq = ?', task.seq)?.error;
  const error = typeof text === 'string' ? (JSON.parse(text) as SerializedError) : undefined;
  const key = error?.code === 'EFFECT_UNKNOWN' ? error.details?.['step'] : undefined;
  if (typeof key === 'string') {
    const first = task.seq * MOST_STEPS;
    const sql = "UPDATE step SET is_repeat_allowed = 1 WHERE id >= ? AND id < ? AND key = ? AND state = 'intended'";
    database.run(sql, first, first + MOST_STEPS, key);
  }
  database.run('UPDATE task_data SET error = NULL WHERE seq = ?', task.seq);
  makeReady(database, task, 'paused', moment);
}
