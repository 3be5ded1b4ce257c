import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startupFailed } from '../database/store-failure.js';
import type { Binaries } from './binaries.js';
import type { ServerUser } from './server-user.js';

const run = promisify(execFile);
const PASSWORD_FILE = 'mao-password';
const PASSWORD_BYTES = 24;

/** How a cluster is made. */
export interface ClusterOptions {
  readonly binaries: Binaries;
  readonly user: ServerUser | undefined;
  /** False: it need not survive a power loss. */ readonly isSynced: boolean;
}

/**
 * The data folder, made where there is none: in a folder beside it that is renamed when it is whole, so that of several
 * processes one wins and none sees half a cluster.
 *
 * @returns the folder and the password of the user `postgres`.
 * @throws OrchestratorError STARTUP_FAILED
 */
export async function prepareCluster(
  folder: string,
  options: () => Promise<ClusterOptions>,
): Promise<{ data: string; password: string }> {
  const data = join(folder, 'data');
  if (!(await exists(join(data, PASSWORD_FILE)))) await makeCluster(folder, data, await options());
  return { data, password: (await readFile(join(data, PASSWORD_FILE), 'utf8')).trim() };
}

async function makeCluster(folder: string, data: string, options: ClusterOptions): Promise<void> {
  const { binaries, user, isSynced } = options;
  await mkdir(folder, { recursive: true });
  const fresh = join(folder, `data.${process.pid}.${randomBytes(4).toString('hex')}`);
  const passwordFile = `${fresh}.password`;
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  try {
    await mkdir(fresh, { mode: 0o700 });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (user !== undefined) for (const path of [fresh, passwordFile]) await chown(path, user.uid, user.gid);
    const flags = [
      `--pgdata=${fresh}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
      ...(isSynced ? [] : ['--no-sync']),
    ];
    await run(binaries.initdb, flags, { ...user });
    await writeFile(join(fresh, PASSWORD_FILE), password, { mode: 0o600 });
    await rename(fresh, data).catch(async (error: unknown) => {
      // Another process was faster.
      if (!(await exists(join(data, PASSWORD_FILE)))) throw error;
    });
  } catch (error) {
    throw initError(folder, user, error);
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(passwordFile, { force: true });
  }
}

function initError(folder: string, user: ServerUser | undefined, error: unknown): Error {
  const { stderr } = error as { stderr?: string };
  const reason = stderr?.trim() || (error instanceof Error ? error.message : String(error));
  const advice =
    user === undefined
      ? ''
      : ' It is made by the user "postgres", because PostgreSQL refuses root: that user must be able to enter the folder.';
  return startupFailed(`PostgreSQL could not make its data in "${folder}": ${reason}.${advice}`, error);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
