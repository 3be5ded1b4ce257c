import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bench } from './helpers.js';

const UTF16 = Buffer.from('Grüße, 世界 😀\nzwei\n', 'utf16le');

describe('read_file', () => {
  it('gives the whole of a small text with its number of lines', async () => {
    const { call } = bench({ 'data/a/b.txt': 'one\ntwo\n' });
    expect(await call('read_file', { path: 'a/b.txt' })).toEqual({
      path: 'a/b.txt',
      size: 8,
      encoding: 'utf-8',
      content: 'one\ntwo\n',
      startLine: 1,
      endLine: 2,
      totalLines: 2,
      isTruncated: false,
    });
  });

  it('gives the lines asked for and says where to read on', async () => {
    const { call } = bench({ 'data/x': 'a\r\nb\nc\nd' });
    expect(await call('read_file', { path: 'x', startLine: 2, maxLines: 2 })).toMatchObject({
      content: 'b\nc\n',
      startLine: 2,
      endLine: 3,
      totalLines: 4,
      nextLine: 4,
      isTruncated: true,
    });
    expect(await call('read_file', { path: 'x', startLine: 4 })).toMatchObject({ content: 'd', isTruncated: false });
    expect(await call('read_file', { path: 'x', startLine: 9 })).toMatchObject({
      content: '',
      endLine: 8,
      totalLines: 4,
    });
  });

  it('gives the bytes asked for without splitting a character', async () => {
    const { call } = bench({ 'data/x': 'aäb😀c' }); // a ä:1-2 b:3 😀:4-7 c:8
    expect(await call('read_file', { path: 'x', startByte: 2, maxBytes: 4 })).toMatchObject({
      content: 'b',
      startByte: 3,
      endByte: 4,
      nextByte: 4,
    });
    expect(await call('read_file', { path: 'x', startByte: 4 })).toMatchObject({ content: '😀c', isTruncated: false });
    expect(await call('read_file', { path: 'x', startByte: 99 })).toMatchObject({ content: '', startByte: 9 });
  });

  it('refuses lines and bytes at once', async () => {
    const { call } = bench({ 'data/x': '' });
    await expect(call('read_file', { path: 'x', startLine: 1, startByte: 0 })).rejects.toThrow(/lines or bytes/);
  });

  it.each([
    ['utf-8 with a mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('Grüße')]), 'utf-8', 'Grüße'],
    ['utf-16le with a mark', Buffer.concat([Buffer.from([0xff, 0xfe]), UTF16]), 'utf-16le', UTF16.toString('utf16le')],
    [
      'utf-16be with a mark',
      Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(UTF16).swap16()]),
      'utf-16be',
      UTF16.toString('utf16le'),
    ],
    ['utf-16le without one', Buffer.from('plain words', 'utf16le'), 'utf-16le', 'plain words'],
    ['utf-16be without one', Buffer.from('plain words', 'utf16le').swap16(), 'utf-16be', 'plain words'],
    ['latin1', Buffer.from('Grüße für 5 \x80', 'latin1'), 'latin1', 'Grüße für 5 €'],
    ['nothing', Buffer.alloc(0), 'utf-8', ''],
  ])('detects %s', async (_name, bytes, encoding, content) => {
    const { call } = bench({ 'data/x': bytes });
    expect(await call('read_file', { path: 'x' })).toMatchObject({ encoding, content, size: bytes.length });
  });

  it.each([
    ['bytes with zeros', Buffer.from([1, 2, 0, 4, 250, 0, 0])],
    ['a PDF', Buffer.from('%PDF-1.7\n1 0 obj\n')],
    ['a PNG', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['noise', Buffer.from(Array.from({ length: 64 }, (_, i) => ((i * 37) % 255) + 1))],
  ])('gives %s as base64', async (_name, bytes) => {
    const { call } = bench({ 'data/x': bytes });
    const read = await call('read_file', { path: 'x' });
    expect(read).toMatchObject({ encoding: 'base64', isTruncated: false });
    expect(Buffer.from(String(read['content']), 'base64')).toEqual(bytes);
  });

  it('takes the encoding it is told', async () => {
    const { call } = bench({ 'data/x': 'Grüße' });
    expect(await call('read_file', { path: 'x', encoding: 'base64' })).toMatchObject({ content: 'R3LDvMOfZQ==' });
    expect(await call('read_file', { path: 'x', encoding: 'latin1' })).toMatchObject({ content: 'GrÃ¼ÃŸe' });
  });

  it('ends a long text with a whole line', async () => {
    const { call } = bench({ 'data/x': `${'a'.repeat(20)}\n${'b'.repeat(20)}\n` }, { maxReadBytes: 32 });
    expect(await call('read_file', { path: 'x' })).toMatchObject({ content: `${'a'.repeat(20)}\n`, nextLine: 2 });
  });

  it('cuts a line that alone is too long and says at which byte to read on', async () => {
    const { call } = bench({ 'data/x': `\uFEFF${'ä'.repeat(30)}\n` }, { maxReadBytes: 33 });
    const first = await call('read_file', { path: 'x' });
    expect(first).toMatchObject({ content: 'ä'.repeat(16), nextByte: 35, isTruncated: true });
    expect(await call('read_file', { path: 'x', startByte: 35 })).toMatchObject({ content: `${'ä'.repeat(14)}\n` });
  });

  it('gives every text back in parts that fit, whatever its lines and encoding', async () => {
    const { call, context } = bench({}, { maxReadBytes: 64 });
    const rooted = context.files.within('data');
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('a', 'ä', '😀', '\n', '\r\n', '世'), maxLength: 200 }),
        fc.constantFrom('utf-8', 'utf-16le', 'utf-16be'),
        async (text, encoding) => {
          await call('write_file', { path: 'x', content: text, encoding, overwrite: true });
          expect((await rooted.stat('x'))?.size).toBeGreaterThanOrEqual(text.length);
          let whole = '';
          let range: Record<string, unknown> = {};
          for (let parts = 0; parts < 500; parts++) {
            const part = await call('read_file', { path: 'x', encoding, ...range });
            expect(Buffer.byteLength(String(part['content']))).toBeLessThanOrEqual(64);
            whole += String(part['content']);
            if (part['nextLine'] !== undefined) range = { startLine: part['nextLine'] };
            else if (part['nextByte'] !== undefined) range = { startByte: part['nextByte'] };
            else break;
          }
          expect(whole).toBe(text);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses a file over the bound without reading it', async () => {
    const { call } = bench({ 'data/x': 'x'.repeat(101) }, { maxFileBytes: 100 });
    await expect(call('read_file', { path: 'x' })).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
  });

  it('fails for what is not there', async () => {
    const { call } = bench();
    await expect(call('read_file', { path: 'no' })).rejects.toMatchObject({ code: 'FILE_INVALID' });
  });

  it('starts nothing when it was cancelled', async () => {
    const { call, context } = bench({ 'data/x': '' });
    context.abort(new Error('stop'));
    await expect(call('read_file', { path: 'x' })).rejects.toThrow('stop');
  });
});
