import type { Series } from '../report-model.js';
import { colourOf, type Frame } from './frame.js';
import { element, textElement } from './svg.js';

const MOST_NAMES = 6;

/** Names of the series with their colours, at the upper right; none for a single series. */
export function legend(series: readonly Series[], frame: Frame): string {
  if (series.length < 2) return '';
  const shown = series.slice(0, MOST_NAMES);
  const width = Math.floor((frame.right - frame.left) / shown.length);
  return shown
    .map(({ name }, index) => {
      const x = frame.left + index * width;
      const mark = element('rect', { x, y: 1, width: 10, height: 10, class: `fill ${colourOf(index)}` });
      return mark + textElement(name, { x: x + 15, y: 10 }, Math.max(4, Math.floor((width - 20) / 7)));
    })
    .join('');
}
