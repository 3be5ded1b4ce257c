import type { OrchestratorConfig } from '@master-orchestrator/config';
import { OrchestratorError } from '@master-orchestrator/errors';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const noteShape = z.object({ pid: z.int(), url: z.string(), since: z.string() });

/** A note in the data folder about the server that runs there, so that a second one can say who has the port. */
export class ServerNote {
  readonly #directory: string;
  #isOurs = false;

  constructor(dataDirectory: string) {
    this.#directory = dataDirectory;
  }

  /** Notes the server of this process. A folder that cannot be written to is no reason not to serve. */
  async write(url: string): Promise<void> {
    const note = { pid: process.pid, url, since: new Date().toISOString() };
    try {
      await mkdir(this.#directory, { recursive: true });
      await writeFile(this.#file, `${JSON.stringify(note)}\n`);
      this.#isOurs = true;
    } catch {
      this.#isOurs = false;
    }
  }

  /** Takes the note of this process away. */
  async remove(): Promise<void> {
    if (this.#isOurs) await rm(this.#file, { force: true });
  }

  /** The failure to listen, with who has the port where that is known. */
  async explain(cause: unknown, { host, port }: OrchestratorConfig['server']): Promise<OrchestratorError> {
    const other = await this.#read();
    const isThere = other !== undefined && new URL(other.url).port === String(port) && isAlive(other.pid);
    const who = isThere
      ? `mao serve has it: process ${other.pid}, since ${other.since}, ${other.url}`
      : 'another program has it';
    return new OrchestratorError('STARTUP_FAILED', `Port ${port} of ${host} is taken: ${who}.`, {
      cause,
      advice: 'Choose another one with --port, or let one be chosen: --auto-port.',
      details: isThere ? { ...other } : {},
    });
  }

  get #file(): string {
    return join(this.#directory, 'server.json');
  }

  async #read(): Promise<z.output<typeof noteShape> | undefined> {
    try {
      return noteShape.parse(JSON.parse(await readFile(this.#file, 'utf8')));
    } catch {
      return undefined;
    }
  }
}

/** True for a failure to listen because something listens there already. */
export function portTaken(error: unknown): boolean {
  for (let each: unknown = error, depth = 0; each instanceof Error && depth < 6; each = each.cause, depth += 1) {
    if ((each as NodeJS.ErrnoException).code === 'EADDRINUSE') return true;
  }
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
