import * as fc from 'fast-check';
import * as oracle from 'simple-statistics';
import { callTool, testToolContext } from '@master-orchestrator/testing';
import { describe, expect, it } from 'vitest';
import { analysisToolsPlugin } from '../src/index.js';
import { hasSharedData, sharedData } from './shared-data.js';

interface Column {
  name: string;
  count: number;
  missing: number;
  mean: number;
  median: number;
  modes: number[];
  modeFrequency: number;
  sampleVariance: number | null;
  sampleStandardDeviation: number | null;
  populationStandardDeviation: number;
  quartiles: { q1: number; q2: number; q3: number };
  percentiles: { percent: number; value: number }[];
  skewness: number | null;
  kurtosis: number | null;
  lag1Autocorrelation: number | null;
  outliers: { lowerFence: number; upperFence: number; count: number; values: number[] };
  histogram: { rule: string; binWidth: number; bins: { from: number; to: number; count: number }[] };
  notes: string[];
}

interface Result {
  columns: Column[];
  correlation?: { columns: string[]; matrix: (number | null)[][] };
  regressions?: { x: string; y: string; count: number; slope: number; intercept: number; rSquared: number }[];
  ignoredColumns: { name: string; reason: string }[];
  notes: string[];
}

const plugin = analysisToolsPlugin();
const calculate = (data: unknown, more: object = {}): Promise<Result> =>
  callTool<Result>(plugin, 'calculate_metrics', { data, ...more });
const only = async (data: unknown, more: object = {}): Promise<Column> => {
  const [column] = (await calculate(data, more)).columns;
  if (column === undefined) throw new Error('no column');
  return column;
};
/** Digits that agree: NIST's log relative error. */
const digits = (found: number | null, certified: number): number =>
  found === null ? 0 : found === certified ? 15 : -Math.log10(Math.abs(found - certified) / Math.abs(certified));
const sample = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 60 });

