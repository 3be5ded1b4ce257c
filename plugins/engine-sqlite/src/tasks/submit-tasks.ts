import type { Submitted, TaskSpec } from '@master-orchestrator/contracts';
import type { Database } from '../database/database.js';
import { queueFull } from '../engine-errors.js';
import { noteReferences } from '../state/references.js';
import { announce, FIRST_FINAL, PHASE, taskById, type TaskRow } from './rows.js';
import { checkDependencies } from './submission.js';
import { makeReady, endTask } from './transitions.js';

/** Bounds and moments of a submission. */
export interface SubmitContext {
  readonly now: number;
  readonly agingMs: number;
  readonly maxQueued: number;
}

/**
 * Stores a batch inside a transaction, all or none.
 *
 * @param batch - Checked specs.
 * @throws OrchestratorError TASK_INVALID, QUEUE_FULL
 */
export function submitTasks(database: Database, batch: readonly TaskSpec[], context: SubmitContext): Submitted[] {
  const { fresh, results } = sort(database, batch);
  if (fresh.size === 0) return results;
  checkDependencies(fresh, (id) => taskById(database, id) !== undefined);
  const unfinished = database.number("SELECT value FROM counter WHERE name = 'unfinished'");
  if (unfinished + fresh.size > context.maxQueued) throw queueFull(unfinished, fresh.size, context.maxQueued);
  database.run("UPDATE counter SET value = value + ? WHERE name = 'unfinished'", fresh.size);
  for (const spec of fresh.values()) insert(database, spec, context.now);
  for (const spec of fresh.values()) admit(database, spec, context);
  return results;
}

/** Tells new tasks from known ones and from those whose unique key is taken, in the order of the batch. */
function sort(database: Database, batch: readonly TaskSpec[]): { fresh: Map<string, TaskSpec>; results: Submitted[] } {
  const fresh = new Map<string, TaskSpec>();
  const keys = new Map<string, string>();
  const results = batch.map((spec): Submitted => {
    const { id, uniqueKey } = spec;
    if (fresh.has(id) || taskById(database, id) !== undefined) return { outcome: 'known', id };
    const holder = uniqueKey === undefined ? undefined : (keys.get(uniqueKey) ?? holderOf(database, uniqueKey));
    if (holder !== undefined) return { outcome: 'blocked-by-unique-key', id, holder };
    if (uniqueKey !== undefined) keys.set(uniqueKey, id);
    fresh.set(id, spec);
    return { outcome: 'created', id };
  });
  return { fresh, results };
}

function holderOf(database: Database, uniqueKey: string): string | undefined {
  const sql = 'SELECT id FROM task WHERE unique_key = ? AND unique_key IS NOT NULL AND phase < 6';
  return database.get<{ id: string }>(sql, uniqueKey)?.id;
}

const INSERT = `
INSERT INTO task (id, kind, revision, lane, priority, phase, level, submitted_at, not_before, deadline, delivery_timeout_ms, unique_key, parent)
VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?) RETURNING seq`;

function insert(database: Database, spec: TaskSpec, now: number): void {
  const { priority = 5, notBefore, deadline, deliveryTimeoutMs } = spec;
  const row = database.get<{ seq: number }>(
    INSERT,
    spec.id,
    spec.kind,
    spec.revision,
    spec.lane,
    priority,
    priority,
    now,
    notBefore === undefined ? null : Math.ceil(notBefore),
    deadline === undefined ? null : Math.ceil(deadline),
    deliveryTimeoutMs === undefined ? null : Math.ceil(deliveryTimeoutMs),
    spec.uniqueKey ?? null,
    spec.parent ?? null,
  ) as { seq: number };
  const input = JSON.stringify(spec.input);
  const labels = spec.labels === undefined ? null : JSON.stringify(spec.labels);
  database.run('INSERT INTO task_data (seq, input, labels) VALUES (?, ?, ?)', row.seq, input, labels);
  noteReferences(database, `t${row.seq}`, input);
}

/** Places a new task: behind its dependencies, until its time, or in line. */
function admit(database: Database, spec: TaskSpec, { now, agingMs }: SubmitContext): void {
  const task = taskById(database, spec.id) as TaskRow;
  let open = 0;
  for (const { task: id, when } of spec.after ?? []) {
    const dependency = taskById(database, id) as TaskRow;
    if (dependency.phase < FIRST_FINAL) {
      const sql = "INSERT OR IGNORE INTO edge (dependency, dependent, kind, key) VALUES (?, ?, ?, '')";
      open += database.run(sql, dependency.seq, task.seq, when);
    } else if (when === 'completed' && dependency.phase !== PHASE.completed) {
      const reason = `its dependency "${id}" did not complete`;
      return endTask(database, task, { phase: 'skipped', reason }, { now, agingMs });
    }
  }
  if (open === 0) return makeReady(database, task, null, { now, agingMs });
  database.run('UPDATE task SET open_dependencies = ? WHERE seq = ?', open, task.seq);
  announce(database, now, task, { phase: 'blocked', previous: null });
}
