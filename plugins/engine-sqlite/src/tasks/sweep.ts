import { deadlineExceeded } from '../engine-errors.js';
import type { Database } from '../database/database.js';
import { FIRST_FINAL, type TaskRow } from './rows.js';
import { endTask, makeReady, openDescendants, taskBySeq, type Moment } from './transitions.js';

/** Tasks handled in one transaction. */
const BATCH = 200;

/** True where a moment has come that some task waits for. */
export function isSweepDue(database: Database, now: number): boolean {
  return (
    database.get('SELECT 1 FROM task WHERE phase = 1 AND not_before <= ? LIMIT 1', now) !== undefined ||
    database.get(`${EXPIRED} LIMIT 1`, now) !== undefined
  );
}

/** Deadlines of tasks that no process holds; one that does looks after its own. */
const EXPIRED = 'SELECT * FROM task WHERE phase < 6 AND deadline IS NOT NULL AND deadline <= ? AND worker = 0';

/** Does what the time has come for. */
export function sweep(database: Database, moment: Moment): void {
  const { now } = moment;
  const scheduled = `SELECT * FROM task WHERE phase = 1 AND not_before <= ? LIMIT ${BATCH}`;
  for (const task of database.all<TaskRow>(scheduled, now)) makeReady(database, task, 'scheduled', moment);
  for (const task of database.all<TaskRow>(`${EXPIRED} LIMIT ${BATCH}`, now)) expireTask(database, task, moment);
}

/** Fails a task that no process holds for its deadline, and cancels its children. */
function expireTask(database: Database, listed: TaskRow, moment: Moment): void {
  // An end of this sweep may have ended it, too.
  const task = taskBySeq(database, listed.seq);
  if (task === undefined || task.phase >= FIRST_FINAL) return;
  const children = openDescendants(database, task);
  const error = JSON.stringify(deadlineExceeded(task.id, task.deadline ?? 0).toJSON());
  endTask(database, task, { phase: 'failed', error }, moment);
  for (const child of children) cancelTask(database, child, `its parent "${task.id}" passed its deadline`, moment);
}

/** Cancels a task: at once, or by asking the worker that holds it. */
export function cancelTask(database: Database, task: TaskRow, reason: string, moment: Moment): void {
  const present = database.get<TaskRow>('SELECT * FROM task WHERE seq = ? AND phase < 6', task.seq);
  if (present === undefined) return;
  if (present.worker === 0) return endTask(database, present, { phase: 'cancelled', reason }, moment);
  database.run('UPDATE task SET cancel_reason = coalesce(cancel_reason, ?) WHERE seq = ?', reason, task.seq);
}
