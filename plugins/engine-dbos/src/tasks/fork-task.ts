import type { Submitted } from '@master-orchestrator/contracts';
import type { EngineCore } from '../engine-core.js';
import { stepUnknown, taskUnknown } from '../engine-errors.js';
import { loadOpen, loadOutcomes, splitName } from '../runs/journal-rows.js';
import type { TaskRow } from './rows.js';
import { checkName } from './submission.js';
import { explained } from './submit-tasks.js';

/**
 * Submits a copy of a task whose journal is what was called before the first call of a step.
 *
 * @throws OrchestratorError TASK_UNKNOWN, NOT_FOUND, QUEUE_FULL
 */
export async function forkTask(
  { store, options }: EngineCore,
  fork: { readonly id: string; readonly fromKey: string; readonly newId: string },
): Promise<Submitted> {
  const { id, fromKey, newId } = fork;
  checkName('The id of a forked task', newId);
  const [source] = await store.query<TaskRow>('SELECT * FROM @.task_view WHERE id = $1', [id]);
  if (source === undefined) throw taskUnknown(id);
  const open = await loadOpen(store, source);
  const outcomes = await loadOutcomes(store, options.dbosSchema, source);
  const end = outcomes.findIndex((row) => splitName(row.name).key === fromKey);
  // A step that has begun but not ended comes after all that have.
  if (end < 0 && !open.some((row) => row.key === fromKey)) throw stepUnknown(id, fromKey);
  const kept = end < 0 ? outcomes : outcomes.slice(0, end);
  const most = Math.min(options.maxQueued, Number.MAX_SAFE_INTEGER);
  return explained(() =>
    store.call<Submitted>('fork', [
      JSON.stringify(specOf(source, newId)),
      source.input,
      source.labels,
      kept.map((row) => row.name),
      kept.map((row) => row.started_at),
      kept.map((row) => row.ended_at),
      kept.map((row) => row.outcome),
      most,
      options.agingMs,
    ]),
  );
}

/** The same work, free of what tied the first task to its place and time. */
function specOf(source: TaskRow, id: string): object {
  const { kind, revision, lane, priority, parent, delivery_timeout_ms: deliveryTimeoutMs } = source;
  return { id, kind, revision, lane, priority, parent, deliveryTimeoutMs };
}
