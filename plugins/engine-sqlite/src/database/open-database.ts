import { OrchestratorError } from '@master-orchestrator/errors';
import { mkdirSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Database } from './database.js';
import { MIGRATIONS } from './migrations.js';
import { isBusy, storageError, unavailable } from './sqlite-failure.js';

/** Marks a file as one of this engine ("maoe"), so that no other database is taken for one. */
const APPLICATION_ID = 0x6d616f65;
/** Time to wait for other processes that start at the same moment. */
const START_PATIENCE_MS = 30_000;
/** A file above this size is not read through at start, for that takes seconds. */
const LARGEST_CHECKED_BYTES = 256 * 1024 * 1024;

/** `statfs` types of file systems whose locks do not hold between machines (linux/magic.h and the file systems' own). */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x564c, 'NCP'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x47504653, 'GPFS'],
]);

/**
 * Opens the file, brings its layout up to date and looks whether it is whole. Safe to race with other processes.
 *
 * @throws OrchestratorError STARTUP_FAILED for a network file system or a newer layout, DISK_FAILED, DISK_FULL,
 * ENGINE_UNAVAILABLE
 */
export async function openDatabase(file: string): Promise<Database> {
  prepareFolder(file);
  const wasClean = sizeOf(`${file}-wal`) === 0;
  for (const end = Date.now() + START_PATIENCE_MS; ;) {
    const database = await connect(file);
    try {
      setUp(database);
      migrate(database);
      check(database, wasClean);
      return database;
    } catch (error) {
      database.close();
      if (OrchestratorError.isInstance(error)) throw error;
      if (!isBusy(error)) throw storageError(file, error);
      if (Date.now() > end) throw unavailable(file, error);
    }
    await delay(5 + Math.floor(Math.random() * 20));
  }
}

async function connect(file: string): Promise<Database> {
  // Loaded here and not with this file: Node 22 prints a warning when it is.
  const { DatabaseSync } = await import('node:sqlite');
  try {
    return new Database(file, new DatabaseSync(file));
  } catch (error) {
    throw storageError(file, error);
  }
}

function prepareFolder(file: string): void {
  const folder = dirname(file);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new OrchestratorError('STARTUP_FAILED', `The folder "${folder}" of the task store cannot be made.`, {
      cause,
    });
  }
  const network = networkFileSystemOf(folder);
  if (network === undefined) return;
  const message = `"${file}" lies on a network file system (${network}), where the locks of SQLite do not hold. Put it on a local disk, or use an engine for many hosts.`;
  throw new OrchestratorError('STARTUP_FAILED', message);
}

/** Name of the network file system a folder is on; `undefined` for a local one, or where it cannot be told. */
export function networkFileSystemOf(
  folder: string,
  typeOf: (folder: string) => number = statfsType,
): string | undefined {
  if (/^\\\\[^?.]/.test(folder)) return 'a network share';
  return NETWORK_FILE_SYSTEMS.get(typeOf(folder));
}

function statfsType(folder: string): number {
  // The numbers mean something on Linux only.
  return process.platform === 'linux' ? statfsSync(folder).type : 0;
}

function setUp(database: Database): void {
  database.exec('PRAGMA busy_timeout = 10');
  if (database.number('PRAGMA user_version') === 0) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
  database.get('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = NORMAL');
  database.exec('PRAGMA cache_size = -16000');
  database.exec('PRAGMA temp_store = MEMORY');
}

function migrate(database: Database): void {
  if (isUpToDate(database)) return;
  database.begin(true);
  try {
    // Another process may have come first.
    const version = database.number('PRAGMA user_version');
    for (const step of MIGRATIONS.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.commit();
  } catch (error) {
    database.rollback();
    throw error;
  }
}

function isUpToDate(database: Database): boolean {
  const { file } = database;
  const version = database.number('PRAGMA user_version');
  if (version > MIGRATIONS.length) {
    const message = `"${file}" was written by a newer release (layout ${version}, this one knows ${MIGRATIONS.length}). Update this process.`;
    throw new OrchestratorError('STARTUP_FAILED', message);
  }
  const isForeign =
    database.number('PRAGMA application_id') !== APPLICATION_ID &&
    (version > 0 || database.number('SELECT count(*) FROM sqlite_schema') > 0);
  if (isForeign)
    throw new OrchestratorError('STARTUP_FAILED', `"${file}" is a database of something else. Name another file.`);
  return version === MIGRATIONS.length;
}

/** After an end that was not clean, reads the file through: a torn page must show now, not in the middle of a task. */
function check(database: Database, wasClean: boolean): void {
  const size = sizeOf(database.file);
  const pages = database.number('PRAGMA page_count') * database.number('PRAGMA page_size');
  if ((wasClean && size === pages) || pages > LARGEST_CHECKED_BYTES) return;
  const verdict = database.get<{ quick_check: string }>('PRAGMA quick_check(1)')?.quick_check;
  if (verdict === 'ok') return;
  const message = `"${database.file}" is damaged: ${verdict ?? 'it cannot be read'}. Restore a copy, or name another file.`;
  throw new OrchestratorError('DISK_FAILED', message, { details: { store: database.file } });
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
