import type { Database } from '../database/database.js';
import { serializeFailure } from '../engine-errors.js';
import type { RunEnding } from '../runs/run-ending.js';
import { phaseName, type TaskRow } from './rows.js';
import type { Holder } from './step-log.js';
import { endTask, makeReady, pauseTask, taskBySeq, type Moment } from './transitions.js';

/** Lets a task go on to what the end of its run says; nothing where the claim is lost. */
export function concludeTask(database: Database, holder: Holder, ending: RunEnding, moment: Moment): void {
  const task = taskBySeq(database, holder.seq);
  if (task === undefined || task.claim !== holder.claim) return;
  // A cancel that was accepted holds, whatever the handler did in its last moments.
  if (task.cancel_reason !== null) {
    return endTask(database, task, { phase: 'cancelled', reason: task.cancel_reason }, moment);
  }
  switch (ending.kind) {
    case 'completed':
      return endTask(database, task, { phase: 'completed', result: ending.value }, moment);
    case 'failed':
      return endTask(
        database,
        task,
        { phase: 'failed', error: JSON.stringify(serializeFailure(ending.error)) },
        moment,
      );
    case 'cancelled':
      return endTask(database, task, { phase: 'cancelled', reason: ending.reason }, moment);
    case 'paused':
      return pauseTask(database, task, JSON.stringify(serializeFailure(ending.error)), moment.now);
    case 'given-back':
      return giveBack(database, task, moment);
    case 'lost':
      return undefined;
  }
}

/** Hands a task on without counting the delivery. */
function giveBack(database: Database, task: TaskRow, moment: Moment): void {
  database.run('UPDATE task SET delivery = delivery - 1, claim = claim + 1, worker = 0 WHERE seq = ?', task.seq);
  makeReady(database, { ...task, delivery: task.delivery - 1 }, phaseName(task.phase), moment);
}
