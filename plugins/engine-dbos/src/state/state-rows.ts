import type { Row } from '@master-orchestrator/contracts';
import { taskInvalid } from '../engine-errors.js';
import { parse } from '../tasks/rows.js';

const DEFAULT_PAGE = 100;
const LONGEST_PAGE = 1_000;
/** Width of a log's key, so that keys sort as numbers do. */
const KEY_DIGITS = 16;
const UNSTORABLE = /\0|\p{Surrogate}/u;

/** A row of the shared state as it is stored; `change` is new with every write of any row. */
export interface StateRow {
  readonly key: string;
  readonly value: string;
  readonly version: number;
  readonly change: number;
}

/** Key of a log's record by its number. */
export function logKey(number: number): string {
  return String(number).padStart(KEY_DIGITS, '0');
}

export function rowOf({ key, value, version }: StateRow): Row {
  return { key, value: parse(value), version };
}

/** A page of what was found when one row more than the page holds was asked for. */
export function pageOf(rows: readonly StateRow[], size: number): { items: Row[]; next?: string } {
  const items = rows.slice(0, size).map(rowOf);
  const last = items.at(-1);
  return rows.length > size && last !== undefined ? { items, next: last.key } : { items };
}

export function pageSize(limit = DEFAULT_PAGE): number {
  return Math.max(1, Math.min(limit, LONGEST_PAGE));
}

/** @throws OrchestratorError TASK_INVALID for a name that cannot be stored as it is */
export function checkStateName(namespace: string, key: string): void {
  for (const name of [namespace, key]) {
    if (UNSTORABLE.test(name)) {
      throw taskInvalid(
        `State ${JSON.stringify(namespace)} / ${JSON.stringify(key)}: names must not hold NUL or half a surrogate pair.`,
      );
    }
  }
}
