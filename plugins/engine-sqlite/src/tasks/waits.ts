import type { Database } from '../database/database.js';
import { announce, FIRST_FINAL, PHASE, phaseName, taskById, type TaskRow } from './rows.js';
import { writeStep, type Holder, type StepWrite } from './step-log.js';
import { makeReady, taskBySeq, type Moment } from './transitions.js';
import { taskUnknown } from '../engine-errors.js';

/** What a run waits for. */
export type WaitFor =
  | { readonly kind: 'receive'; readonly channel: string; readonly until: number | undefined }
  | { readonly kind: 'sleep'; readonly until: number }
  | { readonly kind: 'join'; readonly ids: readonly string[] };

/** What a look at a wait found. `lost`: the claim is gone. */
export type WaitLook = { readonly found: string } | 'open' | 'lost';

/**
 * Begins a wait, or looks at it again: where it is over its result becomes the step's in the same transaction, where it is
 * not the store notes what will end it.
 */
export function lookAtWait(
  database: Database,
  holder: Holder,
  step: Omit<StepWrite, 'state'>,
  wait: WaitFor,
  now: number,
): WaitLook {
  const held = taskBySeq(database, holder.seq);
  if (held === undefined || held.claim !== holder.claim) return 'lost';
  const found = resultOf(database, holder.seq, step.entry.key, wait, now);
  if (found !== undefined) {
    writeStep(database, holder, { ...step, state: 'done', endedAt: now, value: found });
    database.run('DELETE FROM wait WHERE task = ? AND key = ?', holder.seq, step.entry.key);
    return { found };
  }
  writeStep(database, holder, { ...step, state: 'intended' });
  noteWait(database, holder.seq, step.entry.key, wait);
  return 'open';
}

/** The result of a wait as JSON, if it is over; a message is taken by asking. */
function resultOf(database: Database, seq: number, key: string, wait: WaitFor, now: number): string | undefined {
  switch (wait.kind) {
    case 'sleep':
      return wait.until <= now ? 'null' : undefined;
    case 'join':
      return joined(database, seq, key, wait.ids) ? JSON.stringify(wait.ids) : undefined;
    case 'receive': {
      const message = takeMessage(database, seq, wait.channel);
      if (message !== undefined) return message;
      return wait.until !== undefined && wait.until <= now ? 'null' : undefined;
    }
  }
}

function takeMessage(database: Database, seq: number, channel: string): string | undefined {
  const row = database.get<{ body: string; message_id: string }>(
    `UPDATE message SET is_taken = 1
     WHERE seq = (SELECT seq FROM message WHERE task = ? AND channel = ? AND is_taken = 0 ORDER BY seq LIMIT 1)
     RETURNING body, message_id`,
    seq,
    channel,
  );
  return row === undefined ? undefined : `{"body":${row.body},"messageId":${JSON.stringify(row.message_id)}}`;
}

/** True where all have ended; else an edge leads from each that has not. */
function joined(database: Database, seq: number, key: string, ids: readonly string[]): boolean {
  let open = 0;
  for (const id of new Set(ids)) {
    const task = taskById(database, id);
    if (task === undefined) throw taskUnknown(id);
    const sql = "INSERT OR IGNORE INTO edge (dependency, dependent, kind, key) VALUES (?, ?, 'join', ?)";
    // An ended task gets its edge, too: it is kept as long as the one that joined it goes on.
    database.run(sql, task.seq, seq, key);
    if (task.phase < FIRST_FINAL) open += 1;
  }
  if (open === 0) return true;
  database.run(
    'INSERT INTO wait (task, key, open) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET open = excluded.open, due = 0',
    seq,
    key,
    open,
  );
  return false;
}

function noteWait(database: Database, seq: number, key: string, wait: WaitFor): void {
  if (wait.kind === 'join') return;
  const channel = wait.kind === 'receive' ? wait.channel : null;
  const until = wait.until === undefined ? null : Math.ceil(wait.until);
  database.run(
    `INSERT INTO wait (task, key, channel, wake_at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET channel = excluded.channel, wake_at = excluded.wake_at, due = 0`,
    seq,
    key,
    channel,
    until,
  );
}

/** Takes the slot from a run that only waits. `due`: a wait is over already, so it keeps the slot. */
export function park(database: Database, holder: Holder, now: number): 'parked' | 'due' | 'lost' {
  const task = taskBySeq(database, holder.seq);
  if (task === undefined || task.claim !== holder.claim) return 'lost';
  if (database.get('SELECT 1 FROM wait WHERE task = ? AND (due = 1 OR wake_at <= ?)', holder.seq, now)) return 'due';
  database.run('UPDATE task SET phase = 4 WHERE seq = ?', holder.seq);
  announce(database, now, task, { phase: 'waiting', previous: phaseName(task.phase) });
  return 'parked';
}

/** Puts a run whose wait is over in line for a slot of the process that holds it. */
export function requeue(database: Database, holder: Holder, moment: Moment): 'queued' | 'lost' {
  const task = taskBySeq(database, holder.seq);
  if (task === undefined || task.claim !== holder.claim) return 'lost';
  if (task.phase === PHASE.waiting) makeReady(database, task, 'waiting', moment, task.worker);
  return 'queued';
}

/** Stores a message, and says so to the run that waits for it. */
export function storeMessage(
  database: Database,
  id: string,
  message: { readonly channel: string; readonly body: string; readonly messageId: string },
): 'stored' | 'repeat' | 'final' {
  const task: TaskRow | undefined = taskById(database, id);
  if (task === undefined) throw taskUnknown(id);
  if (task.phase >= FIRST_FINAL) return 'final';
  const { channel, body, messageId } = message;
  const sql = 'INSERT OR IGNORE INTO message (task, channel, message_id, body) VALUES (?, ?, ?, ?)';
  if (database.run(sql, task.seq, channel, messageId, body) === 0) return 'repeat';
  database.run('UPDATE wait SET due = 1 WHERE task = ? AND channel = ?', task.seq, channel);
  return 'stored';
}
