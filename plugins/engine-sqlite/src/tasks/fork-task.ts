import type { Submitted, TaskSpec } from '@master-orchestrator/contracts';
import type { Database } from '../database/database.js';
import { stepUnknown, taskUnknown } from '../engine-errors.js';
import { noteReferences } from '../state/references.js';
import { MOST_STEPS, parse, SELECT_FULL, stepsOf, taskById, type FullTaskRow, type TaskRow } from './rows.js';
import { submitTasks, type SubmitContext } from './submit-tasks.js';

/** Submits a copy of a task whose journal is what was called before the first call of a step. */
export function forkTask(
  database: Database,
  fork: { readonly id: string; readonly fromKey: string; readonly newId: string },
  context: SubmitContext,
): Submitted {
  const { id, fromKey, newId } = fork;
  const source = database.get<FullTaskRow>(`${SELECT_FULL} WHERE task.id = ?`, id);
  if (source === undefined) throw taskUnknown(id);
  const steps = stepsOf(database, source.seq);
  const end = steps.findIndex((step) => step.key === fromKey);
  if (end < 0) throw stepUnknown(id, fromKey);
  const [submitted] = submitTasks(database, [specOf(source, newId)], context);
  if (submitted?.outcome !== 'created') return submitted as Submitted;
  const target = taskById(database, newId) as TaskRow;
  const kept = steps.slice(0, end).filter((step) => step.state !== 'intended');
  for (const [ordinal, step] of kept.entries()) {
    const sql = `INSERT INTO step (id, key, kind, state, started_at, ended_at, delivery, value, error)
      SELECT ?, key, kind, state, started_at, ended_at, delivery, value, error FROM step WHERE id = ?`;
    database.run(sql, target.seq * MOST_STEPS + ordinal, step.id);
    noteReferences(database, `t${target.seq}`, step.value ?? '');
  }
  return submitted;
}

/** The same work, free of what tied the first task to its place and time. */
function specOf(source: FullTaskRow, id: string): TaskSpec {
  const { kind, revision, lane, priority, parent, labels, input } = source;
  return {
    id,
    kind,
    revision,
    lane,
    priority,
    input: parse(input),
    ...(parent === null ? {} : { parent }),
    ...(labels === null ? {} : { labels: parse(labels) as Record<string, string> }),
    ...(source.delivery_timeout_ms === null ? {} : { deliveryTimeoutMs: source.delivery_timeout_ms }),
  };
}
