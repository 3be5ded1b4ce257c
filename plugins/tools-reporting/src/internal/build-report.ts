import { escapeMarkdown } from './escape.js';
import { invalid } from './faults.js';
import { barChart, boxChart, chartOf, histogramChart, lineChart, scatterChart } from './chart-builders.js';
import { inReadingOrder, labelOf } from './figure-labels.js';
import { boxOf, figuresOf } from './figures-of-data.js';
import { readData, type DataSet } from './read-data.js';
import { readMetrics, type ColumnFigures, type FittedLine, type MetricSet } from './read-metrics.js';
import type { ChartInput, ReportInput, SectionInput, TableInput } from './report-input.js';
import type { Block, Cell, Figure, Report, Section, Series, Table } from './report-model.js';
import { summaryOf } from './summary.js';

/** Charts are drawn for this many columns; the tables hold all of them. */
const MOST_CHARTED = 6;

/**
 * Makes a report of what was given: own sections first, then key figures and charts of metrics and data.
 *
 * @throws OrchestratorError TOOL_ARGUMENTS_INVALID when there is nothing but a title, or a chart has no numbers.
 */
export function buildReport(input: ReportInput): Report {
  const data = readData(input.data);
  const metrics = withFiguresOfData(readMetrics(input.metrics), data);
  const sections = [
    ...(input.sections ?? []).map((section) => sectionOf(section, data)),
    ...figureSections(metrics),
    ...chartSections(metrics, data),
    ...previewSections(data),
  ];
  const summary = input.summary?.trim() || escapeMarkdown(summaryOf(metrics));
  if (sections.length === 0 && summary === '') throw nothingToReport(input);
  return { title: input.title.trim() || 'Report', ...(summary === '' ? {} : { summary }), sections };
}

function nothingToReport({ data, metrics }: ReportInput): Error {
  const isEmpty = data === undefined && metrics === undefined;
  const found = isEmpty ? 'There is nothing but a title' : 'Neither data nor metrics hold a number';
  return invalid(`${found}: give metrics (the result of calculate_metrics), data (numbers), a summary, or sections.`);
}

function withFiguresOfData(metrics: MetricSet, data: DataSet): MetricSet {
  return metrics.columns.length > 0 ? metrics : { ...metrics, columns: data.series.map(figuresOf) };
}

function sectionOf(section: SectionInput, data: DataSet): Section {
  const metrics = section.metrics === undefined ? undefined : readMetrics(section.metrics);
  const blocks: Block[] = [];
  if (section.text?.trim()) blocks.push({ kind: 'text', text: section.text.trim() });
  if (metrics !== undefined)
    blocks.push(...metrics.columns.flatMap((column) => ({ kind: 'table', table: figureTable([column]) }) as const));
  if (section.table !== undefined) blocks.push({ kind: 'table', table: tableOf(section.table) });
  if (section.chart !== undefined) blocks.push(chartBlock(section.heading, section.chart, data));
  return { heading: section.heading.trim() || 'Section', blocks };
}

function chartBlock(heading: string, chart: ChartInput, data: DataSet): Block {
  const own: readonly Series[] | undefined =
    chart.series ??
    (chart.values === undefined ? undefined : [{ name: chart.yLabel ?? 'values', values: chart.values }]);
  const labels = chart.labels ?? (own === undefined ? data.labels : undefined);
  const drawn = chartOf(chart.type, own ?? data.series, { ...chart, title: chart.title ?? undefined, labels });
  if (drawn !== undefined) return { kind: 'chart', chart: drawn };
  throw invalid(
    `The ${chart.type} chart of section "${heading.slice(0, 60)}" has no numbers that can be drawn: give it values or series, or give the report data.`,
  );
}

function tableOf({ caption, columns, rows }: TableInput): Table {
  const keys = columns ?? [
    ...new Set(rows.flatMap((row) => (isList(row) ? row.map((_, index) => `Column ${index + 1}`) : Object.keys(row)))),
  ];
  const cells = rows.map((row) =>
    keys.map((key, index) =>
      isList(row) ? (row[index] ?? null) : Object.hasOwn(row, key) ? (row[key] ?? null) : null,
    ),
  );
  return { ...(caption === undefined ? {} : { caption }), columns: keys.map((key) => key || '–'), rows: cells };
}

function isList(row: TableInput['rows'][number]): row is Cell[] {
  return Array.isArray(row);
}

const HEADLINES = ['count', 'mean', 'median', 'sampleStandardDeviation', 'min', 'max'];

