import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractData } from '../src/data/extract-data.js';
import type { Mention } from '../src/data/mention.js';

/** What was found, without positions. */
function found(text: string): object[] {
  return extractData(text).mentions.map(({ start: _start, end: _end, text: _text, ...mention }) => mention);
}

function series(text: string): { label?: string; values: readonly number[] }[] {
  return extractData(text).mentions.flatMap((mention) => (mention.kind === 'series' ? [mention.series] : []));
}

describe('lists of numbers', () => {
  it.each<[string, number[]]>([
    ['Analyze the dataset [1, 2, 3, 4, 5] and generate a report', [1, 2, 3, 4, 5]],
    ['values 3, 1, 4 and 5', [3, 1, 4, 5]],
    ['values 3, 1, 4, and 5.', [3, 1, 4, 5]],
    ['1 2 3 4', [1, 2, 3, 4]],
    ['[1; 2; 3]', [1, 2, 3]],
    ['[1 2 3]', [1, 2, 3]],
    ['{1, 2, 3}', [1, 2, 3]],
    ['(7, 8, 9)', [7, 8, 9]],
    ['data: 1,2,3', [1, 2, 3]],
    ['-1, −2.5, +3', [-1, -2.5, 3]],
    ['.5, 1e3, 2.5E-2', [0.5, 1000, 0.025]],
    ['1_000, 2_000, 3_000', [1000, 2000, 3000]],
    ['$5, $10, $1,200', [5, 10, 1200]],
    ['1,200, 1,300, 1,400', [1200, 1300, 1400]],
    ['10%, 20%, 30%', [10, 20, 30]],
    ['1,5; 2,5; 3', [1.5, 2.5, 3]],
    ['the list 10,200,300', [10, 200, 300]],
    ['1\n2\n3', [1, 2, 3]],
    ['the integers from 1 to 6', [1, 2, 3, 4, 5, 6]],
    ["['1', '2']", []],
  ])('reads %j', (text, values) => {
    expect(series(text).flatMap((one) => one.values)).toEqual(values);
  });

  it.each<[string, Record<string, number[]>]>([
    ['sales: 1,2,3; costs: 4,5,6', { sales: [1, 2, 3], costs: [4, 5, 6] }],
    ['sales = [1, 2] and costs = [3, 4]', { sales: [1, 2], costs: [3, 4] }],
    ['sales [1, 2] and costs [3, 4]', { sales: [1, 2], costs: [3, 4] }],
    ['sales of 1, 2 and 3, costs of 4, 5 and 6', { sales: [1, 2, 3], costs: [4, 5, 6] }],
    ['sales of 1, 2 and 3; costs of 4, 5 and 6', { sales: [1, 2, 3], costs: [4, 5, 6] }],
    ['Compare the heights: 1.5, 2, 3 and the weights: 4 5 6', { heights: [1.5, 2, 3], weights: [4, 5, 6] }],
    ['x: 1 2 3\ny: 4 5 6', { x: [1, 2, 3], y: [4, 5, 6] }],
    ['unit sales: 1, 2, 3', { 'unit sales': [1, 2, 3] }],
  ])('names the lists of %j', (text, expected) => {
    const named = Object.fromEntries(series(text).map(({ label = '', values }) => [label, values]));
    expect(named).toEqual(expected);
  });

  it.each(['Analyze the dataset [1, 2]', 'the numbers: 1, 2, 3', 'mean of 4, 5, 6', 'calculate 1, 2, 3', 'data = [1]'])(
    'takes no announcing word of %j for a name',
    (text) => {
      expect(series(text)[0]).not.toHaveProperty('label');
    },
  );

  it.each([
    'between 2 and 3',
    'version 1.2.3',
    'on 2024-01-02 at 10:30',
    'see 3rd and 4th',
    'h2o and co2',
    'top 5 of 10',
  ])('sees no list in %j', (text) => {
    expect(series(text)).toEqual([]);
  });

  it('finds any list of numbers in any sentence, exactly', () => {
    const numbers = fc.array(
      fc.oneof(
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }),
      ),
      { minLength: 3, maxLength: 30 },
    );
    const separators = fc.constantFrom(', ', '; ', ' ; ', ' , ');
    const frames = fc.constantFrom(
      'Analyse [#].',
      'What is the mean of #?',
      'data: #',
      'Take # and report',
      '(#)',
      'values = # please',
      '#',
    );
    fc.assert(
      fc.property(numbers, separators, frames, (values, separator, frame) => {
        const plain = values.map((value) => (Object.is(value, -0) ? 0 : value));
        const text = frame.replace('#', plain.map(String).join(separator));
        expect(series(text).map((one) => [...one.values])).toEqual([plain]);
      }),
      { numRuns: 500 },
    );
  });

  it('finds each of several named lists', () => {
    const names = fc.uniqueArray(fc.constantFrom('north', 'south', 'height', 'width', 'revenue', 'profit'), {
      minLength: 2,
      maxLength: 4,
    });
    const lists = fc.array(fc.array(fc.integer({ min: -999, max: 999 }), { minLength: 3, maxLength: 8 }), {
      minLength: 4,
      maxLength: 4,
    });
    fc.assert(
      fc.property(names, lists, fc.constantFrom('; ', '\n', '. '), (labels, values, separator) => {
        const text = `Compare ${labels.map((label, at) => `${label}: ${(values[at] ?? []).join(', ')}`).join(separator)}`;
        expect(series(text)).toEqual(labels.map((label, at) => ({ label, values: values[at] })));
      }),
      { numRuns: 200 },
    );
  });
});

