import { isFinalPhase, type TaskQuery, type TaskView } from '@master-orchestrator/contracts';
import type { Database, Value } from '../database/database.js';
import { taskInvalid } from '../engine-errors.js';
import { FIRST_FINAL, marks, PHASE, SELECT_FULL, viewOf, type FullTaskRow } from './rows.js';

const DEFAULT_PAGE = 100;
const LONGEST_PAGE = 1_000;

/** One page of tasks. */
export function listTasks(database: Database, query: TaskQuery): { items: TaskView[]; next?: string } {
  const limit = Math.max(1, Math.min(query.limit ?? DEFAULT_PAGE, LONGEST_PAGE));
  const isNewestFirst = query.order === 'newest-first';
  const { conditions, values } = conditionsOf(query, isNewestFirst);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const order = isNewestFirst ? 'DESC' : 'ASC';
  const rows = database.all<FullTaskRow>(
    `${SELECT_FULL} ${where} ORDER BY task.seq ${order} LIMIT ?`,
    ...values,
    limit + 1,
  );
  const items = rows.slice(0, limit).map(viewOf);
  return rows.length > limit ? { items, next: String((rows[limit - 1] as FullTaskRow).seq) } : { items };
}

function conditionsOf(query: TaskQuery, isNewestFirst: boolean): { conditions: string[]; values: Value[] } {
  const conditions: string[] = [];
  const values: Value[] = [];
  const add = (condition: string, ...more: Value[]): void => {
    conditions.push(condition);
    values.push(...more);
  };
  const { phases, cursor } = query;
  if (phases !== undefined) {
    add(`task.phase IN (${marks(phases)})`, ...phases.map((phase) => PHASE[phase]));
    // Says what the index of unfinished tasks needs to hear.
    if (!phases.some(isFinalPhase)) add(`task.phase < ${FIRST_FINAL}`);
  }
  if (query.lane !== undefined) add('task.lane = ?', query.lane);
  if (query.kind !== undefined) add('task.kind = ?', query.kind);
  if (query.parent !== undefined) add('task.parent = ? AND task.parent IS NOT NULL', query.parent);
  for (const [name, value] of Object.entries(query.labels ?? {})) {
    add('EXISTS (SELECT 1 FROM json_each(data.labels) WHERE json_each.key = ? AND json_each.value = ?)', name, value);
  }
  if (cursor !== undefined) add(`task.seq ${isNewestFirst ? '<' : '>'} ?`, parseCursor(cursor));
  return { conditions, values };
}

function parseCursor(cursor: string): number {
  if (/^\d{1,16}$/.test(cursor)) return Number(cursor);
  throw taskInvalid(`"${cursor}" is no cursor of this list. Use the "next" of the page before.`);
}