describe('calculate_metrics of one list', { timeout: 60_000 }, () => {
  it('gives the known values of a small dataset', async () => {
    expect(await only([3, 1, 4, 1, 5, 9, 2, 6])).toMatchObject({
      name: 'values',
      count: 8,
      missing: 0,
      sum: 31,
      mean: 3.875,
      median: 3.5,
      modes: [1],
      modeFrequency: 2,
      min: 1,
      max: 9,
      range: 8,
      populationVariance: 6.609375,
      sampleStandardDeviation: 2.748376143938713,
      populationStandardDeviation: 2.5708704751503917,
      quartiles: { q1: 1.75, q2: 3.5, q3: 5.25 },
      interquartileRange: 3.5,
      outliers: { lowerFence: -3.5, upperFence: 10.5, count: 0, values: [] },
    });
  });

  it('agrees with an independent library', async () => {
    await fc.assert(
      fc.asyncProperty(sample, async (data) => {
        const found = await only(data);
        expect(found.mean).toBeCloseTo(oracle.mean(data), 6);
        expect(found.median).toBeCloseTo(oracle.median(data), 6);
        expect(
          digits(Math.sqrt((found.sampleVariance ?? 0) + 1), Math.sqrt(oracle.sampleVariance(data) + 1)),
        ).toBeGreaterThan(9);
      }),
    );
  });

  it('gives skewness G1 and excess kurtosis G2', async () => {
    const data = [2, 8, 0, 4, 1, 9, 9, 0];
    const found = await only(data);
    expect(found.skewness).toBeCloseTo(oracle.sampleSkewness(data), 12);
    expect(found.kurtosis).toBeCloseTo(oracle.sampleKurtosis(data), 12);
  });

  it('interpolates percentiles between the closest ranks (R-7)', async () => {
    const { percentiles, quartiles } = await only([15, 20, 35, 40, 50], { percentiles: [0, 40, 100] });
    expect(percentiles).toEqual([
      { percent: 0, value: 15 },
      { percent: 40, value: 29 },
      { percent: 100, value: 50 },
    ]);
    expect(quartiles).toEqual({ q1: 20, q2: 35, q3: 40 });
  });

  it('says that there is no mode where every value occurs once', async () => {
    expect(await only([1, 2, 3])).toMatchObject({
      modes: [],
      modeFrequency: 1,
      notes: ['mode: every value occurs once, so there is none', 'kurtosis: needs at least 4 values'],
    });
  });

  it('lists all modes, at most ten', async () => {
    expect((await only([1, 1, 2, 2, 3])).modes).toEqual([1, 2]);
    const twelve = Array.from({ length: 24 }, (_, index) => index % 12);
    expect(await only(twelve)).toMatchObject({ modes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], modeFrequency: 2 });
    expect((await only(twelve)).notes).toContain('mode: 2 more values occur as often');
  });

  it("finds the values beyond Tukey's fences", async () => {
    expect((await only([1, 2, 3, 4, 5, 100, -50])).outliers).toMatchObject({ count: 2, values: [-50, 100] });
  });

  it('counts every value in exactly one bin', async () => {
    await fc.assert(
      fc.asyncProperty(sample, fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }), async (data, bins) => {
        const { histogram } = await only(data, bins === undefined ? {} : { bins });
        expect(histogram.bins.reduce((total, bin) => total + bin.count, 0)).toBe(data.length);
        expect(histogram.bins[0]?.from).toBe(Math.min(...data) + 0);
        expect(histogram.bins.at(-1)?.to).toBe(Math.max(...data) + 0);
      }),
    );
  });

  it('leaves the sample values of a single number open and says why', async () => {
    const found = await only([7]);
    expect(found).toMatchObject({
      mean: 7,
      sampleVariance: null,
      sampleStandardDeviation: null,
      populationStandardDeviation: 0,
      skewness: null,
      lag1Autocorrelation: null,
      histogram: { rule: 'constant', bins: [{ from: 7, to: 7, count: 1 }] },
    });
    expect(found.notes).toContain('standardDeviation: that of a sample needs at least 2 values');
  });

  it('counts null as missing', async () => {
    expect(await only([1, null, 3])).toMatchObject({ count: 2, missing: 1, mean: 2 });
  });

  it('returns only the metrics that were asked for', async () => {
    const [column] = (await calculate([1, 2, 3], { metrics: ['mean', 'standardDeviation'] })).columns;
    expect(Object.keys(column ?? {}).sort()).toEqual([
      'count',
      'mean',
      'missing',
      'name',
      'notes',
      'populationStandardDeviation',
      'sampleStandardDeviation',
    ]);
    expect(column?.notes).toEqual([]);
  });

  it('gives null and a note where floats overflow, never an infinity', async () => {
    const found = await only([1.7e308, -1.7e308, 1.7e308]);
    expect(JSON.stringify(found)).not.toContain('Infinity');
    expect(found.sampleVariance).toBeNull();
    expect(found.notes.join()).toContain('variance: the numbers are too large or too small for 64-bit floats');
  });

  it('takes a million values', async () => {
    const data = Array.from({ length: 1_000_000 }, (_, index) => index % 1_000);
    expect(await only(data)).toMatchObject({ count: 1_000_000, mean: 499.5, median: 499.5 });
  });

  it('refuses more values than allowed', async () => {
    const small = analysisToolsPlugin({ maxValues: 3 });
    await expect(callTool(small, 'calculate_metrics', { data: [1, 2, 3, 4] })).rejects.toMatchObject({
      code: 'RESPONSE_TOO_LARGE',
      category: 'RESOURCE_ERROR',
    });
  });

  it('stops when the call is cancelled', async () => {
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(callTool(plugin, 'calculate_metrics', { data: [1] }, testToolContext({ signal }))).rejects.toThrow(
      'stop',
    );
  });
});

