import { constants, type Dir, type Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { codeOf, notRegular } from './file-error.js';

/** Flags that a system lacks are `undefined` and add nothing. */
const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_DIRECTORY, O_NONBLOCK } = constants;

/** Loaded on first use: importing this file loads nothing of the file system. */
const fs = (): typeof import('node:fs/promises') => process.getBuiltinModule('node:fs').promises;
const paths = (): typeof import('node:path') => process.getBuiltinModule('node:path');

/**
 * An open folder and the names in it. A name is a single part: never `.` or `..`, never with a separator. No method
 * follows a symbolic link.
 *
 * On Linux names are resolved below the open descriptor (`/proc/self/fd/<fd>/<name>`), so that renaming or replacing
 * the folder changes nothing. Elsewhere names are resolved by path, and what was opened is compared with its real path
 * and inode afterwards: that detects a race, but cannot undo an empty file that was created by it.
 */
export class HeldFolder {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #isByDescriptor: boolean;

  private constructor(handle: FileHandle, path: string, isByDescriptor: boolean) {
    this.#handle = handle;
    this.#path = path;
    this.#isByDescriptor = isByDescriptor;
  }

  /** Opens a folder that the operator named: links on the way to it are followed. */
  static async open(path: string, isByDescriptor: boolean): Promise<HeldFolder> {
    const real = isByDescriptor ? path : await fs().realpath(path);
    const handle = await fs().open(real, O_RDONLY | O_DIRECTORY);
    return new HeldFolder(handle, isByDescriptor ? `/proc/self/fd/${handle.fd}` : real, isByDescriptor);
  }

  /** Opens a folder in this one. */
  async enter(name: string, create = false): Promise<HeldFolder> {
    const handle = await this.#openFolder(name, create);
    if (this.#isByDescriptor) return new HeldFolder(handle, `/proc/self/fd/${handle.fd}`, true);
    try {
      await this.#verify(handle, name);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return new HeldFolder(handle, this.#at(name), false);
  }

  /** What stands under a name, a link as a link; `undefined` where there is nothing. */
  async stat(name: string): Promise<Stats | undefined> {
    try {
      return await fs().lstat(this.#at(name));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Facts about the folder itself. */
  own(): Promise<Stats> {
    return this.#handle.stat();
  }

  /**
   * Opens a regular file for reading. A pipe does not block it, a device is not touched beyond being opened, a hard
   * link is refused unless allowed: its other name may lie outside.
   */
  async openFile(name: string, shown: string, allowHardLinks: boolean): Promise<{ handle: FileHandle; stats: Stats }> {
    const handle = await fs().open(this.#at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const stats = await handle.stat();
      checkRegular(stats, shown, allowHardLinks);
      if (!this.#isByDescriptor) await this.#verify(handle, name);
      return { handle, stats };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Creates a file that was not there. */
  async createFile(name: string, mode: number): Promise<FileHandle> {
    const handle = await fs().open(this.#at(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    if (this.#isByDescriptor) return handle;
    try {
      await this.#verify(handle, name);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return handle;
  }

  /** Gives a file of this folder another name in it, at once; replaces what had that name. */
  async rename(from: string, to: string): Promise<void> {
    await fs().rename(this.#at(from), this.#at(to));
  }

  /** Gives a file a second name unless that name is taken (EEXIST). */
  async link(from: string, to: string): Promise<void> {
    await fs().link(this.#at(from), this.#at(to));
  }

  /** Removes a file; one that is not there is left alone. */
  async remove(name: string): Promise<void> {
    await fs().rm(this.#at(name), { force: true });
  }

  /** The names in the folder, as they come. */
  async entries(): Promise<Dir> {
    return fs().opendir(this.#isByDescriptor ? `${this.#path}/.` : this.#path);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #at(name: string): string {
    return this.#isByDescriptor ? `${this.#path}/${name}` : paths().join(this.#path, name);
  }

  async #openFolder(name: string, create: boolean): Promise<FileHandle> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await fs().open(this.#at(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      } catch (error) {
        if (create && attempt === 0 && codeOf(error) === 'ENOENT') {
          await this.#makeFolder(name);
          continue;
        }
        // A link is reported as ELOOP or ENOTDIR, depending on the system.
        const isLink =
          codeOf(error) !== 'ENOENT' && (await this.stat(name).catch(() => undefined))?.isSymbolicLink() === true;
        throw isLink ? notRegular(name, 'it is a symbolic link, and links are not followed') : error;
      }
    }
  }

  async #makeFolder(name: string): Promise<void> {
    try {
      await fs().mkdir(this.#at(name));
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }

  /** Without descriptors to resolve below: what was opened must be what its real path inside this folder names. */
  async #verify(handle: FileHandle, name: string): Promise<void> {
    const real = await fs().realpath(this.#at(name));
    const [opened, named] = await Promise.all([handle.stat(), fs().lstat(real)]);
    const isHere = paths().dirname(real) === this.#path && named.ino === opened.ino && named.dev === opened.dev;
    if (!isHere) throw notRegular(name, 'it is a symbolic link, or it was replaced while it was opened');
  }
}

/** @throws OrchestratorError PATH_BLOCKED for what is no plain file */
export function checkRegular(stats: Stats, shown: string, allowHardLinks: boolean): void {
  if (stats.isSymbolicLink()) throw notRegular(shown, 'it is a symbolic link, and links are not followed');
  if (stats.isDirectory()) throw notRegular(shown, 'it is a folder');
  if (!stats.isFile()) throw notRegular(shown, 'it is no regular file but a device, pipe or socket');
  if (stats.nlink > 1 && !allowHardLinks)
    throw notRegular(shown, 'it has more than one name (hard link), so it may belong to another folder');
}
