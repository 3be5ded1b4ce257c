import { expect, it } from 'vitest';
import { prometheusMetricsPlugin } from '../src/index.js';
import { startMetrics } from './helpers.js';

const refused: readonly [what: string, options: object, words: RegExp][] = [
  ['an unknown option', { prefxi: 'x_' }, /prefxi/],
  ['a prefix without an underscore at its end', { prefix: 'mao' }, /prefix: must be empty, or letters/],
  ['a label that a metric has itself', { labels: { agent: 'x' } }, /labels\.agent/],
  ['a reserved label', { labels: { __name__: 'x' } }, /labels\.__name__/],
  ['no room for values', { maxLabelValues: 0 }, /maxLabelValues/],
  ['bounds that do not ascend', { taskBuckets: [1, 5, 5] }, /taskBuckets: must ascend/],
];

it.each(refused)('refuses %s and names it', (_what, options, words) => {
  const make = (): unknown => prometheusMetricsPlugin(options);
  expect(make).toThrow(words);
  expect(make).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});

it('names all problems at once', () => {
  const options = { prefix: '9', maxLabelValues: -1 };
  expect(() => prometheusMetricsPlugin(options)).toThrow(/prefix.*maxLabelValues/s);
});

it('takes another prefix, labels of its own and other bounds', async () => {
  await using metrics = await startMetrics({
    prefix: 'team_a_',
    labels: { region: 'eu' },
    taskBuckets: [1, 2],
    process: false,
  });
  metrics.emit('task-end', { status: 'completed', durationMs: 1_500, usage: metrics.usage() });
  const text = await metrics.text();
  expect(text).not.toMatch(/^(mao|process|nodejs)_/m);
  expect(metrics.read(text, 'team_a_task_duration_seconds_bucket', { region: 'eu', le: '1' })).toBe(0);
  expect(metrics.read(text, 'team_a_task_duration_seconds_bucket', { region: 'eu', le: '2' })).toBe(1);
});
