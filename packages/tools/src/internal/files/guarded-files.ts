import type { FileEntry, RootedFiles } from '@master-orchestrator/contracts';
import { OrchestratorError } from '@master-orchestrator/errors';
import { codeOf, fileError } from './file-error.js';
import { checkRegular, HeldFolder } from './held-folder.js';
import { invalid, pathParts, sensitivePart } from './path-parts.js';

/** What {@link GuardedFiles} may do, and where. */
export interface GuardedFilesOptions {
  /** Absolute; opened as the operator named it. */ readonly base: string;
  /** Parts from the base to the folder that is shown to the tool. */ readonly inner: readonly string[];
  readonly create: boolean;
  readonly isByDescriptor: boolean;
  readonly allowSensitiveWrites: boolean;
  readonly allowHardLinks: boolean;
  /** Throws where reading was not granted. */ readonly checkRead: () => void;
  /** Throws where writing was not granted. */ readonly checkWrite: () => void;
}

type ReadOptions = Parameters<RootedFiles['read']>[1];
type WriteOptions = Parameters<RootedFiles['write']>[2];

const DEFAULT_MAX_BYTES = 10 * 1_048_576;
const CHUNK = 65_536;
const MAX_LISTED = 100_000;
const FILE_MODE = 0o666;

/** Files below one folder. Every call opens the folder and walks to the file part by part, without following links. */
export class GuardedFiles implements RootedFiles {
  readonly #options: GuardedFilesOptions;

  constructor(options: GuardedFilesOptions) {
    this.#options = options;
  }

  async read(
    path: string,
    { maxBytes = DEFAULT_MAX_BYTES, signal }: NonNullable<ReadOptions> = {},
  ): Promise<Uint8Array> {
    this.#options.checkRead();
    signal?.throwIfAborted();
    return this.#inFolderOf(path, false, signal, async (folder, name) => {
      const { handle, stats } = await folder.openFile(name, path, this.#options.allowHardLinks);
      try {
        if (stats.size > maxBytes) throw tooLarge(path, maxBytes);
        return await readAll(handle, stats.size, path, maxBytes, signal);
      } finally {
        await handle.close();
      }
    });
  }

  async write(
    path: string,
    content: Uint8Array | string,
    { overwrite = true, createFolders = false, signal }: NonNullable<WriteOptions> = {},
  ): Promise<{ readonly path: string; readonly bytes: number }> {
    this.#options.checkWrite();
    signal?.throwIfAborted();
    const parts = pathParts(path);
    const sensitive = this.#options.allowSensitiveWrites
      ? undefined
      : sensitivePart([...this.#options.inner, ...parts]);
    if (sensitive !== undefined) throw sensitiveError(sensitive);
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    await this.#inFolderOf(path, createFolders, signal, async (folder, name) => {
      const present = await folder.stat(name);
      if (present !== undefined) {
        checkRegular(present, path, this.#options.allowHardLinks);
        if (!overwrite) throw fileError({ code: 'EEXIST' }, path);
      }
      await replace(folder, name, bytes, {
        mode: present === undefined ? FILE_MODE : present.mode & 0o777,
        overwrite,
        isNew: present === undefined,
        signal,
      });
    });
    return { path: parts.join('/'), bytes: bytes.byteLength };
  }

  async list(
    path: string,
    { maxEntries = 1_000 }: { readonly maxEntries?: number } = {},
  ): Promise<readonly FileEntry[]> {
    this.#options.checkRead();
    const parts = pathParts(path);
    return this.#walk(parts, false, path, undefined, async (folder) => {
      const names: string[] = [];
      for await (const entry of await folder.entries()) {
        if (names.push(entry.name) >= MAX_LISTED) break;
      }
      names.sort();
      const listed: FileEntry[] = [];
      for (const name of names.slice(0, Math.max(0, maxEntries))) {
        const stats = await folder.stat(name);
        if (stats !== undefined) listed.push(entryOf(name, stats));
      }
      return listed;
    });
  }

  async stat(path: string): Promise<FileEntry | undefined> {
    this.#options.checkRead();
    const parts = pathParts(path);
    const name = parts.at(-1);
    try {
      if (name === undefined)
        return await this.#walk([], false, path, undefined, async (folder) => entryOf('.', await folder.own()));
      return await this.#walk(parts.slice(0, -1), false, path, undefined, async (folder) => {
        const stats = await folder.stat(name);
        return stats === undefined ? undefined : entryOf(name, stats);
      });
    } catch (error) {
      if (OrchestratorError.isInstance(error) && isAbsent(error.cause)) return undefined;
      throw error;
    }
  }

  async #inFolderOf<T>(
    path: string,
    create: boolean,
    signal: AbortSignal | undefined,
    use: (folder: HeldFolder, name: string) => Promise<T>,
  ): Promise<T> {
    const parts = pathParts(path);
    const name = parts.pop();
    if (name === undefined) throw invalid('it names the folder itself, not a file in it');
    return this.#walk(parts, create, path, signal, (folder) => use(folder, name));
  }

  /** Holds one folder at a time: the next is opened below it, then it is closed. */
  async #walk<T>(
    parts: readonly string[],
    create: boolean,
    shown: string,
    signal: AbortSignal | undefined,
    use: (folder: HeldFolder) => Promise<T>,
  ): Promise<T> {
    const { base, inner, isByDescriptor } = this.#options;
    let folder: HeldFolder | undefined;
    try {
      if (this.#options.create) await process.getBuiltinModule('node:fs').promises.mkdir(base, { recursive: true });
      folder = await HeldFolder.open(base, isByDescriptor);
      for (const [index, part] of [...inner, ...parts].entries()) {
        const mayCreate = index < inner.length ? this.#options.create : create;
        const next: HeldFolder = await folder.enter(part, mayCreate);
        await folder.close();
        folder = next;
      }
      return await use(folder);
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : fileError(error, shown);
    } finally {
      await folder?.close();
    }
  }
}

