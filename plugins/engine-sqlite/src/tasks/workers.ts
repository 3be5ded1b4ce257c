import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Database } from '../database/database.js';

/** A process at work, as the store knows it. */
export interface WorkerRow {
  readonly id: number;
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly started_at: number;
  readonly lease_until: number;
}

/** Enters a worker; its number is the holder in its claims. */
export function addWorker(database: Database, name: string, now: number, claimMs: number): number {
  const sql = 'INSERT INTO worker (name, host, pid, started_at, lease_until) VALUES (?, ?, ?, ?, ?) RETURNING id';
  const row = database.get<{ id: number }>(
    sql,
    name,
    thisHost(),
    process.pid,
    Math.floor(now),
    Math.ceil(now + claimMs),
  );
  return (row as { id: number }).id;
}

/** Renews a lease; false where the worker was taken for dead. */
export function renewLease(database: Database, id: number, until: number): boolean {
  return database.run('UPDATE worker SET lease_until = ? WHERE id = ?', Math.ceil(until), id) > 0;
}

export function dropWorker(database: Database, id: number): void {
  database.run('DELETE FROM worker WHERE id = ?', id);
}

/** True where the worker's process is known to be gone, so that nobody need wait for its lease. */
export function isGone({ host, pid }: Pick<WorkerRow, 'host' | 'pid'>): boolean {
  if (host !== thisHost()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as { code?: string }).code === 'ESRCH';
  }
}

let host: string | undefined;

/** Names this machine, this start of it and, in a container, its own numbering of processes. */
function thisHost(): string {
  return (host ??= [hostname(), bootId(), processNamespace()].join(' '));
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
