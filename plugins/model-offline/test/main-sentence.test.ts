import { describe, expect, it } from 'vitest';
import { calculateMetrics, generateReport, standardTools } from './fake-tools.js';
import { converse } from './helpers.js';

const tools = [calculateMetrics, generateReport];

const run = (): ReturnType<typeof converse> =>
  converse('Analyze the dataset [1, 2, 3, 4, 5] and generate a report', tools);

describe('Analyze the dataset [1, 2, 3, 4, 5] and generate a report', () => {
  it('calculates first and reports then', async () => {
    const { turns, misfits } = await run();
    expect(turns.map((turn) => turn.map(({ name }) => name))).toEqual([['calculate_metrics'], ['generate_report']]);
    expect(misfits).toEqual([]);
  });

  it('passes the numbers as they stand in the text', async () => {
    const { calls } = await run();
    expect(calls[0]?.input).toEqual({ data: [1, 2, 3, 4, 5] });
  });

  it('passes the metrics, the data and a title to the report', async () => {
    const { calls } = await run();
    expect(calls[1]?.input).toMatchObject({
      title: 'Analysis of the dataset',
      metrics: { columns: [{ mean: 3 }] },
      data: [1, 2, 3, 4, 5],
    });
  });

  it('answers with the figures, the files and the note that no language model was asked', async () => {
    const { text } = await run();
    for (const words of [
      'mean 3',
      'median 3',
      '(sample) 1.58113883',
      '(population) 1.414213562',
      'first quartile 2',
      'third quartile 4',
      'reports/report.md',
      'reports/report.html',
    ]) {
      expect(text).toContain(words);
    }
    expect(text.trim().split('\n').at(-1)).toBe(
      'Note: answered by the rule-based offline model; no language model was asked.',
    );
  });

  it('does the same with more tools at hand', async () => {
    const { turns } = await converse('Analyze the dataset [1, 2, 3, 4, 5] and generate a report', standardTools);
    expect(turns.map((turn) => turn.map(({ name }) => name))).toEqual([['calculate_metrics'], ['generate_report']]);
  });
});

it('says what is missing where the text holds no data, and calls nothing', async () => {
  const { calls, text } = await converse('Analyze our sales and generate a report', tools);
  expect(calls).toEqual([]);
  expect(text).toContain('There are no numbers to analyse');
});
