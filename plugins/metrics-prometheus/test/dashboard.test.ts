import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startMetrics } from './helpers.js';

const folder = join(import.meta.dirname, '../../../docs/deployment');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

const dashboard = JSON.parse(read('grafana-dashboard.json')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly query: string | { readonly query: string } }[] };
};

/** Words of PromQL that are no metric. */
const LANGUAGE = new Set([
  ...'sum max min avg count by without topk rate increase histogram_quantile label_values and or unless on'.split(' '),
  ...'humanize humanizePercentage humanizeDuration'.split(' '),
]);

/** Names of series in an expression: words outside of braces, brackets and label lists. */
function seriesOf(expression: string): string[] {
  const bare = expression
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(?:by|without|on) *\([^)]*\)/g, ' ')
    .replaceAll(/label_values\(([^,)]*),[^)]*\)/g, ' $1 ');
  return (bare.match(/[a-zA-Z_:][\w:]*/g) ?? []).filter((word) => !LANGUAGE.has(word) && word !== 'up');
}

/** Labels that an expression selects or groups by. */
function labelsOf(expression: string): string[] {
  const selected = [...expression.matchAll(/[{,] *(\w+) *(?:=~|!~|!=|=)/g)].map(([, name = '']) => name);
  const grouped = [...expression.matchAll(/\bby *\(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */));
  return [...selected, ...grouped].filter((name) => !['job', 'instance', 'le'].includes(name));
}

/** Names and labels of every metric the plugin has, with the parts that histograms are read by. */
async function known(): Promise<{ series: Set<string>; labels: Set<string> }> {
  await using metrics = await startMetrics();
  const text = await metrics.text();
  const series = new Set<string>();
  for (const [, name = '', kind] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const parts = kind === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    for (const part of parts) series.add(`${name}${part}`);
  }
  const source = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const labels = new Set([...source.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
  return { series, labels };
}

const expressions = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr]));
const alerts = [...read('alerts.yml').matchAll(/alert: (\w+)\n +expr: (?:>-\n)?((?:.|\n(?! +(?:for|labels):))+)/g)].map(
  ([, name = '', expr = '']) => [name, expr] as const,
);

it('asks in every panel and every alert for metrics and labels that exist', async () => {
  const { series, labels } = await known();
  expect(expressions.length).toBeGreaterThan(40);
  expect(alerts.length).toBe(read('alerts.yml').match(/- alert:/g)?.length);
  for (const [title = '', expression = ''] of [...expressions, ...alerts]) {
    const wanted = seriesOf(expression);
    expect(wanted.length + (expression.includes('up{') ? 1 : 0), title).toBeGreaterThan(0);
    expect(
      wanted.filter((name) => !series.has(name)),
      `${title}: ${expression}`,
    ).toEqual([]);
    expect(
      labelsOf(expression).filter((name) => !labels.has(name)),
      `${title}: ${expression}`,
    ).toEqual([]);
  }
  for (const { query } of dashboard.templating.list) {
    if (typeof query !== 'string') expect(seriesOf(query.query).every((name) => series.has(name))).toBe(true);
  }
});

it('would notice a metric or a label that does not exist', () => {
  expect(seriesOf('sum by (state) (rate(mao_taks{state="queued"}[5m])) / up')).toEqual(['mao_taks']);
  expect(labelsOf('sum by (stat, le) (mao_tasks{sate="queued",instance=~"x"})')).toEqual(['sate', 'stat']);
});

it('shows every metric that the plugin has on the dashboard', async () => {
  const { series } = await known();
  const shown = expressions.map(([, expression]) => expression).join('\n');
  const hidden = [...series].filter((name) => !shown.includes(name.replace(/_(?:bucket|sum|count)$/, '')));
  expect(hidden).toEqual([
    'process_start_time_seconds',
    'nodejs_heap_size_total_bytes',
    'nodejs_external_memory_bytes',
    'nodejs_eventloop_lag_p50_seconds',
    'nodejs_eventloop_lag_p90_seconds',
  ]);
});

it('lays its panels out without overlap, each with an id of its own', () => {
  const { panels } = dashboard;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = new Set<string>();
  for (const { title, gridPos } of panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect(cells.has(`${x} ${y}`), title).toBe(false);
        cells.add(`${x} ${y}`);
      }
  }
});
