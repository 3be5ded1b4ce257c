import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  linkSync,
  writeFileSync,
  lstatSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Stands in every file that must not be read. */
export const CANARY = 'canary-5d1f2c';

/** A root with files, links and special files, and folders beside it that must stay as they are. */
export class Folders {
  readonly base = mkdtempSync(join(tmpdir(), 'mao-files-'));
  readonly root = join(this.base, 'root');
  readonly outside = join(this.base, 'OUTSIDE');
  readonly #sockets: Server[] = [];

  constructor() {
    for (const folder of ['root/a/b', 'root/..foo', 'root/deep/a/b', 'OUTSIDE', 'root-evil'])
      mkdirSync(join(this.base, folder), { recursive: true });
    for (const folder of ['OUTSIDE', 'root-evil']) writeFileSync(join(this.base, folder, 'secret.txt'), CANARY);
    for (const name of ['safe.txt', 'a/b/c.txt', '..foo/x.txt', 'foo..bar.txt', '...', 'sp ace.txt', 'ünï.txt']) {
      writeFileSync(join(this.root, name), `inside ${name}`);
    }
  }

  /** Links, pipes and sockets as the payload list describes them. */
  async addSpecialFiles(): Promise<void> {
    const links = {
      'link-file': '../OUTSIDE/secret.txt',
      'link-dir': '../OUTSIDE',
      'link-abs': '/etc',
      chain1: 'chain2',
      chain2: '../OUTSIDE',
      loop: 'loop',
      'link-root': '/',
      'deep/a/b/link': '../../../../OUTSIDE',
      dangling: '../OUTSIDE/new.txt',
      'link-proc': '/proc/self',
      'link-inside': 'safe.txt',
    };
    for (const [name, target] of Object.entries(links)) symlinkSync(target, join(this.root, name));
    linkSync(join(this.outside, 'secret.txt'), join(this.root, 'hard'));
    execFileSync('mkfifo', [join(this.root, 'fifo')]);
    const socket = createServer();
    await new Promise<void>((resolve) => socket.listen(join(this.root, 'sock'), resolve));
    this.#sockets.push(socket);
    writeFileSync(join(this.root, 'noperm.txt'), 'x', { mode: 0 });
  }

  /** Everything beside the root, as one text. */
  beside(): string {
    return ['OUTSIDE', 'root-evil']
      .flatMap((folder) =>
        readdirSync(join(this.base, folder)).map(
          (name) => `${folder}/${name}=${contentOf(join(this.base, folder, name))}`,
        ),
      )
      .concat(readdirSync(this.base).join())
      .join('\n');
  }

  /** Names in the root that a write left behind. */
  leftovers(): string[] {
    return namesBelow(this.root).filter((name) => name.includes('.mao-'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => new Promise((resolve) => socket.close(resolve))));
    rmSync(this.base, { recursive: true, force: true });
  }
}

function contentOf(path: string): string {
  return lstatSync(path).isFile() ? readFileSync(path, 'utf8') : 'no file';
}

/** Follows no links, unlike a recursive `readdir`. */
function namesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? [path, ...namesBelow(path)] : [path];
  });
}
