import { types } from 'node:util';
import { invalid, tooLarge } from './faults.js';
import { normalPath, type PathStep } from './normal-path.js';

/** How a value is written. */
export interface WriteOptions {
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly maxValues: number;
  /** Blanks per level; zero writes one line. */ readonly indent: number;
  /** Write the members of objects in the order of their names. */ readonly isSorted: boolean;
  /** Normalized paths of strings to write as bare integers. */ readonly exactNumbers: ReadonlySet<string>;
}

/** A text and its size in UTF-8. */
export interface WriteResult {
  readonly text: string;
  readonly bytes: number;
}

/**
 * Writes plain data as JSON. Unlike `JSON.stringify` it drops and converts nothing: what JSON cannot hold (undefined,
 * NaN, functions, bigints, symbols, class instances, accessors, proxies, cycles) is refused with its path, no code of
 * the value is run, and it stops at the limits, not after them.
 *
 * @throws OrchestratorError TOOL_ARGUMENTS_INVALID or RESPONSE_TOO_LARGE.
 */
export function writeJson(value: unknown, options: WriteOptions): WriteResult {
  return new JsonWriter(options).write(value);
}

const INTEGER = /^-?(?:0|[1-9][0-9]*)$/;

class JsonWriter {
  readonly #options: WriteOptions;
  readonly #chunks: string[] = [];
  readonly #path: PathStep[] = [];
  readonly #parents = new Set<object>();
  #bytes = 0;
  #values = 0;

  constructor(options: WriteOptions) {
    this.#options = options;
  }

  write(value: unknown): WriteResult {
    this.#value(value);
    return { text: this.#chunks.join(''), bytes: this.#bytes };
  }

  /** Recursion is bounded by `maxDepth`. */
  #value(value: unknown): void {
    this.#values += 1;
    if (this.#values > this.#options.maxValues) {
      throw tooLarge(`The value has more than ${this.#options.maxValues} parts. Write a smaller part of it.`);
    }
    if (value === null || typeof value === 'boolean') return this.#put(String(value));
    if (typeof value === 'string') return this.#string(value);
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw this.#refuse(`the number ${value}`);
      return this.#put(Object.is(value, -0) ? '-0' : String(value));
    }
    if (typeof value !== 'object') throw this.#refuse(typeof value);
    this.#container(value);
  }

  #string(value: string): void {
    const isExactNumber = this.#options.exactNumbers.size > 0 && this.#options.exactNumbers.has(normalPath(this.#path));
    if (isExactNumber && !INTEGER.test(value))
      throw this.#refuse('text that is no integer, although listed in exactNumbers');
    if (value.length > this.#options.maxBytes) throw this.#overflow();
    this.#put(isExactNumber ? value : JSON.stringify(value));
  }

  #container(value: object): void {
    if (types.isProxy(value)) throw this.#refuse('a proxy');
    if (this.#parents.has(value)) throw this.#refuse('a reference to its own parent (a cycle)');
    if (this.#path.length >= this.#options.maxDepth) {
      throw this.#refuse(`more than ${this.#options.maxDepth} levels of nesting`);
    }
    this.#parents.add(value);
    if (Array.isArray(value)) this.#array(value);
    else this.#object(value);
    this.#parents.delete(value);
  }

  #array(elements: readonly unknown[]): void {
    if (elements.length > this.#options.maxValues) {
      throw tooLarge(
        `The array at ${normalPath(this.#path)} has ${elements.length} elements; the limit is ${this.#options.maxValues}.`,
      );
    }
    this.#put('[');
    for (let index = 0; index < elements.length; index += 1) {
      this.#path.push(index);
      this.#separate(index);
      this.#value(dataOf(elements, index, () => this.#refuse('an accessor')));
      this.#path.pop();
    }
    this.#close(']', elements.length);
  }

  #object(value: object): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) throw this.#refuse(`a class instance (${nameOf(value)})`);
    const keys = Object.keys(value);
    if (keys.length > this.#options.maxValues) {
      throw tooLarge(
        `The object at ${normalPath(this.#path)} has ${keys.length} members; the limit is ${this.#options.maxValues}.`,
      );
    }
    if (this.#options.isSorted) keys.sort();
    this.#put('{');
    for (const [index, key] of keys.entries()) {
      this.#path.push(key);
      if (key === '__proto__') throw this.#refuse('the key "__proto__"');
      if (key.length > this.#options.maxBytes) throw this.#overflow();
      this.#separate(index);
      this.#put(JSON.stringify(key));
      this.#put(this.#options.indent > 0 ? ': ' : ':');
      this.#value(dataOf(value, key, () => this.#refuse('an accessor')));
      this.#path.pop();
    }
    this.#close('}', keys.length);
  }

  #separate(index: number): void {
    if (index > 0) this.#put(',');
    this.#newLine(this.#path.length);
  }

  #close(bracket: string, count: number): void {
    if (count > 0) this.#newLine(this.#path.length);
    this.#put(bracket);
  }

  #newLine(level: number): void {
    if (this.#options.indent > 0) this.#put(`\n${' '.repeat(this.#options.indent * level)}`);
  }

  #put(chunk: string): void {
    this.#bytes += Buffer.byteLength(chunk);
    if (this.#bytes > this.#options.maxBytes) throw this.#overflow();
    this.#chunks.push(chunk);
  }

  #refuse(what: string): Error {
    return invalid(
      `JSON cannot hold what stands at ${normalPath(this.#path).slice(0, 300)}: ${what}. Convert it first.`,
    );
  }

  #overflow(): Error {
    return tooLarge(
      `The JSON text would have more than ${this.#options.maxBytes} bytes. Write a smaller part of the value.`,
    );
  }
}

/** Reads without running a getter. */
function dataOf(owner: object, key: PathStep, refuse: () => Error): unknown {
  const descriptor = Object.getOwnPropertyDescriptor(owner, key);
  if (descriptor?.get !== undefined || descriptor?.set !== undefined) throw refuse();
  return descriptor?.value;
}

function nameOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
