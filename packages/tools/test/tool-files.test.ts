import { fork, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { OrchestratorError } from '@master-orchestrator/errors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createToolFiles } from '../src/index.js';
import { CANARY, Folders } from './support/folders.js';

let folders: Folders;
beforeEach(() => {
  folders = new Folders();
});
afterEach(async () => {
  await folders[Symbol.asyncDispose]();
});

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe.each(['descriptor', 'path'] as const)('files below a folder, names resolved by %s', (resolution) => {
  it.skipIf(resolution === 'descriptor' && process.platform !== 'linux')(
    'reads, writes, lists and describes',
    async () => {
      const files = createToolFiles({ resolution }).within(folders.root);
      expect(await files.write('new/deep/file.txt', 'héllo', { createFolders: true })).toEqual({
        path: 'new/deep/file.txt',
        bytes: 6,
      });
      expect(text(await files.read('new/deep/file.txt'))).toBe('héllo');
      expect(await files.list('new')).toMatchObject([{ name: 'deep', type: 'directory' }]);
      expect(await files.stat('new/deep/file.txt')).toMatchObject({ name: 'file.txt', type: 'file', size: 6 });
      expect(await files.stat('new/nothing')).toBeUndefined();
      expect(await files.stat('nothing/at/all')).toBeUndefined();
      expect(await files.stat('.')).toMatchObject({ type: 'directory' });
    },
  );

  it('replaces a file as a whole and keeps its mode', async () => {
    const files = createToolFiles({ resolution }).within(folders.root);
    chmodSync(join(folders.root, 'safe.txt'), 0o640);
    await files.write('safe.txt', new Uint8Array([1, 2, 3]));
    expect([...(await files.read('safe.txt'))]).toEqual([1, 2, 3]);
    expect(statSync(join(folders.root, 'safe.txt')).mode & 0o777).toBe(0o640);
    expect(folders.leftovers()).toEqual([]);
  });

  it('does not replace a file when told not to', async () => {
    const files = createToolFiles({ resolution }).within(folders.root);
    await expect(files.write('safe.txt', 'x', { overwrite: false })).rejects.toMatchObject({ code: 'FILE_INVALID' });
    await expect(files.write('fresh.txt', 'x', { overwrite: false })).resolves.toMatchObject({ bytes: 1 });
    expect(readFileSync(join(folders.root, 'safe.txt'), 'utf8')).toBe('inside safe.txt');
    expect(folders.leftovers()).toEqual([]);
  });

  it('creates no folder unless told to', async () => {
    const files = createToolFiles({ resolution }).within(folders.root);
    await expect(files.write('none/file.txt', 'x')).rejects.toMatchObject({ code: 'FILE_INVALID' });
    expect(existsSync(join(folders.root, 'none'))).toBe(false);
  });

  it('refuses what is larger than allowed without reading it', async () => {
    const files = createToolFiles({ resolution }).within(folders.root);
    await expect(files.read('safe.txt', { maxBytes: 5 })).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
    await expect(files.read('safe.txt', { maxBytes: 15 })).resolves.toHaveLength(15);
  });

  it('follows no symbolic link, neither in the middle nor at the end', async () => {
    symlinkSync('../OUTSIDE', join(folders.root, 'out'));
    symlinkSync('../OUTSIDE/secret.txt', join(folders.root, 'out.txt'));
    const files = createToolFiles({ resolution }).within(folders.root);
    await expect(files.read('out/secret.txt')).rejects.toMatchObject({ code: 'PATH_BLOCKED' });
    await expect(files.read('out.txt')).rejects.toMatchObject({ code: 'PATH_BLOCKED' });
    await expect(files.write('out/new.txt', 'x')).rejects.toMatchObject({ code: 'PATH_BLOCKED' });
    await expect(files.write('out.txt', 'x')).rejects.toMatchObject({ code: 'PATH_BLOCKED' });
    await expect(files.list('out')).rejects.toMatchObject({ code: 'PATH_BLOCKED' });
    expect(await files.stat('out.txt')).toMatchObject({ type: 'link' });
    expect(readFileSync(join(folders.outside, 'secret.txt'), 'utf8')).toBe(CANARY);
    expect(readdirSync(folders.outside)).toEqual(['secret.txt']);
  });

  it('ends when its signal is aborted, with the reason, and leaves nothing behind', async () => {
    const files = createToolFiles({ resolution }).within(folders.root);
    const reason = new OrchestratorError('CANCELLED', 'stop');
    const signal = AbortSignal.abort(reason);
    await expect(files.read('safe.txt', { signal })).rejects.toBe(reason);
    await expect(files.write('late.txt', 'x', { signal })).rejects.toBe(reason);
    expect(folders.leftovers()).toEqual([]);
    expect(existsSync(join(folders.root, 'late.txt'))).toBe(false);
  });
});

describe('paths', () => {
  it.each([
    '../x',
    'a/../../x',
    '/etc/passwd',
    'a\\b',
    'a\0b',
    'a\nb',
    '',
    '.',
    'a/..',
    `${'a/'.repeat(129)}a`,
    'x'.repeat(5_000),
  ])('refuses %j', async (path) => {
    const error: unknown = await createToolFiles()
      .within(folders.root)
      .read(path)
      .catch((reason: unknown) => reason);
    expect((error as OrchestratorError).code).toMatch(/^(?:PATH_BLOCKED|FILE_INVALID)$/);
  });

  it.each(['.env', '.git/config', 'a/.ssh/key', 'node_modules/x.js', 'package.json', 'PACKAGE.JSON'])(
    'writes %s only where that was granted',
    async (path) => {
      const refused = createToolFiles().within(folders.root).write(path, 'x', { createFolders: true });
      await expect(refused).rejects.toMatchObject({ code: 'PATH_BLOCKED' });
      const granted = createToolFiles({ policy: { allowSensitiveWrites: true } }).within(folders.root);
      await expect(granted.write(path, 'x', { createFolders: true })).resolves.toMatchObject({ bytes: 1 });
    },
  );

  it('counts the parts above the folder that a tool chose when it looks for sensitive names', async () => {
    mkdirSync(join(folders.root, '.git'));
    const files = createToolFiles({ policy: { roots: [folders.root] } }).within(join(folders.root, '.git'));
    await expect(files.write('config', 'x')).rejects.toMatchObject({ code: 'PATH_BLOCKED' });
  });
});

describe('permissions', () => {
  it('refuses by the name of the missing permission', async () => {
    const readOnly = createToolFiles({ permissions: ['fs:read'], who: 'Plugin "p"' });
    await expect(readOnly.within(folders.root).read('safe.txt')).resolves.toBeDefined();
    await expect(readOnly.within(folders.root).write('safe.txt', 'x')).rejects.toMatchObject({
      code: 'TOOL_FORBIDDEN',
      message: expect.stringContaining('"fs:write"') as string,
    });
    expect(() => readOnly.within(folders.root, { create: true })).toThrow('fs:write');
    const writeOnly = createToolFiles({ permissions: ['fs:write'] }).within(folders.root);
    await expect(writeOnly.write('safe.txt', 'x')).resolves.toBeDefined();
    await expect(writeOnly.read('safe.txt')).rejects.toMatchObject({ code: 'TOOL_FORBIDDEN' });
    await expect(writeOnly.list('')).rejects.toMatchObject({ code: 'TOOL_FORBIDDEN' });
  });

  it('keeps to the granted folders, all of them', async () => {
    const { root } = folders;
    const files = createToolFiles({ policy: [{ roots: [root, '/srv/other'] }, { roots: [join(root, 'a')] }] });
    await expect(files.within(join(root, 'a/b')).read('c.txt')).resolves.toBeDefined();
    expect(() => files.within(root)).toThrow('not below a granted folder');
    expect(() => files.within(`${root}-evil`)).toThrow('not below a granted folder');
    expect(() => files.within(join(root, 'a/../../OUTSIDE'))).toThrow('not below a granted folder');
  });

  it('does not follow a link between the granted folder and the one a tool chose', async () => {
    symlinkSync('../OUTSIDE', join(folders.root, 'data'));
    const files = createToolFiles({ policy: { roots: [folders.root] } }).within(join(folders.root, 'data'));
    await expect(files.read('secret.txt')).rejects.toMatchObject({ code: 'PATH_BLOCKED' });
  });

  it('makes the folder where it is told to', async () => {
    const files = createToolFiles({ policy: { roots: [folders.root] } }).within(join(folders.root, 'x/y'), {
      create: true,
    });
    await files.write('z.txt', 'z');
    expect(readFileSync(join(folders.root, 'x/y/z.txt'), 'utf8')).toBe('z');
  });
});

describe('races', () => {
  it('leaves no reader with a half-written file', async () => {
    const files = createToolFiles().within(folders.root);
    const [one, other] = ['1'.repeat(200_000), '2'.repeat(300_000)];
    await files.write('big.txt', one);
    const seen = new Set<string>();
    const readers = Array.from({ length: 40 }, async (_, index) => {
      await new Promise((resolve) => setTimeout(resolve, index));
      seen.add(text(await files.read('big.txt')));
    });
    for (let round = 0; round < 20; round += 1) await files.write('big.txt', round % 2 === 0 ? other : one);
    await Promise.all(readers);
    for (const content of seen) expect([one, other]).toContain(content);
  });

  it.skipIf(process.platform !== 'linux')(
    'leaks nothing while another process swaps folders, files and links for three seconds',
    { timeout: 30_000 },
    async () => {
      const swapper = startSwapper(folders.root);
      const files = createToolFiles().within(folders.root);
      const end = Date.now() + 3_000;
      let reads = 0;
      let writes = 0;
      try {
        await swapper.ready;
        const before = folders.beside();
        while (Date.now() < end) {
          const answers = await Promise.allSettled([
            files.read('d/secret.txt'),
            files.read('f.txt'),
            files.read('p/b/secret.txt'),
            files.write('d/out.txt', 'inside'),
            files.write('d/secret.txt', 'inside'),
            files.write('p/b/out.txt', 'inside'),
            files.write('gone/out.txt', 'inside'),
            files.list('d'),
          ]);
          for (const [index, answer] of answers.entries()) {
            if (answer.status === 'rejected') {
              expect(OrchestratorError.isInstance(answer.reason), String(answer.reason)).toBe(true);
              continue;
            }
            if (index < 3) {
              reads += 1;
              expect(text(answer.value as Uint8Array)).not.toContain(CANARY);
            } else if (index < 7) writes += 1;
          }
        }
        swapper.process.kill();
        expect(folders.beside()).toBe(before);
        expect(reads).toBeGreaterThan(50);
        expect(writes).toBeGreaterThan(50);
      } finally {
        swapper.process.kill();
      }
    },
  );
});

/** Another process that turns `d`, `f.txt` and `p/b` into links to OUTSIDE and back, and removes `gone`, at full speed. */
function startSwapper(root: string): { readonly process: ChildProcess; readonly ready: Promise<void> } {
  for (const folder of ['d.real', 'p/b.real', 'gone']) mkdirSync(join(root, folder), { recursive: true });
  for (const file of ['d.real/secret.txt', 'p/b.real/secret.txt', 'f.real']) writeFileSync(join(root, file), 'inside');
  for (const [link, target] of [
    ['d.link', '../OUTSIDE'],
    ['p/b.link', '../../OUTSIDE'],
    ['f.link', '../OUTSIDE/secret.txt'],
  ] as const) {
    symlinkSync(target, join(root, link));
  }
  for (const name of ['d', 'p/b']) renameSync(join(root, `${name}.real`), join(root, name));
  renameSync(join(root, 'f.real'), join(root, 'f.txt'));
  rmSync(join(root, 'gone'), { recursive: true });
  const child = fork(join(import.meta.dirname, 'support/swap-names.mjs'), [root], { execArgv: [] });
  return { process: child, ready: new Promise((resolve) => child.once('message', () => resolve())) };
}
