import { Utf8Text } from './utf8-text.js';

const SPACE = 32;

/** One event of an event stream: its name, where it has one, and its lines of data joined by newlines. */
export type SseListener = (data: string, name: string | undefined) => void;

/**
 * Reads an event stream (`text/event-stream`, WHATWG HTML, section 9.2) from bytes, wherever they were cut: LF, CRLF
 * and CR line ends, comments, a byte order mark, several lines of data. `id` and `retry` mean nothing here. A line is
 * kept as a rope until its end arrives, so that a long event costs no more in many pieces than in one.
 */
export class SseReader {
  readonly #listener: SseListener;
  readonly #utf8 = new Utf8Text();
  #rest = '';
  #isAfterCr = false;
  #data: string | undefined;
  #name: string | undefined;

  constructor(listener: SseListener) {
    this.#listener = listener;
  }

  /** Takes the next bytes; events that they complete go to the listener before this returns. */
  push(chunk: Buffer): void {
    this.#take(this.#utf8.decode(chunk));
  }

  /** Ends the stream: an event that lacks only its empty line is delivered too. */
  end(): void {
    this.#take(this.#utf8.end());
    if (this.#rest.length > 0) this.#wholeLine('');
    this.#dispatch();
  }

  #take(arrived: string): void {
    let text = arrived;
    if (this.#isAfterCr && text.length > 0) {
      this.#isAfterCr = false;
      if (text.charCodeAt(0) === 10) text = text.slice(1);
    }
    let lf = text.indexOf('\n');
    let cr = text.indexOf('\r');
    let from = 0;
    while (lf !== -1 || cr !== -1) {
      const isCr = cr !== -1 && (lf === -1 || cr < lf);
      const end = isCr ? cr : lf;
      const start = from;
      from = end + 1;
      if (isCr && lf === from) from += 1;
      else if (isCr && from === text.length) this.#isAfterCr = true;
      if (this.#rest.length === 0) this.#line(text, start, end);
      else this.#wholeLine(text.slice(start, end));
      if (lf !== -1 && lf < from) lf = text.indexOf('\n', from);
      if (isCr) cr = text.indexOf('\r', from);
    }
    if (from < text.length) this.#rest += from === 0 ? text : text.slice(from);
  }

  /** Takes a line whose beginning came before. */
  #wholeLine(ending: string): void {
    const line = this.#rest + ending;
    this.#rest = '';
    this.#line(line, 0, line.length);
  }

  /** Takes the line that stands in a text from one place to another; only its value is cut out. */
  #line(text: string, start: number, end: number): void {
    if (start === end) return this.#dispatch();
    if (text.startsWith('data:', start)) {
      const value = text.slice(text.charCodeAt(start + 5) === SPACE ? start + 6 : start + 5, end);
      this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    } else if (text.startsWith('event:', start)) {
      this.#name = text.slice(start + 6, end).trim();
    }
  }

  #dispatch(): void {
    const data = this.#data;
    const name = this.#name;
    this.#data = undefined;
    this.#name = undefined;
    if (data !== undefined && data.length > 0) this.#listener(data, name);
  }
}
