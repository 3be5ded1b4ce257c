import * as fc from 'fast-check';
import { callTool } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { dataToolsPlugin } from '../src/index.js';

const plugin = dataToolsPlugin();
const never = (): never => {
  throw new Error('code of the value was run');
};
const write = (value: unknown, more: object = {}): Promise<{ text: string; bytes: number }> =>
  callTool(plugin, 'json_stringify', { value, ...more });

describe('json_stringify', () => {
  it('writes what JSON.stringify writes, on one line or indented', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.json({ maxDepth: 6 }).map((text): unknown => JSON.parse(text)),
        fc.integer({ min: 0, max: 10 }),
        async (value, indent) => {
          const expected = JSON.stringify(value, undefined, indent);
          fc.pre(!expected.includes('__proto__'));
          expect((await write(value, { indent })).text).toBe(expected);
        },
      ),
    );
  });

  it('tells the size in bytes', async () => {
    expect(await write('é')).toEqual({ text: '"é"', bytes: 4 });
  });

  it('writes members in the order of their names when asked to', async () => {
    expect((await write({ b: 1, a: { d: 1, c: 2 } }, { sortKeys: true })).text).toBe('{"a":{"c":2,"d":1},"b":1}');
  });

  it('gives back the digits that json_parse kept', async () => {
    const text = '{"id":9007199254740993,"list":[-123456789012345678901]}';
    const parsed = await callTool<{ value: unknown; exactNumbers: { path: string }[] }>(plugin, 'json_parse', { text });
    const exactNumbers = parsed.exactNumbers.map(({ path }) => path);
    expect((await write(parsed.value, { exactNumbers })).text).toBe(text);
  });

  it('refuses to write a text that is no integer as a number', async () => {
    await expect(write({ id: '1,"x":2' }, { exactNumbers: ["$['id']"] })).rejects.toThrow('no integer');
  });

  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = { parent: cyclic };
  it.each([
    ['a cycle', cyclic],
    ['a bigint', 1n],
    ['a symbol', Symbol('s')],
    ['a function', () => 1],
    ['a map', new Map([[1, 2]])],
    ['a set within an array', [new Set([1])]],
    ['NaN', Number.NaN],
    ['infinity', { a: Number.POSITIVE_INFINITY }],
    ['undefined', undefined],
    ['an undefined member', { a: undefined }],
    ['a hole in an array', Object.assign([1], { 2: 3 })],
    ['a getter', Object.defineProperty({}, 'a', { enumerable: true, get: never })],
    ['a toJSON method', { toJSON: never }],
    ['a date', new Date(0)],
    ['a buffer', Buffer.alloc(1_000)],
    ['a proxy', new Proxy({}, { ownKeys: never, getPrototypeOf: never })],
  ])('refuses %s and runs no code of the value', async (_, value) => {
    await expect(write(value)).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS_INVALID', category: 'VALIDATION_ERROR' });
  });

  it('stops at the size limit and not after it', async () => {
    const large = 'a'.repeat(1_048_000);
    await expect(write(Array.from({ length: 2_000 }, () => large))).rejects.toMatchObject({
      code: 'RESPONSE_TOO_LARGE',
    });
    let diamond: unknown = 1;
    for (let level = 0; level < 40; level += 1) diamond = { l: diamond, r: diamond };
    await expect(write(diamond)).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
    const sparse: unknown[] = [];
    sparse.length = 4_294_967_295;
    await expect(write(sparse)).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
  });

  it('refuses nesting beyond the limit', async () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    await expect(write(deep)).rejects.toThrow('more than 64 levels');
  });
});
