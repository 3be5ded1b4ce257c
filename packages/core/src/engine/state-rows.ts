import type { Row } from '@master-orchestrator/contracts';
import { cloneJson } from './json-value.js';

const DEFAULT_PAGE = 100;
const LONGEST_PAGE = 1_000;

/** True where a write may go on: no version asked for, or the one that is there (0: none is there). */
export function isVersion(row: Row | undefined, wanted: number | undefined): boolean {
  return wanted === undefined || wanted === (row?.version ?? 0);
}

/** The first rows of a sequence, copied, and where the next page begins. */
export function pageOf(rows: Iterable<Row>, limit = DEFAULT_PAGE): { items: Row[]; next?: string } {
  const most = Math.max(1, Math.min(limit, LONGEST_PAGE));
  const items: Row[] = [];
  for (const row of rows) {
    const last = items.at(-1);
    if (items.length === most && last !== undefined) return { items, next: last.key };
    items.push(copyRow(row));
  }
  return { items };
}

/** A row that its reader may change. */
export function copyRow(row: Row): Row {
  return { key: row.key, value: cloneJson(row.value), version: row.version };
}
