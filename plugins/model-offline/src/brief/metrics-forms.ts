import type { Json } from '@master-orchestrator/errors';
import { metricLines, relationLines } from '../answer/describe-metrics.js';
import { readFigureLines } from '../answer/read-figure-lines.js';
import { readMetrics, type Metrics } from '../answer/read-metrics.js';
import { parseJson } from '../data/json-values.js';
import { fitEntries } from '../schema/fit-value.js';
import type { Material, Result } from './material.js';
import { subjectOf } from './subject.js';
import type { Ask } from './occasion.js';

/** The figures at hand in the ways a property may want them, the fullest first. */
export function metricsForms(material: Material, { schema, root }: Pick<Ask, 'schema' | 'root'>): Json[] {
  const results = metricResults(material);
  const all = metricsAtHand(material);
  if (all.length === 0) return [];
  const figures = all.flatMap(namedFigures);
  const entries = fitEntries(figures, schema, root);
  const lines = all.flatMap((metrics) => [...metricLines(metrics), ...relationLines(metrics)]);
  const record: Json = Object.fromEntries(figures);
  return [
    ...wholeResults(results, material),
    ...(entries === undefined ? [] : [entries]),
    record,
    lines,
    lines.join('\n'),
  ];
}

/** What statistics tools gave. */
export function metricResults(material: Material): Result[] {
  return material.results.filter(({ trade, value }) => trade === 'analyse' && typeof value === 'object');
}

/** Figures of statistics tools; where there are none, those that stand in results of others. */
export function metricsAtHand(material: Material): Metrics[] {
  const results = metricResults(material);
  const own = results.flatMap((result) =>
    namedMetrics(result, results.length > 1 ? subjectOf(result, material) : undefined),
  );
  if (own.length > 0) return own;
  const told = [
    ...material.given.map(({ text }) => text),
    ...material.results.filter(({ isDelegated }) => isDelegated).map(({ text }) => text),
  ];
  return told.flatMap((text) => readMetrics(parseJson(text) ?? null) ?? readFigureLines(text) ?? []);
}

/** With several results, a column without a name goes by what the call was about. */
function namedMetrics({ value }: Result, subject: string | undefined): Metrics[] {
  const metrics = readMetrics(value);
  if (metrics === undefined) return [];
  const columns = metrics.columns.map((column) =>
    subject === undefined
      ? column
      : { ...column, name: column.name === undefined ? subject : `${column.name} (${subject})` },
  );
  return [{ ...metrics, columns }];
}

function wholeResults(results: readonly Result[], material: Material): Json[] {
  const [first] = results;
  if (first === undefined) return [];
  if (results.length === 1) return [first.value];
  const named = results.map(
    (result, at) => [subjectOf(result, material) ?? `analysis ${at + 1}`, result.value] as const,
  );
  return [Object.fromEntries(named)];
}

/** Every figure by one name: `mean`, or `sales mean` where there are several columns. */
function namedFigures({ columns, relations }: Metrics): [string, number][] {
  const figures = columns.flatMap(({ name, figures: own }) =>
    own.map(([label, number]): [string, number] => [
      columns.length > 1 && name !== undefined ? `${name} ${label}` : label,
      number,
    ]),
  );
  return [...figures, ...relations.map(({ a, b, r }): [string, number] => [`correlation ${a} ${b}`.trim(), r])];
}
