import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { FileEntry, RootedFiles, ToolFiles } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';

const DEFAULT_MAX_BYTES = 10 * 1024 * 1024;

/** Folders that are removed at the end of the process, if nobody did so before. */
const leftOver = new Set<string>();
const removeLeftOver = (): void => [...leftOver].forEach(removeFolder);

/**
 * Files of a test, in a folder of their own below the system's temporary folder. Roots are relative to that folder,
 * or absolute inside it. It keeps honest tools in their folder; against links set in a race only the host's own
 * guard helps.
 */
export class TemporaryFiles implements ToolFiles {
  #folder: string | undefined;

  /** Absolute path of the folder; made when it is first asked for. */
  get folder(): string {
    if (this.#folder === undefined) {
      this.#folder = mkdtempSync(join(tmpdir(), 'mao-test-'));
      if (!process.listeners('exit').includes(removeLeftOver)) process.once('exit', removeLeftOver);
      leftOver.add(this.#folder);
    }
    return this.#folder;
  }

  within(root: string, options: { readonly create?: boolean } = {}): RootedFiles {
    const path = resolve(this.folder, root);
    if (!isInside(this.folder, path)) throw blocked(root, 'the folder of this test');
    if (options.create === true) mkdirSync(path, { recursive: true });
    return new FilesBelow(path);
  }

  /** Removes the folder and all in it. */
  dispose(): void {
    if (this.#folder !== undefined) removeFolder(this.#folder);
    this.#folder = undefined;
  }
}

class FilesBelow implements RootedFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async read(
    path: string,
    options: { readonly maxBytes?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Uint8Array> {
    const { maxBytes = DEFAULT_MAX_BYTES, signal } = options;
    const place = await this.#place(path);
    return told(path, async () => {
      const { size } = await stat(place);
      if (size > maxBytes) {
        const message = `"${path}" has ${size} bytes, more than the ${maxBytes} asked for.`;
        throw new OrchestratorError('RESPONSE_TOO_LARGE', message);
      }
      return readFile(place, signal === undefined ? {} : { signal });
    });
  }

  async write(
    path: string,
    content: Uint8Array | string,
    options: { readonly overwrite?: boolean; readonly createFolders?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<{ readonly path: string; readonly bytes: number }> {
    const place = await this.#place(path);
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    return told(path, async () => {
      options.signal?.throwIfAborted();
      if (options.createFolders === true) await mkdir(dirname(place), { recursive: true });
      if (options.overwrite === false && (await exists(place))) {
        throw new OrchestratorError('FILE_INVALID', `"${path}" exists, and overwrite is false.`);
      }
      const draft = `${place}.${process.pid}.tmp`;
      await writeFile(draft, bytes);
      await rename(draft, place);
      return { path, bytes: bytes.length };
    });
  }

  async list(path: string, options: { readonly maxEntries?: number } = {}): Promise<readonly FileEntry[]> {
    const place = await this.#place(path);
    return told(path, async () => {
      const names = (await readdir(place)).sort().slice(0, options.maxEntries);
      const entries = await Promise.all(names.map((name) => entryOf(join(place, name), name)));
      return entries.filter((entry) => entry !== undefined);
    });
  }

  async stat(path: string): Promise<FileEntry | undefined> {
    const place = await this.#place(path);
    return entryOf(place, path.split('/').at(-1) ?? path);
  }

  /** The absolute path, once it is sure that it, and what it links to, lies inside. */
  async #place(path: string): Promise<string> {
    const place = resolve(this.#root, path);
    const isOdd = path.includes('\0') || isAbsolute(path) || !isInside(this.#root, place);
    if (isOdd) throw blocked(path, 'its root folder');
    const root = await realpath(this.#root).catch(() => this.#root);
    const target = await existingPart(place);
    if (target !== undefined && !isInside(root, target)) throw blocked(path, 'its root folder');
    return place;
  }
}

async function existingPart(place: string): Promise<string | undefined> {
  for (let part = place; ; part = dirname(part)) {
    const real = await realpath(part).catch(() => undefined);
    if (real !== undefined || part === dirname(part)) return real;
  }
}

async function entryOf(place: string, name: string): Promise<FileEntry | undefined> {
  const facts = await stat(place).catch(() => undefined);
  if (facts === undefined) return undefined;
  const modifiedAt = facts.mtimeMs;
  if (facts.isFile()) return { name, type: 'file', size: facts.size, modifiedAt };
  return { name, type: facts.isDirectory() ? 'directory' : 'other', modifiedAt };
}

async function exists(place: string): Promise<boolean> {
  return (await stat(place).catch(() => undefined)) !== undefined;
}

async function told<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (OrchestratorError.isInstance(error)) throw error;
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const isForbidden = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
    const message = `"${path}" could not be used (${code}).`;
    throw new OrchestratorError(isForbidden ? 'FILE_FORBIDDEN' : 'FILE_INVALID', message, { cause: error });
  }
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function blocked(path: string, bound: string): OrchestratorError {
  return new OrchestratorError('PATH_BLOCKED', `The path ${JSON.stringify(path)} leads out of ${bound}.`);
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  leftOver.delete(folder);
}
