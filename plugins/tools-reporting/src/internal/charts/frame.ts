import { scaleLinear, type ScaleLinear } from 'd3-scale';
import { element, textElement } from './svg.js';

/** Size of every chart, in pixels of its own coordinates. */
export const WIDTH = 720;
const HEIGHT = 320;
const MARGIN = { top: 16, right: 20, bottom: 52, left: 72 };

/** The drawing area of a chart. */
export interface Frame {
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A frame of the usual size, or of another height. */
export function frameOf(height = HEIGHT): Frame {
  return { height, left: MARGIN.left, right: WIDTH - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
}

/** Floats near their smallest have no room for steps between them. */
const SMALLEST_SPAN = 1e-290;

/** A linear scale that also holds where all values are equal, or too far apart for floats. */
export function linearScale(values: readonly number[], range: readonly [number, number]): ScaleLinear<number, number> {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!(high >= low) || !Number.isFinite((high - low) * 4)) [low, high] = [0, 1];
  if (high - low < SMALLEST_SPAN && Math.abs(low) < SMALLEST_SPAN) [low, high] = [-1, 1];
  if (low === high) [low, high] = [low - Math.abs(low) / 2, high + Math.abs(high) / 2];
  const scale = scaleLinear()
    .domain([low, high])
    .range([...range]);
  return low + (high - low) / 1e6 === low ? scale : scale.nice(6);
}

/** Numbers along the left edge, with lines across. */
export function leftAxis(
  scale: ScaleLinear<number, number>,
  frame: Frame,
  label: string,
  { isWhole = false }: { readonly isWhole?: boolean } = {},
): string {
  const values = scale.ticks(6).filter((value) => !isWhole || Number.isInteger(value));
  const format = isWhole ? String : scale.tickFormat(6);
  const ticks = values.map((value) => {
    const y = scale(value);
    const line = element('line', { x1: frame.left, x2: frame.right, y1: y, y2: y, class: 'grid' });
    return line + textElement(format(value), { x: frame.left - 8, y: y + 4, 'text-anchor': 'end' }, 14);
  });
  const middle = (frame.top + frame.bottom) / 2;
  const title =
    label === ''
      ? ''
      : textElement(label, { x: 16, y: middle, class: 'axis-title', transform: `rotate(-90 16 ${middle})` });
  return ticks.join('') + title;
}

/** Numbers along the lower edge; `isLined` draws lines across. */
export function bottomAxis(
  scale: ScaleLinear<number, number>,
  frame: Frame,
  label: string,
  { isLined = false, isWhole = false }: { readonly isLined?: boolean; readonly isWhole?: boolean } = {},
): string {
  const format = isWhole ? String : scale.tickFormat(8);
  const ticks = scale.ticks(8).filter((value) => !isWhole || Number.isInteger(value));
  const marks = ticks.map((value) => {
    const x = scale(value);
    const y1 = isLined ? frame.top : frame.bottom;
    const line = element('line', { x1: x, x2: x, y1, y2: frame.bottom + 4, class: isLined ? 'grid' : 'axis' });
    return line + textElement(format(value), { x, y: frame.bottom + 18, 'text-anchor': 'middle' }, 14);
  });
  return baseLine(frame) + marks.join('') + bottomTitle(frame, label);
}

/** Words along the lower edge, as many as have room. */
export function bottomWords(
  words: readonly string[],
  xOf: (index: number) => number,
  frame: Frame,
  label: string,
): string {
  const step = Math.max(1, Math.ceil(words.length / 12));
  const shown = Math.ceil(words.length / step);
  const room = Math.max(4, Math.floor((frame.right - frame.left) / Math.max(1, shown) / 7));
  const texts = words.map((word, index) =>
    index % step === 0 ? textElement(word, { x: xOf(index), y: frame.bottom + 18, 'text-anchor': 'middle' }, room) : '',
  );
  return baseLine(frame) + texts.join('') + bottomTitle(frame, label);
}

function baseLine(frame: Frame): string {
  return element('line', { x1: frame.left, x2: frame.right, y1: frame.bottom, y2: frame.bottom, class: 'axis' });
}

function bottomTitle(frame: Frame, label: string): string {
  if (label === '') return '';
  return textElement(label, { x: (frame.left + frame.right) / 2, y: frame.height - 10, class: 'axis-title' }, 80);
}

/** Colour class of the nth series. */
export function colourOf(index: number): string {
  return `s${index % 6}`;
}
