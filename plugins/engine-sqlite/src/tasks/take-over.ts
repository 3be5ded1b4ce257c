import { OrchestratorError } from '@master-orchestrator/errors';
import type { Database } from '../database/database.js';
import { dropWorker, isGone, type WorkerRow } from './workers.js';
import { PHASE, phaseName, type TaskRow } from './rows.js';
import { endTask, makeReady, type Moment } from './transitions.js';

/** Crashes after which a task is not started again (ERRORS: the fourth delivery is not begun). */
const MOST_CRASHES = 3;

/** Workers whose process is gone, or that have not renewed their lease by `leaseBefore`. */
export function silentWorkers(database: Database, leaseBefore: number): WorkerRow[] {
  return database.all<WorkerRow>('SELECT * FROM worker').filter((row) => isSilent(row, leaseBefore));
}

function isSilent(worker: WorkerRow, leaseBefore: number): boolean {
  return worker.lease_until < leaseBefore || isGone(worker);
}

/** Hands back what a silent worker held. Returns how many tasks that were. */
export function takeOver(database: Database, worker: WorkerRow, leaseBefore: number, moment: Moment): number {
  const present = database.get<WorkerRow>('SELECT * FROM worker WHERE id = ?', worker.id);
  // It may have renewed its lease, or another process may have come first.
  if (present === undefined || !isSilent(present, leaseBefore)) return 0;
  const held = database.all<TaskRow>('SELECT * FROM task WHERE worker = ? AND worker <> 0', worker.id);
  for (const task of held) handBack(database, task, moment, worker.name);
  dropWorker(database, worker.id);
  return held.length;
}

/** What becomes of a task whose worker crashed: its next delivery, or its end. Only running counts as crashing. */
function handBack(database: Database, task: TaskRow, moment: Moment, workerName: string): void {
  const wasRunning = task.phase === PHASE.running;
  const crashes = task.crashes + (wasRunning ? 1 : 0);
  database.run('UPDATE task SET claim = claim + 1, worker = 0, crashes = ? WHERE seq = ?', crashes, task.seq);
  if (task.cancel_reason !== null)
    return endTask(database, task, { phase: 'cancelled', reason: task.cancel_reason }, moment);
  if (crashes >= MOST_CRASHES && wasRunning) {
    const error = JSON.stringify(poison(task, crashes, workerName).toJSON());
    return endTask(database, task, { phase: 'failed', error }, moment);
  }
  // One that waited goes in line, too: what it waits for was known to its process alone, and its next delivery waits again.
  makeReady(database, task, phaseName(task.phase), moment);
}

function poison(task: TaskRow, crashes: number, workerName: string): OrchestratorError {
  const message = `Task "${task.id}" was running in each of ${crashes} crashes of its worker, last of "${workerName}", and is not started again. Look at what it does, then replay it.`;
  return new OrchestratorError('POISON', message, { details: { crashes, delivery: task.delivery } });
}
