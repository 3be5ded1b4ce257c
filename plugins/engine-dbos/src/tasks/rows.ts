import { PHASES, type Phase, type TaskView } from '@master-orchestrator/contracts';
import type { Json, SerializedError } from '@master-orchestrator/errors';

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

/** A row of the view `task_view`. */
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
  readonly parent: string | null;
  readonly delivery: number;
  readonly begins: number;
  readonly claim: number;
  readonly worker: number;
  readonly cancel_reason: string | null;
  readonly input: string;
  readonly labels: string | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly worker_name: string | null;
}

/** A task as readers see it. */
export function viewOf(row: TaskRow): TaskView {
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

export function parse(text: string): Json {
  return JSON.parse(text) as Json;
}
