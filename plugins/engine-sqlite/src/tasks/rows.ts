import { PHASES, type Phase, type StepView, type TaskView } from '@master-orchestrator/contracts';
import type { Json, SerializedError } from '@master-orchestrator/errors';
import type { Database, Value } from '../database/database.js';

/** Phases by the number they are stored as. */
export const PHASE = {
  blocked: 0,
  scheduled: 1,
  ready: 2,
  running: 3,
  waiting: 4,
  paused: 5,
  completed: 6,
  failed: 7,
  cancelled: 8,
  skipped: 9,
} as const satisfies Record<Phase, number>;

/** Smallest number of a final phase. */
export const FIRST_FINAL = 6;

export function phaseName(phase: number): Phase {
  return PHASES[phase] as Phase;
}

/** What changes often of a task. */
export interface TaskRow {
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly revision: number;
  readonly lane: string;
  readonly priority: number;
  readonly phase: number;
  readonly submitted_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly not_before: number | null;
  readonly deadline: number | null;
  readonly delivery_timeout_ms: number | null;
  readonly unique_key: string | null;
  readonly parent: string | null;
  readonly open_dependencies: number;
  readonly delivery: number;
  readonly begins: number;
  readonly crashes: number;
  readonly claim: number;
  readonly worker: number;
  readonly cancel_reason: string | null;
}

/** A task with what is large of it, and the name of its worker. */
export interface FullTaskRow extends TaskRow {
  readonly input: string;
  readonly labels: string | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly worker_name: string | null;
}

/** Selects {@link FullTaskRow}; a condition on `task` follows. */
export const SELECT_FULL = `
SELECT task.*, data.input, data.labels, data.result, data.error, worker.name AS worker_name
FROM task JOIN task_data AS data ON data.seq = task.seq LEFT JOIN worker ON worker.id = task.worker AND task.worker <> 0`;

export function taskById(database: Database, id: string): TaskRow | undefined {
  return database.get<TaskRow>('SELECT * FROM task WHERE id = ?', id);
}

/** A task as readers see it. */
export function viewOf(row: FullTaskRow): TaskView {
  const phase = phaseName(row.phase);
  return {
    id: row.id,
    kind: row.kind,
    revision: row.revision,
    phase,
    lane: row.lane,
    priority: row.priority,
    input: parse(row.input),
    submittedAt: row.submitted_at,
    delivery: row.delivery,
    labels: row.labels === null ? {} : (parse(row.labels) as Record<string, string>),
    ...(row.started_at === null ? {} : { startedAt: row.started_at }),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(row.not_before === null ? {} : { notBefore: row.not_before }),
    ...(row.deadline === null ? {} : { deadline: row.deadline }),
    ...(row.worker_name === null ? {} : { worker: row.worker_name }),
    ...(row.parent === null ? {} : { parent: row.parent }),
    ...(phase === 'completed' ? { result: row.result === null ? null : parse(row.result) } : {}),
    ...(row.error === null ? {} : { error: parse(row.error) as unknown as SerializedError }),
    ...(phase === 'cancelled' && row.cancel_reason !== null ? { cancelReason: row.cancel_reason } : {}),
  };
}

/** A step as it is stored. */
export interface StepRow {
  readonly id: number;
  readonly key: string;
  readonly kind: string;
  readonly state: StepView['state'];
  readonly started_at: number;
  readonly ended_at: number | null;
  readonly delivery: number;
  readonly value: string | null;
  readonly error: string | null;
  readonly is_repeat_allowed: number;
}

/** Steps of one task at most; the id of a step is `task * MOST_STEPS + ordinal`. */
export const MOST_STEPS = 2 ** 20;

/** Steps of a task in order of the calls. */
export function stepsOf(database: Database, task: number): StepRow[] {
  const first = task * MOST_STEPS;
  return database.all<StepRow>('SELECT * FROM step WHERE id >= ? AND id < ? ORDER BY id', first, first + MOST_STEPS);
}

export function stepView(row: StepRow): StepView {
  return {
    key: row.key,
    state: row.state,
    startedAt: row.started_at,
    delivery: row.delivery,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(row.state === 'done' ? { value: row.value === null ? null : parse(row.value) } : {}),
    ...(row.error === null ? {} : { error: parse(row.error) as unknown as SerializedError }),
  };
}

/** Adds to the feed. */
export function addEvent(database: Database, at: number, task: string | null, type: string, data: Json): void {
  database.run('INSERT INTO event (at, task, type, data) VALUES (?, ?, ?, ?)', at, task, type, JSON.stringify(data));
  database.hasNews = true;
}

/** Adds a `phase` item to the feed. */
export function announce(
  database: Database,
  at: number,
  task: Pick<TaskRow, 'id' | 'delivery'>,
  change: {
    readonly phase: Phase;
    readonly previous: Phase | null;
    readonly worker?: string;
    readonly reason?: string;
    readonly error?: string;
  },
): void {
  const { error, ...plain } = change;
  const data = { ...plain, delivery: task.delivery, ...(error === undefined ? {} : { error: parse(error) }) };
  addEvent(database, at, task.id, 'phase', data);
}

export function parse(text: string): Json {
  return JSON.parse(text) as Json;
}

/** `?, ?, ?` for a list of values. */
export function marks(values: readonly Value[]): string {
  return values.map(() => '?').join(', ');
}
