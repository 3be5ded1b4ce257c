import type { Clock } from '@master-orchestrator/errors';
import { BracketCheck, lineOf } from './bracket-check.js';
import { lineMetrics, linesOf, type CodeFault, type CodeReport } from './code-report.js';
import type { GrammarLoader } from './grammar-loader.js';
import { GRAMMARS, type CodeLanguage, type Grammar } from './languages.js';
import { PythonLayout } from './python-layout.js';
import { selectFaults, type FoundFault } from './select-faults.js';
import { parseInSlices, TimeSlices, walkTree, type Place, type VisitedNode, type Visitor } from './tree-walk.js';

/** A language that tree-sitter reads. */
export type TreeLanguage = Exclude<CodeLanguage, 'json' | 'yaml'>;

/** What a check may take. */
export interface TreeCheckOptions {
  readonly loader: GrammarLoader;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Checks code by the grammar of its language; nothing of it is run. */
export async function checkTree(code: string, language: TreeLanguage, options: TreeCheckOptions): Promise<CodeReport> {
  const parser = await options.loader.parserFor(GRAMMARS[language]);
  try {
    const slices = new TimeSlices(options);
    const tree = await parseInSlices(parser, code, slices);
    try {
      const survey = new Survey(code, language);
      await walkTree(tree, code, survey, slices);
      return survey.report(tree.rootNode.hasError);
    } finally {
      tree.delete();
    }
  } finally {
    parser.delete();
  }
}

const QUOTES = new Set(['"', "'", '`', '"""', "'''", 'string_start', 'raw_string_literal']);
const RESERVED_IN_BASH = new Set(['then', 'fi', 'do', 'done', 'esac', 'elif', 'else']);
const PYTHON_2 = new Set(['print_statement', 'exec_statement']);
const LONGEST_EXCERPT = 40;

/** Collects faults and metrics on the way through a tree. */
class Survey implements Visitor {
  readonly #code: string;
  readonly #lines: readonly string[];
  readonly #language: TreeLanguage;
  readonly #grammar: Grammar;
  readonly #faults: FoundFault[] = [];
  readonly #brackets = new BracketCheck();
  readonly #layout: PythonLayout | undefined;
  readonly #commentRows = new Set<number>();
  readonly #codeRows = new Set<number>();
  /** Handlers still to come for `try` statements, by the row and column of the `try`. */
  readonly #unhandled = new Map<string, Place>();
  #last: VisitedNode | undefined;
  #functions = 0;
  #maxNesting = 0;

  constructor(code: string, language: TreeLanguage) {
    this.#code = code;
    this.#lines = linesOf(code);
    this.#language = language;
    this.#grammar = GRAMMARS[language];
    this.#layout = language === 'python' ? new PythonLayout(this.#lines) : undefined;
  }

  nests(type: string): boolean {
    return this.#grammar.nests.has(type);
  }

