import { describe, expect, it } from 'vitest';
import { bench } from './helpers.js';

describe('write_file', () => {
  it('writes a new file and the folders on the way', async () => {
    const { call, contentOf } = bench();
    expect(await call('write_file', { path: 'a/b/c.txt', content: 'Grüße' })).toEqual({
      path: 'a/b/c.txt',
      bytes: 7,
      isChanged: true,
    });
    expect(contentOf('data/a/b/c.txt')).toBe('Grüße');
  });

  it('makes no folders when told so', async () => {
    const { call, contentOf } = bench();
    await expect(call('write_file', { path: 'a/c.txt', content: '', createFolders: false })).rejects.toMatchObject({
      code: 'FILE_INVALID',
    });
    expect(contentOf('data/a/c.txt')).toBeUndefined();
  });

  it('leaves a file that is there, unless it may overwrite', async () => {
    const { call, contentOf } = bench({ 'data/x': 'old' });
    await expect(call('write_file', { path: 'x', content: 'new' })).rejects.toMatchObject({
      code: 'FILE_INVALID',
      message: expect.stringContaining('Set overwrite to true') as string,
    });
    expect(contentOf('data/x')).toBe('old');
    await call('write_file', { path: 'x', content: 'new', overwrite: true });
    expect(contentOf('data/x')).toBe('new');
  });

  it('is idempotent: a repeated creation finds its own content and succeeds', async () => {
    const { call, plugin } = bench();
    await call('write_file', { path: 'x', content: 'same' });
    expect(await call('write_file', { path: 'x', content: 'same' })).toMatchObject({ isChanged: false });
    expect(plugin.contributes.tools?.find(({ name }) => name === 'write_file')?.effect).toBe('idempotent');
  });

  it.each([
    ['utf-16le', 'aä', 'fffe6100e400'],
    ['utf-16be', 'aä', 'feff006100e4'],
    ['latin1', 'ä€', 'e480'],
    ['utf-8', 'ä', 'c3a4'],
    ['base64', 'AP//\n', '00ffff'],
  ])('writes %s', async (encoding, content, hex) => {
    const { call, context } = bench();
    await call('write_file', { path: 'x', content, encoding });
    expect(Buffer.from(await context.files.within('data').read('x')).toString('hex')).toBe(hex);
  });

  it.each([
    ['latin1', '世'],
    ['latin1', '\x85'],
    ['utf-8', 'a\uD800'],
    ['base64', 'not base64!'],
    ['base64', 'AAA'],
  ])('refuses %s for %j instead of losing something', async (encoding, content) => {
    const { call, contentOf } = bench();
    await expect(call('write_file', { path: 'x', content, encoding })).rejects.toMatchObject({
      code: 'TOOL_ARGUMENTS_INVALID',
    });
    expect(contentOf('data/x')).toBeUndefined();
  });

  it('refuses more than the bound', async () => {
    const { call } = bench({}, { maxWriteBytes: 4 });
    await expect(call('write_file', { path: 'x', content: 'ääa' })).rejects.toMatchObject({
      code: 'REQUEST_TOO_LARGE',
    });
  });

  it('refuses a root that is open for reading only', async () => {
    const roots = [{ path: 'data', isReadOnly: true }, { path: 'out' }];
    const { call, contentOf } = bench({ 'data/x': 'old', 'out/y': '' }, { roots });
    await expect(call('write_file', { path: 'data/x', content: '', overwrite: true })).rejects.toMatchObject({
      code: 'FILE_FORBIDDEN',
    });
    expect(contentOf('data/x')).toBe('old');
    await call('write_file', { path: 'out/z', content: 'new' });
    expect(contentOf('out/z')).toBe('new');
  });

  it('asks a person where the operator wants it', () => {
    const approvals = [false, true].map(
      (approveWrites) =>
        bench({}, { approveWrites }).plugin.contributes.tools?.find(({ name }) => name === 'write_file')?.approval,
    );
    expect(approvals).toEqual([false, true]);
  });
});
