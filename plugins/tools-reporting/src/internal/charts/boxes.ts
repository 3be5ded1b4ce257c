import { formatNumber } from '../format-number.js';
import type { Box, BoxChart } from '../report-model.js';
import type { Drawing } from './drawing.js';
import { bottomAxis, colourOf, frameOf, linearScale, type Frame } from './frame.js';
import { element, textElement, tooltip } from './svg.js';
import type { ScaleLinear } from 'd3-scale';

const ROW = 64;

/** Lying boxes, one below the other, over a common axis. */
export function drawBoxes(chart: BoxChart): Drawing {
  const frame = frameOf(ROW * Math.max(1, chart.boxes.length) + 68);
  const x = linearScale(
    chart.boxes.flatMap(({ low, high, outliers }) => [low, high, ...outliers]),
    [frame.left, frame.right],
  );
  const boxes = chart.boxes.map((box, index) => drawBox(box, x, frame, index));
  const axis = bottomAxis(x, frame, chart.xLabel ?? '', { isLined: true });
  return { height: frame.height, content: axis + boxes.join('') };
}

function drawBox(box: Box, x: ScaleLinear<number, number>, frame: Frame, nth: number): string {
  const middle = frame.top + ROW * (nth + 0.5);
  const half = 16;
  const line = (x1: number, x2: number, y1: number, y2: number, kind = 'whisker'): string =>
    element('line', { x1: x(x1), x2: x(x2), y1, y2, class: kind });
  const words = `${box.name}: Q1 ${formatNumber(box.q1)}, median ${formatNumber(box.median)}, Q3 ${formatNumber(box.q3)}`;
  const place = { x: x(box.q1), y: middle - half, width: Math.max(1, x(box.q3) - x(box.q1)), height: 2 * half };
  const parts = [
    line(box.low, box.q1, middle, middle),
    line(box.q3, box.high, middle, middle),
    line(box.low, box.low, middle - 8, middle + 8),
    line(box.high, box.high, middle - 8, middle + 8),
    element('rect', { ...place, class: `box ${colourOf(nth)}` }, tooltip(words)),
    line(box.median, box.median, middle - half, middle + half, 'median'),
    ...box.outliers.map((value) =>
      element(
        'circle',
        { cx: x(value), cy: middle, r: 3.5, class: `outlier ${colourOf(nth)}` },
        tooltip(formatNumber(value)),
      ),
    ),
    textElement(box.name, { x: frame.left - 8, y: middle + 4, 'text-anchor': 'end' }, 10),
  ];
  return parts.join('');
}
