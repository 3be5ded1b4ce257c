import { lineMetrics, type CodeFault, type CodeReport } from './code-report.js';

/** Containers within each other that are looked into. */
const DEEPEST = 10_000;

/** Checks JSON (RFC 8259) without building its value; reports the first fault. */
export function checkJson(code: string): CodeReport {
  const scanner = new JsonScanner(code);
  const fault = scanner.scan();
  const metrics = { ...lineMetrics(code), commentLines: 0, functions: 0, maxNesting: scanner.deepest };
  return { faults: fault === undefined ? [] : [faultAt(code, fault)], metrics };
}

interface ScanFault {
  readonly at: number;
  readonly message: string;
}

/** What may stand next. */
type State = 'value' | 'element-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'end';

const BLANKS = /[ \t\n\r]*/y;
const LITERAL = /true|false|null/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![-+.0-9a-zA-Z])/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** A state machine with a stack of its own: nesting cannot exhaust the call stack. */
class JsonScanner {
  deepest = 0;
  readonly #code: string;
  readonly #open: ('{' | '[')[] = [];
  #at = 0;
  #state: State = 'value';

  constructor(code: string) {
    this.#code = code;
  }

  scan(): ScanFault | undefined {
    for (;;) {
      this.#take(BLANKS);
      if (this.#at >= this.#code.length) return this.#state === 'end' ? undefined : this.#expected();
      const fault = this.#step(this.#code[this.#at] ?? '');
      if (fault !== undefined) return fault;
    }
  }

  #step(character: string): ScanFault | undefined {
    const closes = character === (this.#open.at(-1) === '{' ? '}' : ']');
    if (this.#state === 'comma-or-end' || this.#state === 'key-or-end' || this.#state === 'element-or-end') {
      if (closes) return this.#close();
    }
    if (this.#state === 'comma-or-end' && character === ',') {
      this.#state = this.#open.at(-1) === '{' ? 'key' : 'value';
      return this.#skip();
    }
    if (this.#state === 'colon' && character === ':') {
      this.#state = 'value';
      return this.#skip();
    }
    if (this.#state === 'key' || this.#state === 'key-or-end') {
      if (character !== '"') return this.#expected();
      this.#state = 'colon';
      return this.#string();
    }
    if (this.#state === 'value' || this.#state === 'element-or-end') return this.#value(character);
    return this.#expected();
  }

  #value(character: string): ScanFault | undefined {
    if (character === '{' || character === '[') return this.#enter(character);
    this.#afterValue();
    if (character === '"') return this.#string();
    if (this.#take(LITERAL) || this.#take(NUMBER)) return undefined;
    this.#state = 'value';
    return this.#expected();
  }

  #enter(bracket: '{' | '['): ScanFault | undefined {
    this.#open.push(bracket);
    this.deepest = Math.max(this.deepest, this.#open.length);
    if (this.#open.length > DEEPEST) return { at: this.#at, message: `nested more than ${DEEPEST} levels deep` };
    this.#state = bracket === '{' ? 'key-or-end' : 'element-or-end';
    return this.#skip();
  }

  #close(): undefined {
    this.#open.pop();
    this.#afterValue();
    return this.#skip();
  }

  #afterValue(): void {
    this.#state = this.#open.length === 0 ? 'end' : 'comma-or-end';
  }

  #string(): ScanFault | undefined {
    const start = this.#at;
    this.#at += 1;
    for (;;) {
      const code = this.#code.charCodeAt(this.#at);
      if (code === 0x22) return this.#skip();
      if (Number.isNaN(code) || code === 0x0a || code === 0x0d)
        return { at: start, message: 'this string is never closed' };
      if (code < 0x20) return { at: this.#at, message: 'control characters must be escaped in a string' };
      if (code !== 0x5c) this.#at += 1;
      else if (!this.#take(ESCAPE)) return { at: this.#at, message: 'unknown escape in a string' };
    }
  }

  #skip(): undefined {
    this.#at += 1;
    return undefined;
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const length = pattern.exec(this.#code)?.[0].length;
    if (length === undefined) return false;
    this.#at += length;
    return true;
  }

  #expected(): ScanFault {
    const end = this.#open.at(-1) === '{' ? '"}"' : '"]"';
    const words: Readonly<Record<State, string>> = {
      value: 'expected a value',
      'element-or-end': 'expected a value or "]"',
      key: 'expected a key in double quotes',
      'key-or-end': 'expected a key in double quotes or "}"',
      colon: 'expected ":"',
      'comma-or-end': `expected "," or ${end}`,
      end: 'expected the end: one JSON text holds one value',
    };
    return { at: this.#at, message: words[this.#state] };
  }
}

function faultAt(code: string, { at, message }: ScanFault): CodeFault {
  const before = code.slice(0, at).trimEnd().length;
  const isAtEnd = at >= code.length;
  const place = isAtEnd ? before : at;
  const head = code.slice(0, place);
  const found = isAtEnd ? 'the end' : JSON.stringify(code[at] ?? '');
  return {
    line: head.split('\n').length,
    column: place - head.lastIndexOf('\n'),
    message: `${message}; found ${found}`,
  };
}
