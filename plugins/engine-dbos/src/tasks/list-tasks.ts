import { isFinalPhase, type TaskQuery, type TaskView } from '@master-orchestrator/contracts';
import type { Store } from '../database/store.js';
import { taskInvalid } from '../engine-errors.js';
import { FIRST_FINAL, PHASE, viewOf, type TaskRow } from './rows.js';

const DEFAULT_PAGE = 100;
const LONGEST_PAGE = 1_000;

/** One page of tasks. */
export async function listTasks(store: Store, query: TaskQuery): Promise<{ items: TaskView[]; next?: string }> {
  const limit = Math.max(1, Math.min(query.limit ?? DEFAULT_PAGE, LONGEST_PAGE));
  const isNewestFirst = query.order === 'newest-first';
  const { conditions, values } = conditionsOf(query, isNewestFirst);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const order = isNewestFirst ? 'DESC' : 'ASC';
  const sql = `SELECT * FROM @.task_view ${where} ORDER BY number ${order} LIMIT ${limit + 1}`;
  const rows = await store.query<TaskRow>(sql, values);
  const items = rows.slice(0, limit).map(viewOf);
  return rows.length > limit ? { items, next: String((rows[limit - 1] as TaskRow).seq) } : { items };
}

function conditionsOf(query: TaskQuery, isNewestFirst: boolean): { conditions: string[]; values: unknown[] } {
  const conditions: string[] = [];
  const values: unknown[] = [];
  const add = (condition: string, value: unknown): void => {
    values.push(value);
    conditions.push(condition.replaceAll('?', `$${values.length}`));
  };
  const { phases, cursor } = query;
  if (phases !== undefined) {
    add(
      'phase = ANY (?::smallint[])',
      phases.map((phase) => PHASE[phase]),
    );
    // Says what the index of unfinished tasks needs to hear.
    if (!phases.some(isFinalPhase)) conditions.push(`phase < ${FIRST_FINAL}`);
  }
  if (query.lane !== undefined) add('lane = ?', query.lane);
  if (query.kind !== undefined) add('kind = ?', query.kind);
  if (query.parent !== undefined) add('parent = ?', query.parent);
  if (query.labels !== undefined) add("coalesce(labels, '{}')::jsonb @> ?::jsonb", JSON.stringify(query.labels));
  if (cursor !== undefined) add(`number ${isNewestFirst ? '<' : '>'} ?::bigint`, parseCursor(cursor));
  return { conditions, values };
}

function parseCursor(cursor: string): number {
  if (/^\d{1,16}$/.test(cursor)) return Number(cursor);
  throw taskInvalid(`"${cursor}" is no cursor of this list. Use the "next" of the page before.`);
}
