import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { startupFailed } from '../database/store-failure.js';

const run = promisify(execFile);
const USER = 'postgres';

/** Who runs the server; nothing where that is the present user. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root. Then the system's user `postgres` runs it, who is made where there is none.
 *
 * @param canCreate - False: a missing user is an error.
 * @throws OrchestratorError STARTUP_FAILED
 */
export async function serverUser(canCreate: boolean): Promise<ServerUser | undefined> {
  if (process.platform === 'win32' || userInfo().uid !== 0) return undefined;
  const known = await lookUp();
  if (known !== undefined) return known;
  if (!canCreate) {
    throw startupFailed(
      `PostgreSQL cannot run as root, and there is no user "${USER}". Make one, or allow it with createUser: true.`,
    );
  }
  try {
    await run('groupadd', ['--system', USER]).catch(() => {});
    await run('useradd', ['--system', '--gid', USER, '--no-create-home', USER]);
  } catch (error) {
    // Another process may have made it at the same moment.
    const made = await lookUp();
    if (made !== undefined) return made;
    throw startupFailed(`PostgreSQL cannot run as root, and the user "${USER}" could not be made.`, error);
  }
  return lookUp();
}

async function lookUp(): Promise<ServerUser | undefined> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, USER])).stdout)),
    );
    return uid === undefined || gid === undefined ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
}
