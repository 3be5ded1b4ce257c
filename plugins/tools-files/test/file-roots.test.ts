import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testToolContext } from '@master-orchestrator/testing';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { filesToolsPlugin } from '../src/index.js';
import { bench } from './helpers.js';

const CANARY = 'canary-7f3a';

describe('paths', () => {
  it('begin with the name of a root where there are several', async () => {
    const { call } = bench({ 'data/x': 'd', 'out/x': 'o' }, { roots: [{ path: 'data', name: 'in' }, 'out'] });
    expect(await call('read_file', { path: 'in/x' })).toMatchObject({ content: 'd', path: 'in/x' });
    expect(await call('read_file', { path: './out/x' })).toMatchObject({ content: 'o', path: 'out/x' });
    await expect(call('read_file', { path: 'x' })).rejects.toMatchObject({
      code: 'FILE_INVALID',
      message: expect.stringContaining('"in/", "out/"') as string,
    });
  });

  it('may be absolute inside a root, of which the longest counts', async () => {
    const context = testToolContext();
    onTestFinished(() => context.dispose());
    const data = join(context.folder, 'data');
    mkdirSync(join(data, 'inner'), { recursive: true });
    writeFileSync(join(data, 'inner/x'), 'found');
    const plugin = filesToolsPlugin({ roots: [data, join(data, 'inner')] });
    const read = plugin.contributes.tools?.[0];
    expect(await read?.execute({ path: join(data, 'inner/x') } as never, context)).toMatchObject({
      content: 'found',
      path: 'inner/x',
    });
    await expect(read?.execute({ path: `${data}-evil/x` } as never, context)).rejects.toMatchObject({
      code: 'PATH_BLOCKED',
    });
    await expect(read?.execute({ path: `${data}/../x` } as never, context)).rejects.toMatchObject({
      code: 'PATH_BLOCKED',
    });
  });

  it.each([
    '../OUTSIDE/secret.txt',
    'a/../../OUTSIDE/secret.txt',
    '/etc/passwd',
    'link/secret.txt',
    'secret.txt\0.png',
  ])('do not lead out of the root: %j', async (path) => {
    const { call, contentOf, context } = bench({ 'OUTSIDE/secret.txt': CANARY, 'data/a/x': '' });
    symlinkSync(join(context.folder, 'OUTSIDE'), join(context.folder, 'data/link'));
    const category = expect.stringMatching(/^(PERMISSION|VALIDATION)_ERROR$/) as string;
    await expect(call('read_file', { path })).rejects.toMatchObject({ category });
    await expect(call('write_file', { path, content: 'x', overwrite: true })).rejects.toMatchObject({ category });
    expect(contentOf('OUTSIDE/secret.txt')).toBe(CANARY);
  });

  it('are answered with a result or an error of ours, whatever they are', async () => {
    const { plugin, context } = bench({ 'data/a/b': 'x' }, { roots: ['data', { path: 'data/a', name: 'a' }] });
    const part = fc.oneof(
      fc.constantFrom('a', 'b', '..', '.', '', 'data', '~', '%2e%2e', '\0', 'C:', '\\'),
      fc.string(),
    );
    const path = fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/'));
    await fc.assert(
      fc.asyncProperty(path, fc.constantFrom(0, 1), async (given, index) => {
        const tool = plugin.contributes.tools?.[index];
        const input = tool?.inputSchema.safeParse({ path: given });
        if (input?.success !== true) return;
        const outcome = await tool?.execute(input.data as never, context).catch((error: unknown) => error);
        expect(outcome instanceof Error ? outcome : { category: 'none' }).toHaveProperty('category');
      }),
      { numRuns: 300 },
    );
  });
});

describe('options', () => {
  it.each([
    [{ roots: [] }],
    [{ roots: [''] }],
    [{ roots: ['x/data', 'y/data'] }],
    [{ roots: ['x'], maxDepth: 0 }],
    [{ roots: ['x'], other: 1 }],
    [{ roots: [{ path: 'x', name: 'a/b' }] }],
  ])('are refused where they do not fit: %j', (options) => {
    expect(() => filesToolsPlugin(options)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('without a writable root leave out write_file and its permission', () => {
    const { permissions, contributes } = filesToolsPlugin({ roots: [{ path: 'x', isReadOnly: true }] });
    expect(permissions).toEqual(['fs:read']);
    expect(contributes.tools?.map(({ name }) => name)).toEqual(['read_file', 'list_directory']);
  });
});

interface Payload {
  readonly id: string;
  readonly path: unknown;
  readonly fixture?: unknown;
  readonly class: string;
}

const DATA = join(import.meta.dirname, '../../../../shared/test-data/security/path-traversal.json');
const data = existsSync(DATA)
  ? (JSON.parse(readFileSync(DATA, 'utf8')) as { payloads: Payload[]; controls: { id: string; path: string }[] })
  : { payloads: [], controls: [] };

describe.skipIf(data.payloads.length === 0)('the shared collection of paths (skipped: folder not present)', () => {
  const plain = data.payloads.filter(({ fixture, class: kind }) => fixture === undefined && kind !== 'race');

  it(`leaks and writes nothing outside (${plain.length} paths)`, async () => {
    const { plugin, context, contentOf } = bench({
      'data/safe.txt': 'safe',
      'data/a/b/c.txt': 'c',
      'OUTSIDE/secret.txt': CANARY,
      'data-evil/secret.txt': CANARY,
    });
    const leaked: string[] = [];
    const unclassified: string[] = [];
    for (const { id, path } of plain) {
      for (const tool of plugin.contributes.tools ?? []) {
        const input = tool.inputSchema.safeParse({
          path,
          ...(tool.name === 'write_file' && { content: 'overwritten', overwrite: true }),
        });
        const outcome: unknown = input.success
          ? await tool.execute(input.data as never, context).catch((error: unknown) => error)
          : undefined;
        if (JSON.stringify([outcome]).includes(CANARY)) leaked.push(id);
        if (outcome instanceof Error && !('category' in outcome)) unclassified.push(id);
      }
    }
    expect([leaked, unclassified]).toEqual([[], []]);
    expect([contentOf('OUTSIDE/secret.txt'), contentOf('data-evil/secret.txt')]).toEqual([CANARY, CANARY]);
  });

  it.each(data.controls)('still allows $path', async ({ path }) => {
    const { call } = bench({ 'data/a/b/x': '' });
    await call('write_file', { path, content: 'fine', overwrite: true });
    expect(await call('read_file', { path })).toMatchObject({ content: 'fine' });
  });
});
