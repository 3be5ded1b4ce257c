import type { Chart } from '../report-model.js';

/** False where the numbers lie so far apart that their distance is no float, and no axis can hold them. */
export function isDrawable(chart: Chart): boolean {
  return spanIsFinite(numbersOf(chart, 'x')) && spanIsFinite(numbersOf(chart, 'y'));
}

function numbersOf(chart: Chart, axis: 'x' | 'y'): readonly (number | null)[] {
  const isX = axis === 'x';
  if (chart.type === 'scatter') return chart.points.map((point) => point[axis]);
  if (chart.type === 'histogram') return isX ? chart.bins.flatMap(({ from, to }) => [from, to]) : [];
  if (chart.type === 'box')
    return isX ? chart.boxes.flatMap(({ low, high, outliers }) => [low, high, ...outliers]) : [];
  return isX ? [] : [0, ...chart.series.flatMap(({ values }) => values)];
}

function spanIsFinite(numbers: readonly (number | null)[]): boolean {
  let [low, high] = [0, 0];
  for (const [index, value] of numbers.filter((number) => number !== null).entries()) {
    low = index === 0 ? value : Math.min(low, value);
    high = index === 0 ? value : Math.max(high, value);
  }
  return Number.isFinite((high - low) * 4);
}
