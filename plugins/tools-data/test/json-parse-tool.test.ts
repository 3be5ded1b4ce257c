import * as fc from 'fast-check';
import { callTool } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { dataToolsPlugin } from '../src/index.js';

interface Parsed {
  value: unknown;
  type: string;
  exactNumbers: { path: string; text: string }[];
  repeatedKeys: string[];
}

const plugin = dataToolsPlugin();
const parse = (text: string, more: object = {}): Promise<Parsed> =>
  callTool<Parsed>(plugin, 'json_parse', { text, ...more });

describe('json_parse', { timeout: 60_000 }, () => {
  it('returns the value and its kind', async () => {
    expect(await parse(' {"a": [1, -2.5e3, "x\\n\\u00e9", true, null]} ')).toEqual({
      value: { a: [1, -2500, 'x\né', true, null] },
      type: 'object',
      exactNumbers: [],
      repeatedKeys: [],
    });
  });

  it('agrees with JSON.parse about every JSON value', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 8 }), async (text) => {
        fc.pre(!text.includes('__proto__') && !/\d{16}/.test(text));
        expect((await parse(text)).value).toEqual(JSON.parse(text));
      }),
    );
  });

  it('agrees with JSON.parse about which texts are JSON', async () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '1',
      '-',
      '.5',
      'e3',
      'true',
      'nul',
      ' ',
      '"\\x"',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(token, { maxLength: 12 }), async (tokens) => {
        const text = tokens.join('');
        const isJson = succeeds(() => JSON.parse(text));
        const outcome = await parse(text).then(
          () => 'accepted',
          (error: { code: string }) => error.code,
        );
        expect(outcome).toBe(isJson ? 'accepted' : 'TOOL_ARGUMENTS_INVALID');
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps every digit of an integer beyond 2^53 as text and lists it', async () => {
    const result = await parse('{"id": 9007199254740993, "list": [123456789012345678901234567890, 9007199254740991]}');
    expect(result.value).toEqual({
      id: '9007199254740993',
      list: ['123456789012345678901234567890', 9007199254740991],
    });
    expect(result.exactNumbers).toEqual([
      { path: "$['id']", text: '9007199254740993' },
      { path: "$['list'][0]", text: '123456789012345678901234567890' },
    ]);
  });

  it('lets the last of repeated keys win and names them', async () => {
    const result = await parse('{"role":"user","role":"admin"}');
    expect(result).toMatchObject({ value: { role: 'admin' }, repeatedKeys: ["$['role']"] });
  });

  it.each(['{"a":1,"a":2}', '[9007199254740993]'])('refuses %s in strict mode', async (text) => {
    await expect(parse(text, { strict: true })).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS_INVALID' });
  });

  it.each(['{"__proto__":{"polluted":1}}', '{"\\u005f_proto__":1}', '[{"a":{"__proto__":null}}]'])(
    'refuses the key __proto__ in %s',
    async (text) => {
      await expect(parse(text)).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS_INVALID' });
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    },
  );

  it('keeps keys that shadow methods as plain data', async () => {
    const { value } = await parse('{"constructor":{"prototype":{"polluted":1}},"toJSON":"x","hasOwnProperty":1}');
    expect(JSON.stringify(value)).toBe('{"constructor":{"prototype":{"polluted":1}},"toJSON":"x","hasOwnProperty":1}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    ['{"a": 1,\n "b": }', 2, 7],
    ['[1,\n\n 2 3]', 3, 4],
    ['{"a": "x', 1, 9],
    ['', 1, 1],
    ['[01]', 1, 2],
    ['\ufeff{}', 1, 1],
    ['{"a":1} x', 1, 9],
    ['["\t"]', 1, 3],
  ])('names line and column of the mistake in %j', async (text, line, column) => {
    await expect(parse(text)).rejects.toMatchObject({
      message: expect.stringContaining(`line ${line}, column ${column}`) as string,
      details: { line, column },
    });
  });

  it('refuses a number that overflows to infinity', async () => {
    await expect(parse('[1e400]')).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS_INVALID' });
  });

  it('refuses nesting beyond the limit however deep it goes', async () => {
    await expect(parse('['.repeat(64) + ']'.repeat(64))).resolves.toMatchObject({ type: 'array' });
    await expect(parse('['.repeat(65) + ']'.repeat(65))).rejects.toThrow('more than 64 levels');
    await expect(parse('['.repeat(500_000))).rejects.toThrow('more than 64 levels');
  });

  it('refuses more bytes and more values than allowed', async () => {
    await expect(parse(`"${'é'.repeat(600_000)}"`)).rejects.toMatchObject({
      code: 'RESPONSE_TOO_LARGE',
      category: 'RESOURCE_ERROR',
    });
    await expect(parse(`[${'0,'.repeat(100_000)}0]`)).rejects.toThrow('more than 100000 values');
  });
});

function succeeds(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
