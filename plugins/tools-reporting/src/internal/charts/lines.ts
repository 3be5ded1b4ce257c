import { line } from 'd3-shape';
import { formatNumber } from '../format-number.js';
import type { LineChart, ScatterChart } from '../report-model.js';
import type { Drawing } from './drawing.js';
import { bottomAxis, bottomWords, colourOf, frameOf, leftAxis, linearScale } from './frame.js';
import { legend } from './legend.js';
import { element, tooltip } from './svg.js';

/** Up to this many values are also drawn as dots. */
const MOST_DOTS = 60;

/** Lines with gaps where values are missing. */
export function drawLines(chart: LineChart): Drawing {
  const frame = frameOf();
  const x = linearScale(chart.x, [frame.left + 10, frame.right - 10]);
  if (chart.x.length > 1) x.domain([chart.x[0] ?? 0, chart.x.at(-1) ?? 1]);
  const values = chart.series.flatMap((series) => series.values.filter((value) => value !== null));
  const y = linearScale(values, [frame.bottom, frame.top]);
  const xOf = (index: number): number => x(chart.x[index] ?? 0);
  const path = line<number | null>()
    .defined((value) => value !== null)
    .x((_, index) => xOf(index))
    .y((value) => y(value ?? 0))
    .digits(2);
  const drawn = chart.series.map(({ name, values: own }, nth) => {
    const dots =
      own.length > MOST_DOTS
        ? []
        : own.map((value, index) =>
            value === null ? '' : dot(xOf(index), y(value), nth, `${name}: ${formatNumber(value)}`),
          );
    return element('path', { d: path(own) ?? '', class: `stroke ${colourOf(nth)}` }) + dots.join('');
  });
  const axis =
    chart.labels === undefined
      ? bottomAxis(x, frame, chart.xLabel ?? '', { isWhole: true })
      : bottomWords(chart.labels, xOf, frame, chart.xLabel ?? '');
  const axes = leftAxis(y, frame, chart.yLabel ?? '') + axis;
  return { height: frame.height, content: axes + drawn.join('') + legend(chart.series, frame) };
}

/** Points, and the line fitted to them as far as they reach. */
export function drawPoints(chart: ScatterChart): Drawing {
  const frame = frameOf();
  const xs = chart.points.map((point) => point.x);
  const x = linearScale(xs, [frame.left, frame.right]);
  const ends = xs.length === 0 ? [] : [xs.reduce((a, b) => Math.min(a, b)), xs.reduce((a, b) => Math.max(a, b))];
  const { slope = 0, intercept = 0 } = chart.line ?? {};
  const fitted = chart.line === undefined ? [] : ends.map((end) => ({ x: end, y: intercept + slope * end }));
  const y = linearScale(
    [...chart.points, ...fitted].map((point) => point.y),
    [frame.bottom, frame.top],
  );
  const dots = chart.points.map((point) =>
    dot(x(point.x), y(point.y), 0, `${formatNumber(point.x)}, ${formatNumber(point.y)}`),
  );
  const [from, to] = fitted;
  const straight =
    from === undefined || to === undefined
      ? ''
      : element('line', { x1: x(from.x), y1: y(from.y), x2: x(to.x), y2: y(to.y), class: `stroke ${colourOf(1)}` });
  const axes = leftAxis(y, frame, chart.yLabel ?? '') + bottomAxis(x, frame, chart.xLabel ?? '', { isLined: true });
  return { height: frame.height, content: axes + dots.join('') + straight };
}

function dot(cx: number, cy: number, nth: number, words: string): string {
  return element('circle', { cx, cy, r: 3.5, class: `fill ${colourOf(nth)}` }, tooltip(words));
}
