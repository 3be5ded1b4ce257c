import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const root = join(import.meta.dirname, '..', '..', '..');
const LONGEST_BUILD_MS = 110_000;

/** How a program ended. */
export interface ExampleRun {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** How {@link runExample} starts a program. */
export interface RunExampleOptions {
  /** Folder it runs in, and its home: no configuration of this machine reaches it. */ readonly folder: string;
  readonly args?: readonly string[];
  /** Variables beside those of the process. */ readonly env?: Readonly<Record<string, string>>;
  /** Kills the program without notice once it has printed this. */ readonly killAt?: string;
}

/**
 * Compiles an example with all it needs. One build at a time: two at once would write the same files.
 *
 * @throws Error with what the compiler says
 */
export async function buildExample(name: string): Promise<void> {
  const lock = join(root, 'node_modules', '.example-build.lock');
  await takeLock(lock);
  try {
    const { status, stdout, stderr, error } = spawnSync('tsc', ['-b', `examples/${name}`], {
      cwd: root,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`tsc -b examples/${name}: ${stdout}${stderr}`, { cause: error });
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Runs `dist/main.js` of an example as a person would, with no key and no settings but those given. */
export function runExample(
  name: string,
  { folder, args = [], env = {}, killAt }: RunExampleOptions,
): Promise<ExampleRun> {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(OPENAI|MAO|DEFAULT_MODEL)/.test(key));
  const child = spawn(process.execPath, [join(root, 'examples', name, 'dist/main.js'), ...args], {
    cwd: folder,
    env: { ...Object.fromEntries(inherited), ...env, HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
    if (killAt !== undefined && out.includes(killAt)) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (err += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

/** A file that only one process can make; one left behind by a process that died is taken over. */
async function takeLock(lock: string): Promise<void> {
  mkdirSync(join(lock, '..'), { recursive: true });
  for (;;) {
    try {
      closeSync(openSync(lock, 'wx'));
      return;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    }
    if (ageOf(lock) > LONGEST_BUILD_MS) rmSync(lock, { force: true });
    await wait(100);
  }
}

function ageOf(file: string): number {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}
