import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bench } from './helpers.js';

const TREE = { 'data/b.txt': '12', 'data/a/one': '1', 'data/a/deep/two': '', 'data/c': '' };

function pathsOf(listing: Record<string, unknown>): string[] {
  return (listing['entries'] as { path: string }[]).map(({ path }) => path);
}

describe('list_directory', () => {
  it('lists one folder, sorted, with types, sizes and times', async () => {
    const { call } = bench(TREE);
    const listing = await call('list_directory', {});
    expect(listing).toMatchObject({ path: '.', isTruncated: false });
    expect(listing['entries']).toMatchObject([
      { path: 'a', type: 'directory' },
      { path: 'b.txt', type: 'file', size: 2, modifiedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string },
      { path: 'c', type: 'file', size: 0 },
    ]);
  });

  it('goes as deep as asked, each folder before what is in it', async () => {
    const { call } = bench(TREE);
    expect(pathsOf(await call('list_directory', { depth: 3 }))).toEqual([
      'a',
      'a/deep',
      'a/deep/two',
      'a/one',
      'b.txt',
      'c',
    ]);
    expect(pathsOf(await call('list_directory', { depth: 2, path: './a/' }))).toEqual([
      'a/deep',
      'a/deep/two',
      'a/one',
    ]);
  });

  it('stops at the bound and says so', async () => {
    const { call } = bench(TREE, { maxEntries: 4 });
    const listing = await call('list_directory', { depth: 8 });
    expect(pathsOf(listing)).toEqual(['a', 'a/deep', 'a/deep/two', 'a/one']);
    expect(listing['isTruncated']).toBe(true);
    expect(await call('list_directory', { path: 'a', depth: 2, maxEntries: 3 })).toMatchObject({ isTruncated: false });
  });

  it('gives paths that read_file takes', async () => {
    const { call } = bench(TREE, { roots: ['data', { path: 'data/a', name: 'inner' }] });
    const paths = pathsOf(await call('list_directory', { depth: 8 })).filter((path) => path.endsWith('one'));
    const read = await Promise.all(paths.map((path) => call('read_file', { path })));
    expect(read.map(({ path, content }) => [path, content])).toEqual([
      ['data/a/one', '1'],
      ['inner/one', '1'],
    ]);
  });

  it('shows the roots where there are several', async () => {
    const { call } = bench({ ...TREE, 'out/z': '' }, { roots: ['data', 'out'] });
    expect(pathsOf(await call('list_directory', {}))).toEqual(['data', 'out']);
    expect(pathsOf(await call('list_directory', { depth: 2 }))).toEqual([
      'data',
      'data/a',
      'data/b.txt',
      'data/c',
      'out',
      'out/z',
    ]);
  });

  it('does not walk through a link', async () => {
    const { call, context } = bench(TREE);
    symlinkSync(join(context.folder, 'data/a'), join(context.folder, 'data/loop'));
    const paths = pathsOf(await call('list_directory', { depth: 8 })).filter((path) => path.startsWith('loop/'));
    expect(paths.length).toBeLessThanOrEqual(3);
  });

  it('fails for what is no folder', async () => {
    const { call } = bench(TREE);
    await expect(call('list_directory', { path: 'nowhere' })).rejects.toMatchObject({ code: 'FILE_INVALID' });
  });

  it('ends when it was cancelled', async () => {
    const { call, context } = bench(TREE);
    context.abort(new Error('stop'));
    await expect(call('list_directory', { depth: 8 })).rejects.toThrow('stop');
  });
});
