/** A place where the code does not fit its language. Lines and columns count from 1, columns in UTF-16 units. */
export interface CodeFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Simple facts about code. */
export interface CodeMetrics {
  readonly lines: number;
  /** Lines of blanks only. */ readonly blankLines: number;
  /** Lines that hold a comment and nothing else. */ readonly commentLines: number;
  readonly functions: number;
  /** Blocks (or arrays and objects) within each other. */ readonly maxNesting: number;
  /** Characters of the longest line, in UTF-16 units. */ readonly longestLine: number;
}

/** What a look at code found. */
export interface CodeReport {
  /** In order of their place. */ readonly faults: readonly CodeFault[];
  readonly metrics: CodeMetrics;
}

/** Metrics that need no parser. */
export function lineMetrics(code: string): Pick<CodeMetrics, 'lines' | 'blankLines' | 'longestLine'> {
  const lines = linesOf(code);
  return {
    lines: lines.length,
    blankLines: lines.filter((line) => line.trim() === '').length,
    longestLine: lines.reduce((longest, line) => Math.max(longest, line.length), 0),
  };
}

/** Lines without their ends; a line end at the very end begins no further line. */
export function linesOf(code: string): readonly string[] {
  if (code === '') return [];
  const lines = code.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