interface ReplaceOptions {
  readonly mode: number;
  readonly overwrite: boolean;
  readonly isNew: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Writes beside the target, then renames in the held folder: readers see the old content or the new. */
async function replace(folder: HeldFolder, name: string, bytes: Uint8Array, options: ReplaceOptions): Promise<void> {
  const temporary = `.mao-${process.getBuiltinModule('node:crypto').randomBytes(9).toString('hex')}.tmp`;
  const handle = await folder.createFile(temporary, FILE_MODE);
  try {
    try {
      await handle.writeFile(bytes, { signal: options.signal });
      if (!options.isNew) await handle.chmod(options.mode);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    options.signal?.throwIfAborted();
    if (options.overwrite) return await folder.rename(temporary, name);
    await folder.link(temporary, name); // fails where another writer was faster
    await folder.remove(temporary);
  } catch (error) {
    await folder.remove(temporary).catch(() => undefined);
    throw error;
  }
}

async function readAll(
  handle: import('node:fs/promises').FileHandle,
  expected: number,
  path: string,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  let buffer = new Uint8Array(expected + 1);
  let length = 0;
  for (;;) {
    signal?.throwIfAborted();
    if (length === buffer.byteLength) {
      const larger = new Uint8Array(Math.max(CHUNK, buffer.byteLength * 2));
      larger.set(buffer);
      buffer = larger;
    }
    const { bytesRead } = await handle.read(buffer, length, Math.min(buffer.byteLength - length, 16 * CHUNK), length);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
    if (length > maxBytes) throw tooLarge(path, maxBytes);
  }
}

function entryOf(name: string, stats: import('node:fs').Stats): FileEntry {
  const type = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'other';
  const modifiedAt = Math.round(stats.mtimeMs);
  return type === 'file' ? { name, type, size: stats.size, modifiedAt } : { name, type, modifiedAt };
}

function isAbsent(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
}

function tooLarge(path: string, maxBytes: number): OrchestratorError {
  return new OrchestratorError(
    'RESPONSE_TOO_LARGE',
    `File "${path.slice(0, 200)}" is larger than ${maxBytes} bytes. Raise maxBytes, or read another file.`,
  );
}

function sensitiveError(part: string): OrchestratorError {
  const message = `The path was not accepted: "${part}" belongs to files that programs run or obey, and writing those was not granted.`;
  return new OrchestratorError('PATH_BLOCKED', message, { advice: 'Write elsewhere, or grant allowSensitiveWrites.' });
}