describe('calculate_metrics of several columns', () => {
  it('reads lists by name, and rows', async () => {
    const lists = await calculate({ height: [1, 2, 3], weight: [2, 4, 7] });
    const rows = await calculate([
      { height: 1, weight: 2 },
      { height: 2, weight: 4 },
      { height: 3, weight: 7 },
    ]);
    expect(lists.columns.map(({ name, mean }) => [name, mean])).toEqual([
      ['height', 2],
      ['weight', 13 / 3],
    ]);
    expect(rows).toEqual(lists);
  });

  it('reads a matrix and an object of numbers', async () => {
    const matrix = await calculate([
      [1, 10],
      [2, 20],
    ]);
    expect(matrix.columns.map(({ name, mean }) => [name, mean])).toEqual([
      ['column_1', 1.5],
      ['column_2', 15],
    ]);
    expect(await only({ jan: 1, feb: 3 })).toMatchObject({ name: 'values', mean: 2 });
  });

  it('correlates and fits lines', async () => {
    const x = [1, 2, 3, 4, 5];
    const y = [2.1, 3.9, 6.2, 7.8, 10.1];
    const { correlation, regressions } = await calculate({ x, y });
    const expected = oracle.linearRegression(x.map((value, index) => [value, y[index] ?? 0]));
    expect(correlation?.columns).toEqual(['x', 'y']);
    expect(correlation?.matrix[0]?.[1]).toBeCloseTo(oracle.sampleCorrelation(x, y), 12);
    expect(correlation?.matrix[1]?.[1]).toBe(1);
    expect(regressions).toHaveLength(1);
    expect(regressions?.[0]).toMatchObject({ x: 'x', y: 'y', count: 5 });
    expect(regressions?.[0]?.slope).toBeCloseTo(expected.m, 12);
    expect(regressions?.[0]?.intercept).toBeCloseTo(expected.b, 12);
  });

  it('pairs complete rows only', async () => {
    const { regressions } = await calculate([{ x: 1, y: 1 }, { x: 2, y: null }, { x: 3, y: 3 }, { x: 4 }]);
    expect(regressions?.[0]).toMatchObject({ count: 2, slope: 1, intercept: 0 });
  });

  it('gives no correlation with a column that does not vary, or is of another length', async () => {
    expect((await calculate({ x: [1, 2], y: [3, 3] })).correlation?.matrix[0]?.[1]).toBeNull();
    const uneven = await calculate({ x: [1, 2], y: [3, 3, 4] });
    expect(uneven.correlation?.matrix[0]?.[1]).toBeNull();
    expect(uneven.notes[0]).toContain('different lengths');
  });

  it('leaves out columns of text and says what they hold', async () => {
    const result = await calculate([
      { city: 'Rome', people: 2.8 },
      { city: 'Oslo', people: 0.7 },
    ]);
    expect(result.columns.map(({ name }) => name)).toEqual(['people']);
    expect(result.ignoredColumns).toEqual([
      {
        name: 'city',
        reason: 'holds entries that are no numbers: data[0].city is the text "Rome", data[1].city is the text "Oslo"',
      },
    ]);
  });

  it('lists at most 45 lines, the best ones', async () => {
    const data = Object.fromEntries(
      Array.from({ length: 12 }, (_, column) => [`c${column}`, [1, 2, 3, 4, 5].map((row) => (row * (column + 3)) % 7)]),
    );
    const { regressions, notes } = await calculate(data);
    expect(regressions).toHaveLength(45);
    expect(notes[0]).toContain('the 45 with the largest rSquared');
  });

  it('keeps columns named like properties of objects as plain data', async () => {
    const { columns } = await calculate(JSON.parse('{"__proto__":[1,2],"constructor":[3,4]}'));
    expect(columns.map(({ name }) => name)).toEqual(['__proto__', 'constructor']);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('calculate_metrics of something else', () => {
  it.each([
    [['a', 2, 'c'], 'data[0] is the text "a", data[2] is the text "c"'],
    [[1, '2'], 'data[1] is the text "2"'],
    [{ a: ['x'], b: 'y' }, 'data.a[0] is the text "x"'],
    [[{ a: 'x' }], 'data[0].a is the text "x"'],
    [[1, Number.NaN], 'data[1] is NaN'],
    [[1, true], 'data[1] is a boolean'],
    [[{ a: 1 }, 5], 'data[1] is 5 where the other entries are rows'],
    [[], 'data is an empty list'],
    [{}, 'data is an empty object'],
    [[null, null], 'holds no value'],
    ['1, 2, 3', 'data is the text "1, 2, 3"'],
    [undefined, 'data is missing'],
  ])('refuses %j and names what it found', async (data, message) => {
    await expect(calculate(data)).rejects.toMatchObject({
      code: 'TOOL_ARGUMENTS_INVALID',
      category: 'VALIDATION_ERROR',
      message: expect.stringContaining(message) as string,
    });
  });
});

describe('accuracy', () => {
  it('gives the standard deviation of NumAcc4 to eight digits', async () => {
    const data = [
      10000000.2,
      ...Array.from({ length: 1_000 }, (_, index) => (index % 2 === 0 ? 10000000.1 : 10000000.3)),
    ];
    const found = await only(data);
    expect(digits(found.mean, 10000000.2)).toBeGreaterThanOrEqual(8);
    expect(digits(found.sampleStandardDeviation, 0.1)).toBeGreaterThanOrEqual(8);
    expect(digits(found.lag1Autocorrelation, -0.999)).toBeGreaterThanOrEqual(7);
  });

  it('keeps small numbers beside large ones', async () => {
    expect(await only([1e16, 1, -1e16, 1])).toMatchObject({ sum: 2, mean: 0.5 });
  });

  it.skipIf(!hasSharedData)("meets NIST's certified values to eight digits (needs ../shared/test-data)", async () => {
    const { cases } = sharedData('nist-strd.json') as {
      cases: { name: string; mean: string; sd: string; autocorrelation1: string; data: number[] }[];
    };
    expect(cases.length).toBeGreaterThan(0);
    for (const { name, mean, sd, autocorrelation1, data } of cases) {
      const found = await only(data);
      const worst = Math.min(
        digits(found.mean, Number(mean)),
        digits(found.sampleStandardDeviation, Number(sd)),
        digits(found.lag1Autocorrelation, Number(autocorrelation1)),
      );
      expect({ name, isAccurate: worst >= 8, worst }).toMatchObject({ isAccurate: true });
    }
  });
});