describe('tables', () => {
  const table = {
    columns: ['a', 'b'],
    rows: [
      ['1', '2'],
      ['3', '4'],
    ],
  };

  it.each([
    'Analyse this:\na,b\n1,2\n3,4\n\nthanks',
    'Analyse this CSV: a,b\n1,2\n3,4',
    'a;b\n1;2\n3;4',
    'a\tb\n1\t2\n3\t4',
    '```csv\na,b\n1,2\n3,4\n```',
    '| a | b |\n| --- | ---: |\n| 1 | 2 |\n| 3 | 4 |',
  ])('reads %j', (text) => {
    expect(found(text)).toMatchObject([{ kind: 'table', table }]);
  });

  it('keeps quoted cells together', () => {
    expect(found('name,size\n"Berg, Anna",3\n"a ""b""",4')).toMatchObject([
      {
        table: {
          rows: [
            ['Berg, Anna', '3'],
            ['a "b"', '4'],
          ],
        },
      },
    ]);
  });

  it('numbers the columns of a table without names', () => {
    expect(found('1,2\n3,4')).toMatchObject([{ table: { columns: ['column 1', 'column 2'] } }]);
  });

  it('sees no table in a letter', () => {
    expect(found('Dear Anna,\nmany thanks, as ever\nYours, Bob')).toEqual([]);
  });
});

describe('other data', () => {
  it.each<[string, Partial<Mention>[]]>([
    ['parse {"a": [1, 2]}', [{ kind: 'json', value: { a: [1, 2] } }]],
    ["parse {'a': 1, b: [1,2,], c: True}", [{ kind: 'json', value: { a: 1, b: [1, 2], c: true } }]],
    ['read data/sales.csv now', [{ kind: 'file', value: 'data/sales.csv' }]],
    ['read "my data.csv"', [{ kind: 'file', value: 'my data.csv' }]],
    [
      'open ./src/a.ts, then b.py.',
      [
        { kind: 'file', value: './src/a.ts' },
        { kind: 'file', value: 'b.py' },
      ],
    ],
    [
      'list src/ and ../lib',
      [
        { kind: 'folder', value: 'src/' },
        { kind: 'folder', value: '../lib' },
      ],
    ],
    ['the folder reports', [{ kind: 'folder', value: 'reports' }]],
    ['get https://example.com/a(b).json?x=1, please', [{ kind: 'url', value: 'https://example.com/a(b).json?x=1' }]],
    ['(see https://example.com/a).', [{ kind: 'url', value: 'https://example.com/a' }]],
    ['mail bob@example.com', [{ kind: 'email', value: 'bob@example.com' }]],
    ['say "hello there" and ‘x’', [{ kind: 'quote', value: 'hello there' }]],
    ["it isn't 'fine'", [{ kind: 'quote', value: 'fine' }]],
    ['$.items[*].price of it', [{ kind: 'jsonpath', value: '$.items[*].price' }]],
    ['```ts\nconst a = 1;\n```', [{ kind: 'code', code: 'const a = 1;', language: 'ts' }]],
    ['```\nplain\n```', [{ kind: 'code', code: 'plain' }]],
    ['on 2024-01-02', [{ kind: 'date', value: '2024-01-02' }]],
    [
      'x = 5, y = -7.5',
      [
        { kind: 'number', value: 5 },
        { kind: 'number', value: -7.5 },
      ],
    ],
    ['Node.js and Vue.js and/or e.g. this', []],
    ['', []],
    ['[] and {}', []],
  ])('finds what is in %j', (text, expected) => {
    const kinds = expected.map(({ kind }) => kind);
    expect(
      found(text)
        .filter((one) => kinds.includes((one as Mention).kind) || expected.length === 0)
        .slice(0, expected.length || undefined),
    ).toMatchObject(expected);
  });

  it('gives spans that do not overlap and that hold what was written, for any text', () => {
    const words = fc.constantFrom(
      '[1, 2',
      '3]',
      '"x"',
      '{"a":',
      '1}',
      'a.csv',
      '1,2,3',
      '|',
      '---',
      '\n',
      'https://a.b/c',
      '```',
      "'",
      '$.a',
      '5',
      ', ',
      ': ',
      'and',
      '\uE000',
      '…',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string({ maxLength: 6 })), { maxLength: 40 }), (parts) => {
        const text = parts.join(' ');
        let end = 0;
        for (const mention of extractData(text).mentions) {
          expect(mention.start).toBeGreaterThanOrEqual(end);
          expect(mention.text).toBe(text.slice(mention.start, mention.end));
          end = mention.end;
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    '['.repeat(50_000),
    '{"a":'.repeat(20_000),
    '1 '.repeat(100_000),
    'a,'.repeat(50_000),
    "'".repeat(50_000),
    '`'.repeat(50_000),
    '- '.repeat(50_000),
    '1,'.repeat(60_000),
    'a/'.repeat(50_000),
    'x: '.repeat(40_000),
    '"\n'.repeat(40_000),
    '$.a[0]'.repeat(20_000),
    '|-'.repeat(40_000),
  ])(
    'reads hostile text %#in linear time',
    (text) => {
      expect(extractData(text).text.length).toBeGreaterThan(0);
    },
    10_000,
  );
});
