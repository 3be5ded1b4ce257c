import { scaleBand } from 'd3-scale';
import { formatNumber } from '../format-number.js';
import type { BarChart, HistogramChart } from '../report-model.js';
import type { Drawing } from './drawing.js';
import { bottomAxis, bottomWords, colourOf, frameOf, leftAxis, linearScale } from './frame.js';
import { legend } from './legend.js';
import { element, tooltip } from './svg.js';

/** Bars from zero, side by side for each label. */
export function drawBars(chart: BarChart): Drawing {
  const frame = frameOf();
  const values = chart.series.flatMap((series) => series.values.filter((value) => value !== null));
  const y = linearScale([0, ...values], [frame.bottom, frame.top]);
  const positions = chart.labels.map((_, index) => index);
  const x = scaleBand<number>(positions, [frame.left, frame.right]).paddingInner(0.2).paddingOuter(0.1);
  const width = x.bandwidth() / chart.series.length;
  const bars = chart.series.flatMap(({ name, values: own }, nth) =>
    own.map((value, index) => {
      if (value === null) return '';
      const [top, bottom] = [y(Math.max(0, value)), y(Math.min(0, value))];
      const place = { x: (x(index) ?? frame.left) + nth * width, y: top, width: Math.max(0.5, width - 1) };
      const words = `${chart.labels[index] ?? ''}, ${name}: ${formatNumber(value)}`;
      return element('rect', { ...place, height: bottom - top, class: `fill ${colourOf(nth)}` }, tooltip(words));
    }),
  );
  const xOf = (index: number): number => (x(index) ?? frame.left) + x.bandwidth() / 2;
  const axes = leftAxis(y, frame, chart.yLabel ?? '') + bottomWords(chart.labels, xOf, frame, chart.xLabel ?? '');
  return { height: frame.height, content: axes + bars.join('') + legend(chart.series, frame) };
}

/** Bars that adjoin, as wide as their bins. */
export function drawHistogram(chart: HistogramChart): Drawing {
  const frame = frameOf();
  const x = linearScale(
    chart.bins.flatMap(({ from, to }) => [from, to]),
    [frame.left, frame.right],
  );
  const y = linearScale([0, ...chart.bins.map(({ count }) => count)], [frame.bottom, frame.top]);
  const bars = chart.bins.map(({ from, to, count }) => {
    const [left, right] = from === to ? [x(from) - 20, x(from) + 20] : [x(from), x(to)];
    const top = y(count);
    const words = `${formatNumber(from)} to ${formatNumber(to)}: ${count}`;
    const place = { x: left + 0.5, y: top, width: Math.max(0.5, right - left - 1), height: frame.bottom - top };
    return element('rect', { ...place, class: `fill ${colourOf(0)}` }, tooltip(words));
  });
  const axes = leftAxis(y, frame, chart.yLabel ?? '', { isWhole: true }) + bottomAxis(x, frame, chart.xLabel ?? '');
  return { height: frame.height, content: axes + bars.join('') };
}
