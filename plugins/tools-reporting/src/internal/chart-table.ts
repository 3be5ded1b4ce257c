import { assertNever } from '@master-orchestrator/contracts';
import type { Cell, Chart, Table } from './report-model.js';

const MOST_ROWS = 100;

/** The numbers of a chart as a table, for those who cannot see it; the first 100 rows. */
export function chartTable(chart: Chart): Table {
  const { columns, rows } = contentOf(chart);
  if (rows.length <= MOST_ROWS) return { columns, rows };
  return { caption: `First ${MOST_ROWS} of ${rows.length} rows`, columns, rows: rows.slice(0, MOST_ROWS) };
}

function contentOf(chart: Chart): { readonly columns: readonly string[]; readonly rows: readonly (readonly Cell[])[] } {
  switch (chart.type) {
    case 'histogram':
      return { columns: ['From', 'To', 'Count'], rows: chart.bins.map(({ from, to, count }) => [from, to, count]) };
    case 'scatter':
      return { columns: [chart.xLabel || 'x', chart.yLabel || 'y'], rows: chart.points.map(({ x, y }) => [x, y]) };
    case 'box':
      return {
        columns: ['Name', 'Lower whisker', 'Q1', 'Median', 'Q3', 'Upper whisker', 'Outliers'],
        rows: chart.boxes.map((box) => [box.name, box.low, box.q1, box.median, box.q3, box.high, box.outliers.length]),
      };
    case 'bar':
    case 'line': {
      const words: readonly Cell[] = chart.type === 'bar' ? chart.labels : (chart.labels ?? chart.x);
      const rows = words.map((word, index) => [word, ...chart.series.map(({ values }) => values[index] ?? null)]);
      return { columns: [chart.xLabel || 'Position', ...chart.series.map(({ name }) => name)], rows };
    }
    default:
      return assertNever(chart);
  }
}
