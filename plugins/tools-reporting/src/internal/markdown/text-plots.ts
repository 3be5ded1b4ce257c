import { assertNever } from '@master-orchestrator/contracts';
import { chartTable } from '../chart-table.js';
import { formatNumber } from '../format-number.js';
import type { BarChart, Chart, HistogramChart, LineChart, Series } from '../report-model.js';

const BAR_WIDTH = 40;
const MOST_BARS = 40;
const LINE_WIDTH = 60;
const LEVELS = '▁▂▃▄▅▆▇█';
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A chart in characters, for a block of code; `undefined` where a table says more. */
export function textPlot(chart: Chart): string | undefined {
  switch (chart.type) {
    case 'histogram':
      return plotHistogram(chart);
    case 'bar':
      return plotBars(chart);
    case 'line':
      return plotLines(chart);
    case 'box':
    case 'scatter':
      return undefined;
    default:
      return assertNever(chart);
  }
}

/** True where the table of the chart is short enough to stand in the text. */
export function hasShortTable(chart: Chart): boolean {
  return chartTable(chart).rows.length <= 20;
}

function plotHistogram({ bins }: HistogramChart): string {
  const rows = bins.map(({ from, to, count }) => ({
    label: `${formatNumber(from)} to ${formatNumber(to)}`,
    value: count,
  }));
  return barsOf(rows.slice(0, MOST_BARS));
}

function plotBars({ labels, series }: BarChart): string | undefined {
  const [first] = series;
  if (first === undefined || series.length > 1) return undefined;
  const rows = first.values.map((value, index) => ({ label: clean(labels[index] ?? '', 30), value: value ?? 0 }));
  return rows.some(({ value }) => value < 0) ? undefined : barsOf(rows.slice(0, MOST_BARS));
}

function barsOf(rows: readonly { readonly label: string; readonly value: number }[]): string {
  const largest = Math.max(...rows.map(({ value }) => value), Number.MIN_VALUE);
  const width = Math.max(...rows.map(({ label }) => label.length));
  return rows
    .map(({ label, value }) => {
      const eighths = Math.round((value / largest) * BAR_WIDTH * 8);
      const bar = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
      return `${label.padStart(width)} │${bar} ${formatNumber(value)}`;
    })
    .join('\n');
}

function plotLines({ series }: LineChart): string {
  const width = Math.max(...series.map(({ name }) => clean(name, 20).length));
  return series.map((one) => `${clean(one.name, 20).padStart(width)} ${sparkline(one)}`).join('\n');
}

function sparkline({ values }: Series): string {
  const numbers = values.filter((value) => value !== null);
  const low = numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const step = Math.max(1, values.length / LINE_WIDTH);
  const marks = Array.from({ length: Math.ceil(values.length / step) }, (_, index) => {
    const value = values[Math.floor(index * step)];
    if (value === null || value === undefined) return ' ';
    const portion = high > low ? (value - low) / (high - low) : 0.5;
    return LEVELS[Math.min(LEVELS.length - 1, Math.floor(portion * LEVELS.length))] ?? LEVELS[0];
  });
  return `${marks.join('')} (${formatNumber(low)} to ${formatNumber(high)})`;
}

/** Words that cannot end a block of code. */
function clean(text: string, longest: number): string {
  const line = Array.from(text.replaceAll(/[\s`]+/g, ' '));
  return line.length > longest ? `${line.slice(0, longest - 1).join('')}…` : line.join('');
}
