import type { Database } from '../database/database.js';
import { noteReferences } from '../state/references.js';
import type { StepEntry } from '../runs/journal.js';
import { MOST_STEPS } from './rows.js';

/** Who writes: every write of a run carries its claim. */
export interface Holder {
  readonly seq: number;
  readonly claim: number;
}

/** A step's end, or its intent. */
export interface StepWrite {
  readonly entry: Pick<StepEntry, 'key' | 'kind' | 'ordinal' | 'startedAt' | 'delivery'>;
  readonly state: StepEntry['state'];
  readonly endedAt?: number;
  /** As JSON. */ readonly value?: string;
  /** As JSON. */ readonly error?: string;
}

const WRITE = `
INSERT INTO step (id, key, kind, state, started_at, ended_at, delivery, value, error)
SELECT ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM task WHERE seq = ? AND claim = ?)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, ended_at = excluded.ended_at, value = excluded.value,
  error = excluded.error, is_repeat_allowed = 0`;

/** Writes a step; false where the claim is lost, and nothing is written. */
export function writeStep(
  database: Database,
  holder: Holder,
  { entry, state, endedAt, value, error }: StepWrite,
): boolean {
  const changes = database.run(
    WRITE,
    holder.seq * MOST_STEPS + entry.ordinal,
    entry.key,
    entry.kind,
    state,
    Math.floor(entry.startedAt),
    endedAt === undefined ? null : Math.floor(endedAt),
    entry.delivery,
    value ?? null,
    error ?? null,
    holder.seq,
    holder.claim,
  );
  if (changes > 0 && value !== undefined) noteReferences(database, `t${holder.seq}`, value);
  return changes > 0;
}

/** True where the claim still stands. */
export function isHeld(database: Database, { seq, claim }: Holder): boolean {
  return database.get('SELECT 1 FROM task WHERE seq = ? AND claim = ?', seq, claim) !== undefined;
}

/** Removes an intent whose step has not begun. */
export function forgetStep(database: Database, holder: Holder, ordinal: number): void {
  if (!isHeld(database, holder)) return;
  database.run('DELETE FROM step WHERE id = ?', holder.seq * MOST_STEPS + ordinal);
}
