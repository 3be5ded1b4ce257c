import type { Io } from '../cli/io.js';
import { colorsFor, type Colors } from './colors.js';

/** How a command prints. */
export interface OutputOptions {
  /** One JSON document, or one a line, on stdout; nothing else. */ readonly isJson: boolean;
  /** False: no colour, whatever the terminal says. */ readonly wantsColor: boolean;
}

/**
 * The one place that writes. Results go to stdout; what is said about the work goes to stderr, so that a result can be
 * piped. With `--json` stdout holds JSON alone, and stderr only what is wrong.
 */
export class Output {
  readonly isJson: boolean;
  /** Colours of stdout. */ readonly colors: Colors;
  /** Colours of stderr. */ readonly noteColors: Colors;
  readonly #io: Io;

  constructor(io: Io, { isJson, wantsColor }: OutputOptions) {
    this.#io = io;
    this.isJson = isJson;
    this.colors = colorsFor(io.stdout, wantsColor && !isJson);
    this.noteColors = colorsFor(io.stderr, wantsColor);
  }

  /** True where stderr is a terminal that a line can be rewritten on. */
  get isLive(): boolean {
    return !this.isJson && this.#io.stderr.isTTY === true && this.noteColors.isOn;
  }

  /** Columns of stderr; some terminals say none. */
  get columns(): number {
    return this.#io.stderr.columns || 80;
  }

  /** A line of the result, for people. Nothing with `--json`. */
  line(text = ''): void {
    if (!this.isJson) this.#io.stdout.write(`${text}\n`);
  }

  /** A line about the work, for people. Nothing with `--json`. */
  note(text: string): void {
    if (!this.isJson) this.#io.stderr.write(`${text}\n`);
  }

  /** A line on stderr in every mode: something is wrong, but the command goes on. */
  warn(text: string): void {
    this.#io.stderr.write(`${this.noteColors.yellow('warning')} ${text}\n`);
  }

  /** Text on stderr as it is, in every mode. */
  raw(text: string): void {
    this.#io.stderr.write(text);
  }

  /** Text on stdout as it is, in every mode: scripts and help. */
  text(text: string): void {
    this.#io.stdout.write(text);
  }

  /** The result: a JSON document with `--json`, else whatever `render` prints. */
  result(document: unknown, render: () => void): void {
    if (this.isJson) this.#io.stdout.write(`${JSON.stringify(document)}\n`);
    else render();
  }

  /** One JSON document of a stream. Nothing without `--json`. */
  json(document: unknown): void {
    if (this.isJson) this.#io.stdout.write(`${JSON.stringify(document)}\n`);
  }
}
