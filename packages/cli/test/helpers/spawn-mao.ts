import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { cleanEnvironment } from './environment.js';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'main.js');

/** How the built command is started. */
export interface StartOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What became of a process. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is running. */
export interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves with the match once both streams together hold it; rejects when the process ends without. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts the built command; it is killed when the test ends and it still runs. */
export function startMao(argv: readonly string[], options: StartOptions): Started {
  return start(process.execPath, [MAIN, ...argv], options);
}

/** Starts the built command on a terminal of its own, by `script`. What is written to its stdin is typed. */
export function startMaoOnTerminal(argv: readonly string[], { cwd, env = {} }: StartOptions): Started {
  const line = [process.execPath, MAIN, ...argv].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return start('script', ['-qec', line, '/dev/null'], { cwd, env: { TERM: 'xterm-256color', ...env } });
}

/** Runs the built command to its end, with nothing on stdin. */
export function runMao(argv: readonly string[], options: StartOptions): Promise<Ended> {
  const started = startMao(argv, options);
  started.child.stdin.end();
  return started.ended;
}

function start(command: string, args: readonly string[], { cwd, env }: StartOptions): Started {
  const child = spawn(command, args, { cwd, env: cleanEnvironment(env) });
  const streams = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      streams[name] += chunk;
      for (const watcher of watchers) watcher();
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, ...streams });
      for (const watcher of watchers) watcher();
    });
  });
  onTestFinished(async () => {
    if (child.exitCode === null) child.kill('SIGKILL');
    await ended.catch(() => undefined);
  });
  const until = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(`${streams.stdout}\n${streams.stderr}`);
        if (match !== null) resolve(match);
        else if (child.exitCode !== null && child.stdout.readableEnded && child.stderr.readableEnded)
          reject(
            new Error(
              `It ended with ${child.exitCode} and never said ${pattern}:\n${streams.stdout}\n${streams.stderr}`,
            ),
          );
        else return;
        watchers.delete(look);
      };
      watchers.add(look);
      look();
    });
  return {
    child,
    ended,
    get stdout() {
      return streams.stdout;
    },
    get stderr() {
      return streams.stderr;
    },
    until,
  };
}
