import type { Submitted, TaskSpec } from '@master-orchestrator/contracts';
import type { CallOptions, Store } from '../database/store.js';
import { codeOf } from '../database/store-failure.js';
import { queueFull, taskInvalid, taskUnknown } from '../engine-errors.js';
import { checkCircles, submissionOf } from './submission.js';

/** Bounds of a submission. */
export interface SubmitContext {
  readonly maxQueued: number;
  readonly agingMs: number;
  readonly maxValueBytes: number;
}

/** A bound that nobody comes to. */
const NEVER = Number.MAX_SAFE_INTEGER;

/**
 * Stores a batch, all or none.
 *
 * @throws OrchestratorError TASK_INVALID, VALUE_TOO_LARGE, QUEUE_FULL, ENGINE_UNAVAILABLE
 */
export async function submitTasks(
  store: Store,
  batch: readonly TaskSpec[],
  context: SubmitContext,
): Promise<Submitted[]> {
  if (batch.length === 0) return [];
  const { specs, inputs, labels } = submissionOf(batch, context.maxValueBytes);
  await refuseCircles(store, batch);
  return explained(() => store.call<Submitted[]>('submit', [specs, inputs, labels, most(context), context.agingMs]));
}

/**
 * Stores the children of a run; `lost` where its claim is gone. They are taken although the queue is full: a run that was
 * accepted is not to fail because others fill it.
 */
export async function spawnTasks(
  store: Store,
  holder: { readonly seq: number; readonly claim: number },
  batch: readonly TaskSpec[],
  context: SubmitContext,
): Promise<string[] | 'lost'> {
  const { specs, inputs, labels } = submissionOf(batch, context.maxValueBytes);
  await refuseCircles(store, batch);
  const values = [holder.seq, holder.claim, specs, inputs, labels, NEVER, context.agingMs];
  const patient: CallOptions = { isPatient: true };
  const outcomes = await explained(() => store.call<Submitted[] | null>('spawn', values, patient));
  if (outcomes === null) return 'lost';
  return outcomes.map((one) => (one.outcome === 'blocked-by-unique-key' ? one.holder : one.id));
}

/** Turns what a function of the store refused into an error of the catalogue. */
export async function explained<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const detail = (error as { detail?: string }).detail ?? '';
    switch (codeOf(error)) {
      case 'MA001': {
        const { id, dependency } = JSON.parse(detail) as { id: string; dependency: string };
        throw unknownDependency(id, dependency);
      }
      case 'MA002': {
        const { unfinished, added } = JSON.parse(detail) as { unfinished: number; added: number };
        throw queueFull(unfinished, added, unfinished + added - 1);
      }
      case 'MA003':
        throw taskUnknown(detail);
      default:
        throw error;
    }
  }
}

/** A circle through tasks that are known already is none: they stay as they are. */
async function refuseCircles(store: Store, batch: readonly TaskSpec[]): Promise<void> {
  try {
    checkCircles(batch);
  } catch {
    const ids = batch.map((spec) => spec.id);
    const rows = await store.query<{ id: string }>('SELECT id FROM @.task WHERE id = ANY ($1)', [ids]);
    checkCircles(batch, new Set(rows.map((row) => row.id)));
  }
}

function most({ maxQueued }: SubmitContext): number {
  return Math.min(maxQueued, NEVER);
}

function unknownDependency(id: string, dependency: string): Error {
  return taskInvalid(
    `Task "${id}" is to run after "${dependency}", which is unknown: submit it first or in the same batch; a task that ended long ago may have been removed.`,
  );
}