  visit(node: VisitedNode): 'skip' | undefined {
    const { type, start, end } = node;
    if (type.includes('comment')) {
      markRows(this.#commentRows, start, end);
      return 'skip';
    }
    if (this.#grammar.functions.has(type) && !node.isLeaf) this.#functions += 1;
    if (this.nests(type) && !node.isLeaf) {
      this.#maxNesting = Math.max(this.#maxNesting, (node.parents.at(-1)?.nesting ?? 0) + 1);
    }
    if (type === 'ERROR') this.#unexpected(node);
    else if (node.isMissing) this.#missing(node);
    else if (node.isLeaf && node.text().trim() !== '') this.#token(node);
    if (this.#language === 'python') this.#visitPython(node);
    return undefined;
  }

  report(hasError: boolean): CodeReport {
    const strings = this.#faults.some(({ kind }) => kind === 'string');
    const brackets = hasError && !strings ? this.#brackets.end() : [];
    const layout = strings ? [] : (this.#layout?.end() ?? []);
    for (const place of this.#unhandled.values()) {
      this.#add('rule', place, place, '"try" needs "except" or "finally"');
    }
    const faults = selectFaults([
      ...this.#faults,
      ...brackets.map((fault) => ({ ...fault, kind: 'bracket', endLine: fault.line }) as const),
      ...layout.map((fault) => ({ ...fault, kind: 'rule', endLine: fault.line }) as const),
    ]);
    const commentLines = [...this.#commentRows].filter((row) => !this.#codeRows.has(row)).length;
    const metrics = { commentLines, functions: this.#functions, maxNesting: this.#maxNesting };
    return {
      faults: hasError && faults.length === 0 ? [this.#unknown()] : faults,
      metrics: { ...lineMetrics(this.#code), ...metrics },
    };
  }

  #token(node: VisitedNode): void {
    markRows(this.#codeRows, node.start, node.end);
    const parent = node.parents.at(-1);
    // `a)` of a case in Bash has no opening bracket.
    if (node.type !== ')' || this.#language !== 'bash' || this.#brackets.isInside) this.#brackets.token(node);
    this.#layout?.token(node);
    if (parent?.type === 'ERROR' && QUOTES.has(node.type)) this.#openString(node);
    const isCommand = this.#language === 'bash' && parent?.type === 'command_name' && node.type === 'word';
    if (isCommand && RESERVED_IN_BASH.has(node.text())) {
      this.#add('rule', node.start, node.end, `unexpected "${node.text()}"`);
    }
    this.#last = node;
  }

  /** Two quotes side by side in what could not be read are a pair. */
  #openString({ start, end, type }: VisitedNode): void {
    const open = this.#faults.findIndex(
      (fault) => fault.kind === 'string' && fault.quote === type && fault.line === start.row + 1,
    );
    if (open >= 0) this.#faults.splice(open, 1);
    else
      this.#faults.push({
        ...lineOf(start),
        endLine: end.row + 1,
        message: 'this string is never closed',
        kind: 'string',
        quote: type,
      });
  }

  #unexpected({ start, end, text }: VisitedNode): void {
    const [first = ''] = text()
      .trim()
      .split(/\r\n|\n|\r/);
    const excerpt = first.length > LONGEST_EXCERPT ? `${first.slice(0, LONGEST_EXCERPT)}…` : first;
    this.#add(
      'unexpected',
      start,
      end,
      excerpt === '' ? 'something is missing here' : `unexpected ${JSON.stringify(excerpt)}`,
    );
  }

  #missing({ type, start, parents }: VisitedNode): void {
    const place = this.#last?.end ?? start;
    const name = /^\W+$/.test(type) || !type.includes('_') ? JSON.stringify(type) : type.replaceAll('_', ' ');
    this.#add('missing', place, place, `expected ${name}`);
    const owner = parents.at(-1);
    const isAtEnd = start.row >= this.#lines.length || place.row === this.#lastFilledRow();
    if (owner !== undefined && isAtEnd && owner.start.row < place.row && owner.type !== 'ERROR' && parents.length > 1) {
      this.#add(
        'owner',
        owner.start,
        owner.start,
        `what begins here is never finished: expected ${name} before the end`,
      );
    }
  }

  #visitPython({ type, start, end, isLeaf, parents }: VisitedNode): void {
    if (PYTHON_2.has(type) && !isLeaf) {
      this.#add('rule', start, end, `this is Python 2: write ${type.split('_')[0]}(…) with parentheses`);
    }
    if (type === 'try_statement') this.#unhandled.set(`${start.row}:${start.column}`, start);
    const owner = parents.at(-1);
    const isHandler = type === 'except_clause' || type === 'except_group_clause' || type === 'finally_clause';
    if (isHandler && owner !== undefined) this.#unhandled.delete(`${owner.start.row}:${owner.start.column}`);
  }

  #lastFilledRow(): number {
    return this.#lines.findLastIndex((line) => line.trim() !== '');
  }

  #add(kind: FoundFault['kind'], start: Place, end: Place, message: string): void {
    this.#faults.push({ ...lineOf(start), endLine: end.row + 1, message, kind });
  }

  #unknown(): CodeFault {
    const row = Math.max(0, this.#lastFilledRow());
    return { line: row + 1, column: 1, message: 'the code does not fit its language' };
  }
}

function markRows(rows: Set<number>, start: Place, end: Place): void {
  const last = end.column === 0 && end.row > start.row ? end.row - 1 : end.row;
  for (let row = start.row; row <= last; row += 1) rows.add(row);
}
