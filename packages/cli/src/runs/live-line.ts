import type { Output } from '../output/output.js';
import { excerpt } from '../output/format.js';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
const CLEAR = '\r\u001B[2K';

/** Lines about the work on stderr, and on a terminal one more below them that tells what is under way. */
export class LiveLine {
  readonly #output: Output;
  #status: (() => string) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #frame = 0;
  #isShown = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Prints a line that stays. */
  print(line: string): void {
    this.#clear();
    this.#output.note(line);
    this.#draw();
  }

  /** What is under way; asked for anew with each frame. `undefined`: nothing. */
  show(status: (() => string) | undefined): void {
    this.#status = status;
    if (!this.#output.isLive) return;
    if (status === undefined) this.stop();
    else {
      this.#timer ??= setInterval(() => this.#draw(), FRAME_MS).unref();
      this.#draw();
    }
  }

  /** Takes the line away: the work is done, or a person is asked something. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#clear();
  }

  #draw(): void {
    if (this.#status === undefined || this.#timer === undefined) return;
    this.#frame = (this.#frame + 1) % FRAMES.length;
    const text = excerpt(`${FRAMES[this.#frame] ?? ''} ${this.#status()}`, this.#output.columns - 1);
    this.#output.raw(`${CLEAR}${this.#output.noteColors.dim(text)}`);
    this.#isShown = true;
  }

  #clear(): void {
    if (this.#isShown) this.#output.raw(CLEAR);
    this.#isShown = false;
  }
}
