import type { Readable, Writable } from 'node:stream';

/** A stream to write to: a terminal, a pipe or a file. */
export type OutStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What a command stands in: where it reads and writes, and what runs it. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  /** Folder that the command was started in. */ readonly cwd: string;
  /** Version of Node.js, as `v22.13.0`. */ readonly nodeVersion: string;
}

/** The streams, folder and Node.js of this process. */
export function systemIo(): Io {
  const { stdin, stdout, stderr, version: nodeVersion } = process;
  // A terminal without a size (docker exec, script) says 0 columns and rows, and a question would be one letter wide.
  for (const stream of [stdout, stderr]) if (stream.columns === 0) Object.assign(stream, { columns: 80, rows: 24 });
  return { stdin, stdout, stderr, cwd: process.cwd(), nodeVersion };
}
