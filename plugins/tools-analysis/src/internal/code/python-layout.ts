import { BracketCheck, lineOf } from './bracket-check.js';
import type { CodeFault } from './code-report.js';
import type { Place, VisitedNode } from './tree-walk.js';

const BLOCK_WORDS = new Set(['if', 'elif', 'else', 'for', 'while', 'def', 'class', 'try', 'except', 'finally', 'with']);
const TAB = 8;

/**
 * Checks what the grammar of Python lets pass: indentation, and the colon that opens a block. Works on tokens, so that
 * strings, comments and brackets over several lines do not disturb it.
 */
export class PythonLayout {
  readonly #lines: readonly string[];
  readonly #brackets = new BracketCheck();
  readonly #indents: number[] = [0];
  readonly #faults: CodeFault[] = [];
  /** The block word at the start of the line at hand, where there is one. */ #word: VisitedNode | undefined;
  #hasColon = false;
  /** Strings within each other: text on further lines begins no line of code. */ #strings = 0;
  /** The last token of the line at hand. */ #last: VisitedNode | undefined;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  /** Takes the next token; comments are no tokens. */
  token(token: VisitedNode): void {
    if (this.#last === undefined || this.#startsLine(token)) this.#beginLine(token);
    if (token.type === ':' && !this.#isInside) this.#hasColon = true;
    if (token.type === 'string_start') this.#strings += 1;
    if (token.type === 'string_end') this.#strings -= 1;
    this.#brackets.token(token);
    this.#last = token;
  }

  /** What was found after the last token. */
  end(): readonly CodeFault[] {
    this.#endLine();
    if (this.#opensBlock()) this.#fault(this.#last?.start, 'expected an indented block after this line');
    return this.#faults;
  }

  get #isInside(): boolean {
    return this.#brackets.isInside || this.#strings > 0;
  }

  #startsLine({ start }: VisitedNode): boolean {
    const { row, column } = this.#last?.end ?? { row: 0, column: 0 };
    const isContinued = (this.#lines[row] ?? '').slice(column).trim() === '\\';
    return start.row > row && !this.#isInside && !isContinued;
  }

  #beginLine(token: VisitedNode): void {
    this.#endLine();
    this.#checkIndent(token);
    this.#word = BLOCK_WORDS.has(token.type) ? token : undefined;
    this.#hasColon = false;
  }

  #endLine(): void {
    const isUnfinished = this.#word !== undefined && !this.#hasColon && !this.#isInside;
    if (isUnfinished) this.#fault(this.#last?.end, `expected ":" at the end of the "${this.#word?.type}" line`);
  }

  #checkIndent({ start }: VisitedNode): void {
    const indent = widthOf((this.#lines[start.row] ?? '').slice(0, start.column));
    const current = this.#indents.at(-1) ?? 0;
    if (this.#opensBlock()) {
      if (indent > current) this.#indents.push(indent);
      else this.#fault(start, 'expected an indented block');
      if (indent > current) return;
    } else if (indent > current) {
      this.#fault(start, 'unexpected indent');
      this.#indents.push(indent);
      return;
    }
    while ((this.#indents.at(-1) ?? 0) > indent) this.#indents.pop();
    if (this.#indents.at(-1) === indent) return;
    this.#fault(start, 'this indent matches no outer level');
    this.#indents.push(indent);
  }

  #opensBlock(): boolean {
    return this.#last?.type === ':' && !this.#isInside;
  }

  #fault(place: Place | undefined, message: string): void {
    this.#faults.push({ ...lineOf(place ?? { row: 0, column: 0 }), message });
  }
}

function widthOf(blanks: string): number {
  let width = 0;
  for (const character of blanks) width = character === '\t' ? width + TAB - (width % TAB) : width + 1;
  return width;
}
