import { assertNever } from '@master-orchestrator/contracts';
import { escapeHtml } from '../escape.js';
import type { Chart } from '../report-model.js';
import { drawBars, drawHistogram } from './bars.js';
import { drawBoxes } from './boxes.js';
import { drawLines, drawPoints } from './lines.js';
import type { Drawing } from './drawing.js';
import { element } from './svg.js';
import { WIDTH } from './frame.js';

/**
 * A chart as one `svg` element with a title and a description for screen readers. Colours come from the classes of
 * the page.
 *
 * @param id - Unique in the page.
 */
export function drawChart(chart: Chart, id: string): string {
  const { height, content } = bodyOf(chart);
  const words =
    element('title', { id: `${id}-title` }, escapeHtml(chart.title) || ' ') +
    element('desc', { id: `${id}-desc` }, escapeHtml(chart.description) || ' ');
  const attributes = {
    class: 'chart',
    viewBox: `0 0 ${WIDTH} ${height}`,
    role: 'img',
    'aria-labelledby': `${id}-title ${id}-desc`,
    xmlns: 'http://www.w3.org/2000/svg',
  };
  return element('svg', attributes, words + content);
}

function bodyOf(chart: Chart): Drawing {
  switch (chart.type) {
    case 'bar':
      return drawBars(chart);
    case 'histogram':
      return drawHistogram(chart);
    case 'line':
      return drawLines(chart);
    case 'scatter':
      return drawPoints(chart);
    case 'box':
      return drawBoxes(chart);
    default:
      return assertNever(chart);
  }
}
