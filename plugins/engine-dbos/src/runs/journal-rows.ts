import type { StepView } from '@master-orchestrator/contracts';
import { OrchestratorError, type Json, type SerializedError } from '@master-orchestrator/errors';
import { quoted, type Store } from '../database/store.js';
import { codeOf } from '../database/store-failure.js';
import type { StepKind } from './step-kind.js';

/** Which task's journal, and which of its deliveries have begun. */
export interface JournalOwner {
  readonly seq: number;
  readonly id: string;
  readonly begins: number;
}

/** A recorded outcome as it is stored. */
export interface OutcomeRow {
  /** Kind and key. */ readonly name: string;
  readonly started_at: number;
  readonly ended_at: number;
  readonly outcome: string;
}

/** A step that has begun, or a wait that goes on. */
export interface OpenRow {
  readonly key: string;
  readonly kind: StepKind;
  readonly attempt: number;
  readonly started_at: number;
  readonly delivery: number;
  readonly is_repeat_allowed: boolean;
}

/** What a step gave: the delivery that ran it, and its value or error. */
export interface Outcome {
  readonly d: number;
  readonly v?: Json;
  readonly e?: SerializedError;
}

const UNDEFINED_TABLE = '42P01';

/** Id of the workflow that is one delivery of a task. The number tells tasks of one name apart, before and after a purge. */
export function workflowIdOf({ id, seq }: Pick<JournalOwner, 'id' | 'seq'>, begin: number): string {
  return `${id}#${seq}.${begin}`;
}

/** Ids of every delivery that has begun. */
export function workflowIdsOf(owner: JournalOwner, begins = owner.begins): string[] {
  return Array.from({ length: begins }, (_, index) => workflowIdOf(owner, index + 1));
}

/** Name under which DBOS records a step. */
export function stepName(kind: StepKind, key: string): string {
  return `${kind} ${key}`;
}

export function splitName(name: string): { kind: StepKind; key: string } {
  const at = name.indexOf(' ');
  return { kind: name.slice(0, at) as StepKind, key: name.slice(at + 1) };
}

/** The outcomes of the first `begins` deliveries in order of the calls, those of the task it was forked from before them. */
export async function loadOutcomes(
  store: Store,
  dbosSchema: string,
  owner: JournalOwner,
  begins = owner.begins,
): Promise<OutcomeRow[]> {
  const kept = await store.query<OutcomeRow>(
    `SELECT name, started_at::float8 AS started_at, ended_at::float8 AS ended_at, outcome
     FROM @.kept_step WHERE task = $1 ORDER BY ordinal`,
    [owner.seq],
    { isPatient: true },
  );
  return begins === 0 ? kept : [...kept, ...(await loadDelivered(store, dbosSchema, workflowIdsOf(owner, begins)))];
}

async function loadDelivered(store: Store, dbosSchema: string, ids: readonly string[]): Promise<OutcomeRow[]> {
  // Rows with an error hold no outcome: an outcome, good or bad, is what our own step gave.
  const sql = `SELECT function_name AS name, started_at_epoch_ms::float8 AS started_at,
      completed_at_epoch_ms::float8 AS ended_at, output AS outcome
    FROM ${quoted(dbosSchema)}.operation_outputs
    WHERE workflow_uuid = ANY ($1) AND output IS NOT NULL AND error IS NULL
    ORDER BY array_position($1, workflow_uuid), function_id`;
  try {
    return await store.query<OutcomeRow>(sql, [ids], { isPatient: true });
  } catch (error) {
    // Before the first worker has launched DBOS there are no tables of it, and no steps.
    if (OrchestratorError.isInstance(error) && codeOf(error.cause) === UNDEFINED_TABLE) return [];
    throw error;
  }
}

/** Intents and waits of a task, the oldest first. */
export function loadOpen(store: Store, owner: JournalOwner): Promise<OpenRow[]> {
  const sql = `
    SELECT key, 'step' AS kind, attempt, started_at::float8 AS started_at, delivery, is_repeat_allowed
      FROM @.intent WHERE task = $1
    UNION ALL
    SELECT wait.key, CASE WHEN wait.channel IS NOT NULL THEN 'receive' WHEN wait.open IS NOT NULL THEN 'join' ELSE 'sleep' END,
      0, wait.started_at::float8, task.delivery, false
      FROM @.wait AS wait JOIN @.task AS task ON task.seq = wait.task WHERE wait.task = $1 AND NOT wait.is_over
    ORDER BY started_at`;
  return store.query<OpenRow>(sql, [owner.seq], { isPatient: true });
}

/** The journal as readers see it: what was recorded in order of the calls, then what goes on. */
export function stepViews(outcomes: readonly OutcomeRow[], open: readonly OpenRow[]): StepView[] {
  const counts = new Map<string, number>();
  const views = outcomes.map((row): StepView => {
    const { key } = splitName(row.name);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    const { d, v, e } = JSON.parse(row.outcome) as Outcome;
    const times = { startedAt: row.started_at, endedAt: row.ended_at, delivery: d };
    return e === undefined
      ? { key, state: 'done', ...times, value: v ?? null }
      : { key, state: 'failed', ...times, error: e };
  });
  for (const row of open) {
    const isOver = row.kind === 'step' ? (counts.get(row.key) ?? 0) > row.attempt : counts.has(row.key);
    if (!isOver) views.push({ key: row.key, state: 'intended', startedAt: row.started_at, delivery: row.delivery });
  }
  return views;
}
