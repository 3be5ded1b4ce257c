import { styleText } from 'node:util';
import type { OutStream } from '../cli/io.js';

/** Paints text for one stream; returns it as it is where the stream wants no colour. */
export interface Colors {
  readonly isOn: boolean;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

type Style = Parameters<typeof styleText>[0];

/**
 * Colours for a stream: on a terminal that has them, unless NO_COLOR, NODE_DISABLE_COLORS or TERM=dumb say no;
 * FORCE_COLOR says yes for a pipe too. Node reads these variables, stream by stream.
 *
 * @param isWanted - False turns colours off whatever the stream is.
 */
export function colorsFor(stream: OutStream, isWanted: boolean): Colors {
  const isOn = isWanted && styleText('red', 'x', { stream: stream }) !== 'x';
  const paint =
    (style: Style) =>
    (text: string): string =>
      isOn ? styleText(style, text, { validateStream: false }) : text;
  return {
    isOn,
    bold: paint('bold'),
    dim: paint('dim'),
    red: paint('red'),
    green: paint('green'),
    yellow: paint('yellow'),
    cyan: paint('cyan'),
  };
}
