import { Readable, Writable } from 'node:stream';
import { WriteStream } from 'node:tty';
import { runCli, type ExitCode, type Io } from '../../src/index.js';
import { cleanEnvironment } from './environment.js';

/** How a command line is run in this process. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What stdin holds. @default nothing */ readonly stdin?: string;
  /** True: stdout and stderr are terminals of 100 columns. */ readonly isTerminal?: boolean;
  /** @default the one that runs the test */ readonly nodeVersion?: string;
}

/** What a command line printed. */
export interface Ran {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
  /** The one JSON document on stdout. */ json(): Record<string, unknown>;
}

/** Runs a command line in this process, with streams and environment of its own. */
export async function mao(argv: readonly string[], options: RunOptions): Promise<Ran> {
  const [stdout, stderr] = [sink(options.isTerminal), sink(options.isTerminal)];
  const io: Io = {
    stdin: Readable.from(options.stdin === undefined ? [] : [Buffer.from(options.stdin)]),
    stdout,
    stderr,
    cwd: options.cwd,
    nodeVersion: options.nodeVersion ?? process.version,
  };
  const before = { ...process.env };
  replaceEnvironment(
    cleanEnvironment({ ...(options.isTerminal === true && { TERM: 'xterm-256color' }), ...options.env }),
  );
  try {
    const code = await runCli(argv, io);
    const [out, err] = [stdout.text(), stderr.text()];
    return { code, stdout: out, stderr: err, json: () => JSON.parse(out) as Record<string, unknown> };
  } finally {
    replaceEnvironment(before);
  }
}

function replaceEnvironment(next: Readonly<Record<string, string | undefined>>): void {
  for (const name of Object.keys(process.env)) if (!(name in next)) delete process.env[name];
  for (const [name, value] of Object.entries(next)) if (value !== undefined) process.env[name] = value;
}

function sink(isTerminal = false): Writable & { isTTY: boolean; columns: number; text(): string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString('utf8'));
      done();
    },
  });
  const terminal = isTerminal
    ? { getColorDepth: () => WriteStream.prototype.getColorDepth(process.env), hasColors: () => true }
    : {};
  return Object.assign(stream, { isTTY: isTerminal, columns: 100, text: () => chunks.join(''), ...terminal });
}
