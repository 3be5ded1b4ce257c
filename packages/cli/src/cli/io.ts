import type { ReadStream, WriteStream } from 'node:tty';

/** A stream to write to: a terminal, a pipe or a file. */
export type OutStream = NodeJS.WritableStream & Pick<WriteStream, 'isTTY'> & Partial<Pick<WriteStream, 'columns'>>;

/** Where a command reads and writes. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY'>>;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  /** Folder that the command was started in. */ readonly cwd: string;
}

/** The streams and folder of this process. */
export function systemIo(): Io {
  return { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, cwd: process.cwd() };
}
