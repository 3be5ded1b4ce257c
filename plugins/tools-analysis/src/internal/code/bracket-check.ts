import type { CodeFault } from './code-report.js';
import type { Place, VisitedNode } from './tree-walk.js';

const CLOSERS: Readonly<Record<string, string>> = {
  '(': ')',
  '$(': ')',
  '<(': ')',
  '>(': ')',
  '[': ']',
  '[[': ']]',
  '{': '}',
  '${': '}',
  '((': '))',
  '$((': '))',
};
const CLOSING = new Set(Object.values(CLOSERS));

/** Pairs brackets over the tokens of a program: what is never closed shows where the reader should look. */
export class BracketCheck {
  readonly #open: { readonly bracket: string; readonly place: Place }[] = [];
  readonly #faults: CodeFault[] = [];

  /** True while tokens stand within brackets. */
  get isInside(): boolean {
    return this.#open.length > 0;
  }

  /** Takes the next token. */
  token({ type, start, isMissing }: VisitedNode): void {
    if (isMissing) return;
    if (Object.hasOwn(CLOSERS, type)) this.#open.push({ bracket: type, place: start });
    else if (CLOSING.has(type)) this.#close(type, start);
  }

  /** What was found after the last token. */
  end(): readonly CodeFault[] {
    return [...this.#faults, ...this.#open.map(({ bracket, place }) => neverClosed(bracket, place))];
  }

  #close(closer: string, place: Place): void {
    const match = this.#open.findLastIndex(({ bracket }) => CLOSERS[bracket] === closer);
    if (match < 0) {
      this.#faults.push({ ...lineOf(place), message: `"${closer}" closes nothing` });
      return;
    }
    for (const { bracket, place: opened } of this.#open.splice(match).slice(1)) {
      this.#faults.push(neverClosed(bracket, opened));
    }
  }
}

function neverClosed(bracket: string, place: Place): CodeFault {
  return { ...lineOf(place), message: `"${bracket}" is never closed` };
}

/** A place as people count. */
export function lineOf({ row, column }: Place): { readonly line: number; readonly column: number } {
  return { line: row + 1, column: column + 1 };
}
