import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process at work, as the store knows it. */
export interface WorkerRow {
  readonly id: number;
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly is_dead: boolean;
  /** Its lease has run out. */ readonly is_silent: boolean;
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

/** Names this machine, this start of it and, in a container, its own numbering of processes. */
export function thisHost(): string {
  return [hostname(), bootId(), processNamespace()].join(' ');
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
