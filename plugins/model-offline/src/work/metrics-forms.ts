import type { Json } from '@master-orchestrator/errors';
import { metricLines, relationLines } from '../answer/describe-metrics.js';
import { readMetrics } from '../answer/read-metrics.js';
import { fitEntries } from '../schema/fit-value.js';
import type { Material, Result } from './material.js';
import type { Ask } from './occasion.js';

/** The results of statistics tools in the ways a property may want them, the fullest first. */
export function metricsForms(material: Material, { schema, root }: Pick<Ask, 'schema' | 'root'>): Json[] {
  const results = metricResults(material);
  const [first] = results;
  if (first === undefined) return [];
  const whole: Json =
    results.length === 1
      ? first.value
      : Object.fromEntries(results.map(({ value }, at) => [`analysis ${at + 1}`, value]));
  const figures = allFigures(results);
  const entries = fitEntries(figures, schema, root);
  const lines = results.flatMap(({ value }) => {
    const metrics = readMetrics(value);
    return metrics === undefined ? [] : [...metricLines(metrics), ...relationLines(metrics)];
  });
  return [whole, ...(entries === undefined ? [] : [entries]), Object.fromEntries(figures), lines, lines.join('\n')];
}

/** What statistics tools gave. */
export function metricResults(material: Material): Result[] {
  return material.results.filter(({ trade, value }) => trade === 'analyse' && typeof value === 'object');
}

/** Every figure by one name: `mean`, or `sales mean` where there are several columns. */
function allFigures(results: readonly Result[]): [string, number][] {
  return results.flatMap(({ value }) => {
    const metrics = readMetrics(value);
    if (metrics === undefined) return [];
    const { columns, relations } = metrics;
    const figures = columns.flatMap(({ name, figures: own }) =>
      own.map(([label, number]): [string, number] => [
        columns.length > 1 && name !== undefined ? `${name} ${label}` : label,
        number,
      ]),
    );
    return [...figures, ...relations.map(({ a, b, r }): [string, number] => [`correlation ${a} ${b}`.trim(), r])];
  });
}
