import type { Phase } from '@master-orchestrator/contracts';
import type { Database } from '../database/database.js';
import { noteReferences } from '../state/references.js';
import { announce, FIRST_FINAL, PHASE, phaseName, type TaskRow } from './rows.js';

/** Moment of a change and the pace of aging. */
export interface Moment {
  readonly now: number;
  readonly agingMs: number;
}

/** How a task ends. */
export interface TaskEnd {
  readonly phase: 'completed' | 'failed' | 'cancelled' | 'skipped';
  /** As JSON; completed tasks. */ readonly result?: string;
  /** As JSON; failed tasks. */ readonly error?: string;
  /** Cancelled and skipped tasks. */ readonly reason?: string;
}

const READY = `
UPDATE task SET phase = 2, level = priority, ready_at = ?, rises_at = ?, worker = ?, open_dependencies = 0 WHERE seq = ?`;

/**
 * Puts a task in line, or on the clock where its time has not come.
 *
 * @param home - Worker that alone may run it, for it holds the suspended run; 0 for any.
 */
export function makeReady(database: Database, task: TaskRow, previous: Phase | null, moment: Moment, home = 0): void {
  const { now, agingMs } = moment;
  if (task.not_before !== null && task.not_before > now && task.begins === 0) {
    database.run('UPDATE task SET phase = 1, open_dependencies = 0 WHERE seq = ?', task.seq);
    announce(database, now, task, { phase: 'scheduled', previous });
    return;
  }
  const risesAt = agingMs > 0 && task.priority < 9 ? Math.ceil(now + agingMs) : null;
  database.run(READY, now, risesAt, home, task.seq);
  announce(database, now, task, { phase: 'ready', previous });
}

const END = `
UPDATE task SET phase = ?, ended_at = ?, claim = claim + 1, worker = 0, rises_at = NULL, cancel_reason = ? WHERE seq = ?`;

/** Ends a task and lets go on, or ends, what depends on it; one after the other, not in a recursion. */
export function endTask(database: Database, first: TaskRow, end: TaskEnd, moment: Moment): void {
  const queue: { task: TaskRow; end: TaskEnd }[] = [{ task: first, end }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    writeEnd(database, next.task, next.end, moment.now);
    for (const dependent of settleDependents(database, next.task, next.end.phase, moment)) {
      const reason = `its dependency "${next.task.id}" did not complete`;
      queue.push({ task: dependent, end: { phase: 'skipped', reason } });
    }
  }
}

function writeEnd(database: Database, task: TaskRow, end: TaskEnd, now: number): void {
  database.run(
    END,
    PHASE[end.phase],
    now,
    end.phase === 'cancelled' ? (end.reason ?? '') : task.cancel_reason,
    task.seq,
  );
  if (end.result !== undefined || end.error !== undefined) {
    database.run(
      'UPDATE task_data SET result = ?, error = ? WHERE seq = ?',
      end.result ?? null,
      end.error ?? null,
      task.seq,
    );
    noteReferences(database, `t${task.seq}`, end.result ?? end.error ?? '');
  } else database.run('UPDATE task_data SET error = NULL WHERE seq = ? AND error IS NOT NULL', task.seq);
  database.run("UPDATE counter SET value = value - 1 WHERE name = 'unfinished'");
  database.run('DELETE FROM wait WHERE task = ?', task.seq);
  database.run('DELETE FROM message WHERE task = ?', task.seq);
  database.run('DELETE FROM edge WHERE dependent = ?', task.seq);
  const { phase, reason, error } = end;
  const more = { ...(reason === undefined ? {} : { reason }), ...(error === undefined ? {} : { error }) };
  announce(database, now, task, { phase, previous: phaseName(task.phase), ...more });
}

interface Edge {
  readonly dependent: number;
  readonly kind: 'completed' | 'settled' | 'join';
  readonly key: string;
}

/** Frees what waited for a task; returns the tasks that must be skipped because of how it ended. */
function settleDependents(database: Database, task: TaskRow, phase: Phase, moment: Moment): TaskRow[] {
  const skipped: TaskRow[] = [];
  const edges = database.all<Edge>('SELECT dependent, kind, key FROM edge WHERE dependency = ?', task.seq);
  for (const edge of edges) {
    if (edge.kind === 'join') {
      database.run(
        'UPDATE wait SET open = open - 1, due = (open <= 1) WHERE task = ? AND key = ?',
        edge.dependent,
        edge.key,
      );
      continue;
    }
    const dependent = taskBySeq(database, edge.dependent);
    if (dependent === undefined || dependent.phase !== PHASE.blocked) continue;
    if (edge.kind === 'completed' && phase !== 'completed') skipped.push(dependent);
    else if (dependent.open_dependencies === 1) makeReady(database, dependent, 'blocked', moment);
    else database.run('UPDATE task SET open_dependencies = open_dependencies - 1 WHERE seq = ?', dependent.seq);
  }
  // An edge of a join stays until the one that waits has ended: it keeps this task from being removed.
  if (edges.length > 0) database.run("DELETE FROM edge WHERE dependency = ? AND kind <> 'join'", task.seq);
  return skipped.filter((each, at) => skipped.findIndex((other) => other.seq === each.seq) === at);
}

export function taskBySeq(database: Database, seq: number): TaskRow | undefined {
  return database.get<TaskRow>('SELECT * FROM task WHERE seq = ?', seq);
}

/** Marks a task as paused for a person. */
export function pauseTask(database: Database, task: TaskRow, error: string, now: number): void {
  database.run('UPDATE task SET phase = 5, claim = claim + 1, worker = 0, rises_at = NULL WHERE seq = ?', task.seq);
  database.run('UPDATE task_data SET error = ? WHERE seq = ?', error, task.seq);
  announce(database, now, task, { phase: 'paused', previous: phaseName(task.phase), error });
}

/** Every unfinished descendant of a task, itself excluded. */
export function openDescendants(database: Database, task: TaskRow): TaskRow[] {
  const found = new Map<string, TaskRow>();
  const queue = [task.id];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    const sql = `SELECT * FROM task WHERE parent = ? AND parent IS NOT NULL AND phase < ${FIRST_FINAL}`;
    for (const child of database.all<TaskRow>(sql, id)) {
      if (found.has(child.id) || child.id === task.id) continue;
      found.set(child.id, child);
      queue.push(child.id);
    }
  }
  return [...found.values()];
}
