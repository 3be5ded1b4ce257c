import * as fc from 'fast-check';
import { callTool } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { dataToolsPlugin } from '../src/index.js';

interface Parsed {
  columns: { name: string; type: string; missing: number }[];
  rows: Record<string, unknown>[];
  rowCount: number;
  hasHeader: boolean;
  delimiter: string;
}

const plugin = dataToolsPlugin();
const parse = (text: string, more: object = {}): Promise<Parsed> =>
  callTool<Parsed>(plugin, 'csv_parse', { text, ...more });

describe('csv_parse', () => {
  it('finds header, delimiter and types', async () => {
    expect(await parse('city;people;capital\r\nRome;2.8;true\r\nMilan;;false\r\n')).toEqual({
      columns: [
        { name: 'city', type: 'text', missing: 0 },
        { name: 'people', type: 'number', missing: 1 },
        { name: 'capital', type: 'boolean', missing: 0 },
      ],
      rows: [
        { city: 'Rome', people: 2.8, capital: true },
        { city: 'Milan', people: null, capital: false },
      ],
      rowCount: 2,
      hasHeader: true,
      delimiter: ';',
    });
  });

  it.each([',', ';', '\t', '|'])('finds the delimiter %j although cells hold others', async (delimiter) => {
    const other = delimiter === ',' ? ';' : ',';
    const text = [
      ['name', 'note'],
      ['a', `"x${other}y${delimiter}z"`],
      ['b', 'plain'],
    ]
      .map((row) => row.join(delimiter))
      .join('\n');
    expect(await parse(text)).toMatchObject({
      delimiter,
      rows: [{ note: `x${other}y${delimiter}z` }, { note: 'plain' }],
    });
  });

  it('names the columns itself where there is no header', async () => {
    expect(await parse('1,2\n3,4')).toMatchObject({
      hasHeader: false,
      rows: [
        { column_1: 1, column_2: 2 },
        { column_1: 3, column_2: 4 },
      ],
    });
  });

  it('does as told about the header', async () => {
    expect(await parse('1,2\n3,4', { header: true })).toMatchObject({ hasHeader: true, rows: [{ 1: 3, 2: 4 }] });
    expect(await parse('a,b\n3,4', { header: false })).toMatchObject({ hasHeader: false, rowCount: 2 });
  });

  it('reads a single column', async () => {
    expect(await parse('value\n1\n2\n3')).toMatchObject({ columns: [{ name: 'value', type: 'number' }], rowCount: 3 });
  });

  it('keeps what a number would change as text', async () => {
    const { columns, rows } = await parse('zip,id,size\n00501,9007199254740993,1e400\n10001,2,3');
    expect(columns.map(({ type }) => type)).toEqual(['text', 'text', 'text']);
    expect(rows[0]).toEqual({ zip: '00501', id: '9007199254740993', size: '1e400' });
  });

  it('gives repeated and empty names a number', async () => {
    expect((await parse('a,a,\n1,2,3', { header: true })).columns.map(({ name }) => name)).toEqual([
      'a',
      'a_2',
      'column_3',
    ]);
  });

  it('fills short rows with null and refuses long ones by row and column', async () => {
    expect((await parse('a,b\n1\n2,3')).rows).toEqual([
      { a: 1, b: null },
      { a: 2, b: 3 },
    ]);
    await expect(parse('a,b\n1,2\n1,2,3')).rejects.toMatchObject({
      code: 'TOOL_ARGUMENTS_INVALID',
      details: { row: 3, column: 3 },
    });
  });

  it.each([
    ['a,b\n1,"2', 2],
    ['a,b\n1,2\n3,x"y', 3],
  ])('names the line of a wrong quote in %j', async (text, line) => {
    await expect(parse(text)).rejects.toMatchObject({ category: 'VALIDATION_ERROR', details: { line } });
  });

  it('returns the first rows only when asked to, and still counts all', async () => {
    expect(await parse('a\n1\n2\n3', { firstRows: 1 })).toMatchObject({ rows: [{ a: 1 }], rowCount: 3 });
  });

  it('refuses empty text, a quote as delimiter and a column __proto__', async () => {
    await expect(parse('')).rejects.toThrow('no rows');
    await expect(parse('a', { delimiter: '"' })).rejects.toThrow('cannot be the delimiter');
    await expect(parse('__proto__,b\n1,2')).rejects.toThrow('__proto__');
  });

  it('keeps within bytes, rows, columns and the size of its answer', async () => {
    const small = dataToolsPlugin({ maxBytes: 200, maxRows: 3, maxColumns: 4 });
    const read = (text: string): Promise<Parsed> => callTool<Parsed>(small, 'csv_parse', { text });
    await expect(read('a\n1\n2\n3')).resolves.toMatchObject({ rowCount: 3 });
    for (const text of [
      'x'.repeat(201),
      'a\n1\n2\n3\n4',
      'a,b,c,d,e\n1,2,3,4,5',
      `${'n'.repeat(60)},b\n1,2\n1,2\n1,2`,
    ]) {
      await expect(read(text)).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE', category: 'RESOURCE_ERROR' });
    }
  });

  it('gives back every cell of every table', async () => {
    const cell = fc.string({ maxLength: 8 }).filter((text) => !text.startsWith('\uFEFF'));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }), async (table) => {
        const quoted = table.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(',')).join('\n');
        const { rows, columns } = await parse(`"x","y"\n${quoted}`, { header: true, delimiter: ',' });
        const texts = columns.flatMap(({ name, type }) => (type === 'text' ? [name] : []));
        for (const [index, [x, y]] of table.entries()) {
          for (const name of texts) expect(rows[index]?.[name] ?? '').toBe(blank(name === 'x' ? x : y));
        }
      }),
    );
  });
});

function blank(text: string): string {
  return text.trim() === '' ? '' : text;
}