function figureSections(metrics: MetricSet): readonly Section[] {
  const [first, ...others] = metrics.columns;
  if (first === undefined) return [];
  const blocks: Block[] = [];
  const headlines = headlinesOf(first);
  if (others.length === 0 && headlines.length > 1) blocks.push({ kind: 'figures', figures: headlines });
  blocks.push({ kind: 'table', table: figureTable(metrics.columns) });
  return [{ heading: 'Key figures', blocks }, ...relationSections(metrics)];
}

function headlinesOf({ figures }: ColumnFigures): readonly Figure[] {
  return HEADLINES.flatMap((key) => {
    const value = figures.get(key);
    return value === undefined || value === null ? [] : [{ label: labelOf(key), value }];
  });
}

function figureTable(columns: readonly ColumnFigures[]): Table {
  const keys = inReadingOrder(new Set(columns.flatMap(({ figures }) => [...figures.keys()])));
  return {
    columns: ['Figure', ...columns.map(({ name }) => (columns.length === 1 && name === 'values' ? 'Value' : name))],
    rows: keys.map((key) => [labelOf(key), ...columns.map(({ figures }) => figures.get(key) ?? null)]),
  };
}

function relationSections({ correlation, lines }: MetricSet): readonly Section[] {
  const blocks: Block[] = [];
  if (correlation !== undefined) {
    const { columns, matrix } = correlation;
    const rows = columns.map((name, index): readonly Cell[] => [name, ...(matrix[index] ?? columns.map(() => null))]);
    blocks.push({ kind: 'table', table: { caption: 'Correlation (Pearson)', columns: ['', ...columns], rows } });
  }
  if (lines.length > 0) {
    const rows = lines.map(({ x, y, slope, intercept, rSquared }): readonly Cell[] => [
      y,
      x,
      slope,
      intercept,
      rSquared ?? null,
    ]);
    const columns = ['y', 'x', 'Slope', 'Intercept', 'R²'];
    blocks.push({ kind: 'table', table: { caption: 'Linear regression, y = intercept + slope × x', columns, rows } });
  }
  return blocks.length === 0 ? [] : [{ heading: 'Relations', blocks }];
}

function chartSections(metrics: MetricSet, data: DataSet): readonly Section[] {
  const names = new Set([...data.series.map(({ name }) => name), ...metrics.columns.map(({ name }) => name)]);
  const sections = [...names].slice(0, MOST_CHARTED).map((name): Section => {
    const series = data.series.find((one) => one.name === name);
    const column = metrics.columns.find((one) => one.name === name);
    return {
      heading: names.size === 1 ? 'Charts' : `Charts of ${name}`,
      blocks: columnCharts(series, column, data.labels),
    };
  });
  const best = bestLine(metrics, data);
  return [...(best === undefined ? [] : [best]), ...sections].filter(({ blocks }) => blocks.length > 0);
}

function columnCharts(
  series: Series | undefined,
  column: ColumnFigures | undefined,
  labels: readonly string[] | undefined,
): readonly Block[] {
  const name = series?.name ?? column?.name ?? 'values';
  const blocks: Block[] = [];
  if (series !== undefined) {
    const isLabelled = labels !== undefined && series.values.length <= 30;
    blocks.push({ kind: 'chart', chart: isLabelled ? barChart([series], {}, labels) : lineChart([series]) });
  }
  const histogram = histogramChart(series ?? { name, values: [] }, {}, column?.bins);
  if (histogram.bins.length > 0) blocks.push({ kind: 'chart', chart: histogram });
  const box = (series === undefined ? undefined : boxOf(series)) ?? column?.box;
  if (box !== undefined) blocks.push({ kind: 'chart', chart: boxChart([box]) });
  return blocks;
}

/** The pair with the best fit, as a picture; the table holds all. */
function bestLine({ lines }: MetricSet, { series }: DataSet): Section | undefined {
  const drawable = lines.flatMap((line) => {
    const x = series.find(({ name }) => name === line.x);
    const y = series.find(({ name }) => name === line.y);
    return x === undefined || y === undefined ? [] : [{ line, x, y }];
  });
  const best = drawable.toSorted((a, b) => fit(b.line) - fit(a.line))[0];
  if (best === undefined) return undefined;
  return {
    heading: 'Closest relation',
    blocks: [{ kind: 'chart', chart: scatterChart(best.x, best.y, {}, best.line) }],
  };
}

function fit({ rSquared }: FittedLine): number {
  return rSquared ?? 0;
}

function previewSections({ preview }: DataSet): readonly Section[] {
  if (preview === undefined || preview.rows.length === 0 || preview.columns.length === 0) return [];
  return [{ heading: 'Data', blocks: [{ kind: 'table', table: preview }] }];
}
