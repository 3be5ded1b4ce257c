import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNumber } from '../src/answer/format-number.js';
import { ownMetrics } from '../src/answer/own-statistics.js';
import { figureOf } from '../src/answer/read-metrics.js';
import { calculateMetrics, generateReport, readFile } from './fake-tools.js';
import { converse } from './helpers.js';

const verbs = fc.constantFrom(
  'Analyze',
  'Please analyse',
  'Could you examine',
  'Compute the statistics of',
  'Give me the mean and the median of',
  'Summarize',
  'I need an analysis of',
  'Describe',
  'What is the average of',
);
const nouns = fc.constantFrom(
  'the dataset',
  'the following values:',
  'these numbers:',
  'the data',
  'my measurements',
  '',
  'the series',
);
const endings = fc.constantFrom(
  '',
  ' and generate a report',
  ', then write a report',
  '. Then create a report.',
  ' and produce a summary report please',
);
const values = fc
  .array(
    fc.oneof(
      fc.integer({ min: -100_000, max: 100_000 }),
      fc.double({ min: -1e6, max: 1e6, noNaN: true, noDefaultInfinity: true }),
    ),
    { minLength: 3, maxLength: 25 },
  )
  .map((list) => list.map((value) => (Object.is(value, -0) ? 0 : value)));
const written = fc.constantFrom<(list: readonly number[]) => string>(
  (list) => JSON.stringify(list),
  (list) => list.join(', '),
  (list) => `(${list.join('; ')})`,
  (list) => `{"values": ${JSON.stringify(list)}}`,
);

it('passes exactly the given numbers on, whatever the numbers and the wording', async () => {
  await fc.assert(
    fc.asyncProperty(verbs, nouns, values, written, endings, async (verb, noun, list, write, ending) => {
      const { calls, misfits, text } = await converse(`${verb} ${noun} ${write(list)}${ending}`, [
        calculateMetrics,
        generateReport,
      ]);
      expect(misfits).toEqual([]);
      const [first, second] = calls;
      expect(first?.name).toBe('calculate_metrics');
      const { data } = (first as unknown as { input: { data: number[] | Record<string, number[]> } }).input;
      expect(Array.isArray(data) ? data : Object.values(data)[0]).toEqual(list);
      expect(second?.name).toBe(ending === '' ? undefined : 'generate_report');
      expect(text).toContain(`count ${list.length}`);
    }),
    { numRuns: 150 },
  );
}, 60_000);

it('passes exactly the columns of any CSV file on', async () => {
  const names = fc.uniqueArray(fc.constantFrom('height', 'weight', 'age', 'price', 'north', 'south'), {
    minLength: 2,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(
      names,
      fc.array(fc.array(fc.integer({ min: -999, max: 999 }), { minLength: 4, maxLength: 4 }), {
        minLength: 2,
        maxLength: 20,
      }),
      async (columns, rows) => {
        const lines = rows.map((row) => columns.map((_, at) => row[at]).join(','));
        const { calls } = await converse('Analyse data.csv', [
          readFile({ 'data.csv': [columns.join(','), ...lines].join('\n') }),
          calculateMetrics,
        ]);
        const { data } = (calls.at(-1) as unknown as { input: { data: Record<string, number[]> } }).input;
        expect(data).toEqual(Object.fromEntries(columns.map((name, at) => [name, rows.map((row) => row[at])])));
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

describe('figures of its own', () => {
  const figure = (list: readonly number[], name: string): number | undefined => {
    const [column] = ownMetrics({ columns: [{ values: list }] }).columns;
    return column === undefined ? undefined : figureOf(column, name);
  };

  it.each<[string, number]>([
    ['count', 8],
    ['sum', 31],
    ['mean', 3.875],
    ['median', 3.5],
    ['standard deviation (sample)', 2.748376143938713],
    ['standard deviation (population)', 2.570870472],
    ['first quartile', 1.75],
    ['third quartile', 5.25],
    ['minimum', 1],
    ['maximum', 9],
  ])('has the right %s', (name, value) => {
    expect(figure([3, 1, 4, 1, 5, 9, 2, 6], name)).toBeCloseTo(value, 6);
  });

  it('loses no digits where the naive formula does', () => {
    const hard = [10_000_000.2, ...Array.from({ length: 500 }, () => [10_000_000.1, 10_000_000.3]).flat()];
    expect(figure(hard, 'mean')).toBeCloseTo(10_000_000.2, 8);
    expect(figure(hard, 'standard deviation (sample)')).toBeCloseTo(0.1, 8);
  });

  it('has no sample standard deviation for one value', () => {
    expect(figure([5], 'standard deviation (sample)')).toBeUndefined();
    expect(figure([5], 'standard deviation (population)')).toBe(0);
  });

  it('has the correlation of two columns, over the rows in which both have a value', () => {
    const columns = [
      { label: 'x', values: [1, 2, 3, undefined] },
      { label: 'y', values: [2, 4, 6, 100] },
    ];
    expect(ownMetrics({ columns }).relations).toEqual([{ a: 'x', b: 'y', r: 1 }]);
  });

  it('has no correlation with a column that never changes', () => {
    const columns = [
      { label: 'x', values: [1, 2, 3] },
      { label: 'y', values: [5, 5, 5] },
    ];
    expect(ownMetrics({ columns }).relations).toEqual([]);
  });
});

it.each<[number, string]>([
  [1 / 3, '0.3333333333'],
  [1e21, '1e+21'],
  [123_456_789_012, '123456789012'],
  [0.1 + 0.2, '0.3'],
  [-0, '0'],
  [5, '5'],
])('shows %d as %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});
