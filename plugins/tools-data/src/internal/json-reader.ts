import type { Json } from '@master-orchestrator/errors';
import { checkBytes, invalid } from './faults.js';
import { normalPath, type PathStep } from './normal-path.js';

/** How a text is read. */
export interface ReadOptions {
  /** Bytes of the text in UTF-8. */ readonly maxBytes: number;
  /** Arrays and objects within each other. */ readonly maxDepth: number;
  /** Values in total, the containers included. */ readonly maxValues: number;
  /** Refuse repeated keys and integers that a number cannot hold. */ readonly isStrict: boolean;
}

/** An integer that a 64-bit float cannot hold, and where it stood. */
export interface ExactNumber {
  /** Normalized path. */ readonly path: string;
  /** Its digits as written. */ readonly text: string;
}

/** What a text held. */
export interface ReadResult {
  readonly value: Json;
  readonly exactNumbers: readonly ExactNumber[];
  /** Normalized paths of members that replaced an earlier one of the same name. */
  readonly repeatedKeys: readonly string[];
}

/**
 * Reads one JSON text (RFC 8259), strictly. Integers beyond 2^53 - 1 become text with the same digits, so that none is
 * rounded. A repeated key is replaced by its last value; a key `__proto__` is refused.
 *
 * @throws OrchestratorError TOOL_ARGUMENTS_INVALID, naming line and column, or RESPONSE_TOO_LARGE.
 */
export function readJson(text: string, options: ReadOptions): ReadResult {
  checkBytes(text, options.maxBytes, 'The text');
  return new JsonReader(text, options).read();
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const HEX = /^[0-9a-fA-F]{4}$/;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const WORDS: readonly (readonly [string, Json])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];
/** Lists in a result are for the reader: nobody reads more. */
const LONGEST_LIST = 1_000;

class JsonReader {
  readonly #text: string;
  readonly #options: ReadOptions;
  readonly #path: PathStep[] = [];
  readonly #exactNumbers: ExactNumber[] = [];
  readonly #repeatedKeys: string[] = [];
  #at = 0;
  #values = 0;

  constructor(text: string, options: ReadOptions) {
    this.#text = text;
    this.#options = options;
  }

  read(): ReadResult {
    this.#skipBlanks();
    const value = this.#value();
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw this.#fault('expected the end of the text after one JSON value');
    return { value, exactNumbers: this.#exactNumbers, repeatedKeys: this.#repeatedKeys };
  }

  /** Recursion is bounded by `maxDepth`. */
  #value(): Json {
    this.#values += 1;
    if (this.#values > this.#options.maxValues) {
      throw this.#fault(`more than ${this.#options.maxValues} values; split the text`);
    }
    const character = this.#text[this.#at];
    if (character === '"') return this.#string();
    if (character === '{' || character === '[') return this.#container(character);
    if (character !== undefined && /[-0-9]/.test(character)) return this.#number();
    const word = WORDS.find(([name]) => this.#text.startsWith(name, this.#at));
    if (word === undefined) throw this.#fault('expected a value (object, array, string, number, true, false or null)');
    this.#at += word[0].length;
    return word[1];
  }

  #container(open: '{' | '['): Json {
    if (this.#path.length >= this.#options.maxDepth) {
      throw this.#fault(`nested more than ${this.#options.maxDepth} levels deep`);
    }
    this.#at += 1;
    this.#skipBlanks();
    return open === '{' ? this.#object() : this.#array();
  }

  #object(): Json {
    const members: { [key: string]: Json } = {};
    if (this.#take('}')) return members;
    do {
      this.#skipBlanks();
      const key = this.#key(members);
      this.#skipBlanks();
      if (!this.#take(':')) throw this.#fault('expected ":" after the key');
      this.#skipBlanks();
      this.#path.push(key);
      members[key] = this.#value();
      this.#path.pop();
      this.#skipBlanks();
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#fault('expected "," or "}"');
    return members;
  }

  #key(members: { readonly [key: string]: Json }): string {
    const start = this.#at;
    if (this.#text[start] !== '"') throw this.#fault('expected a key in double quotes');
    const key = this.#string();
    if (key === '__proto__') throw this.#fault('the key "__proto__" is refused', start);
    if (Object.hasOwn(members, key)) {
      if (this.#options.isStrict) throw this.#fault(`the key ${JSON.stringify(shorten(key))} is repeated`, start);
      if (this.#repeatedKeys.length < LONGEST_LIST) this.#repeatedKeys.push(normalPath([...this.#path, key]));
    }
    return key;
  }

  #array(): Json {
    const elements: Json[] = [];
    if (this.#take(']')) return elements;
    do {
      this.#skipBlanks();
      this.#path.push(elements.length);
      elements.push(this.#value());
      this.#path.pop();
      this.#skipBlanks();
    } while (this.#take(','));
    if (!this.#take(']')) throw this.#fault('expected "," or "]"');
    return elements;
  }

  #string(): string {
    let result = '';
    this.#at += 1;
    for (;;) {
      const end = this.#endOfPlainCharacters();
      result += this.#text.slice(this.#at, end);
      this.#at = end;
      if (this.#take('"')) return result;
      if (this.#at >= this.#text.length) throw this.#fault('the string has no closing quote');
      if (this.#text[this.#at] !== '\\') throw this.#fault('control characters must be escaped in a string');
      result += this.#escape();
    }
  }

  #endOfPlainCharacters(): number {
    let at = this.#at;
    for (; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === QUOTE || code === BACKSLASH || code < FIRST_PRINTABLE) break;
    }
    return at;
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? '';
    const short = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
    const hex = this.#text.slice(this.#at + 2, this.#at + 6);
    if (short === undefined && (letter !== 'u' || !HEX.test(hex))) throw this.#fault('unknown escape in a string');
    this.#at += short === undefined ? 6 : 2;
    return short ?? String.fromCharCode(Number.parseInt(hex, 16));
  }

  #number(): number | string {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    const next = match === null ? undefined : this.#text[this.#at + match[0].length];
    if (match === null || (next !== undefined && /[-+.0-9a-zA-Z]/.test(next))) {
      throw this.#fault('not a JSON number');
    }
    const value = Number(match[0]);
    if (!Number.isFinite(value) && match[2] !== undefined) throw this.#fault('the number is too large for a float');
    const isExact = match[1] !== undefined || match[2] !== undefined || Number.isSafeInteger(value);
    if (!isExact && this.#options.isStrict) throw this.#fault('the integer is beyond 2^53 and would be rounded');
    if (!isExact && this.#exactNumbers.length < LONGEST_LIST) {
      this.#exactNumbers.push({ path: normalPath(this.#path), text: match[0] });
    }
    this.#at += match[0].length;
    return isExact ? value : match[0];
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipBlanks(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  #fault(expectation: string, at = this.#at): Error {
    const before = this.#text.slice(0, at);
    const line = before.split('\n').length;
    const column = at - before.lastIndexOf('\n');
    const found =
      at < this.#text.length ? JSON.stringify(String.fromCodePoint(this.#text.codePointAt(at) ?? 0)) : 'the end';
    return invalid(
      `The text is not accepted as JSON: line ${line}, column ${column}: ${expectation}; found ${found}.`,
      {
        line,
        column,
      },
    );
  }
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
