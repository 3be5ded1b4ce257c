import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What `postmaster.pid` says (https://www.postgresql.org/docs/current/storage-file-layout.html). */
export interface PidFile {
  readonly pid: number;
  readonly port: number;
  readonly isReady: boolean;
}

/** What became of a process: a zombie has ended, but nobody has asked for its end. */
export type ProcessState = 'alive' | 'zombie' | 'gone' | 'other';

/** The server that runs on a data folder; `undefined` where none does. A file left by a server that is gone is removed. */
export async function runningServer(data: string): Promise<PidFile | undefined> {
  const file = await readPidFile(data);
  if (file === undefined) return undefined;
  const state = await stateOf(file.pid);
  if (state === 'alive') return file;
  // PostgreSQL removes the file of a process that is gone, but takes a zombie, or another program with its number, for alive.
  if (state !== 'gone') await rm(join(data, 'postmaster.pid'), { force: true });
  return undefined;
}

async function readPidFile(data: string): Promise<PidFile | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n').map((line) => line.trim());
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number.isInteger(port) ? port : 0, isReady: lines[7] === 'ready' && port > 0 };
}

/** `other`: the number belongs to another program by now. */
export async function stateOf(pid: number): Promise<ProcessState> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as { code?: string }).code === 'ESRCH') return 'gone';
  }
  // `<pid> (<name>) <state> …`; outside of Linux there is no such file, and the number is believed.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  if (stat === '') return 'alive';
  const nameEnd = stat.lastIndexOf(')');
  const state = stat.slice(nameEnd + 2, nameEnd + 3);
  if (state === 'Z' || state === 'X') return 'zombie';
  return stat.slice(stat.indexOf('(') + 1, nameEnd).startsWith('postgres') ? 'alive' : 'other';
}
