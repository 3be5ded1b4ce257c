import type { Json } from '@master-orchestrator/errors';

/** A plain copy, or why there is none. */
export type PlainCopy = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly problem: string };

/** Bounds of a copy. */
export interface CopyBounds {
  /** Bytes as JSON; the copy stops before it is much larger. */ readonly maxBytes: number;
  /** Levels of nesting. */ readonly maxDepth: number;
}

/**
 * Copies what JSON can hold and refuses the rest, where `JSON.stringify` would drop it silently (functions, maps, NaN),
 * throw (cycles, bigint) or never end (a small graph that is huge as text). `undefined` members are left out, as a
 * value it becomes null; `toJSON` is honoured.
 */
export function plainCopy(value: unknown, bounds: CopyBounds): PlainCopy {
  const copier = new Copier(bounds);
  try {
    return { ok: true, value: copier.copy(value === undefined ? null : value) };
  } catch (error) {
    const problem = error instanceof Problem ? error.message : `reading it threw ${describe(error)}`;
    return {
      ok: false,
      problem: copier.path.length === 0 ? problem : `at "${copier.path.join('.').slice(0, 200)}": ${problem}`,
    };
  }
}

class Problem extends Error {}

class Copier {
  readonly path: (string | number)[] = [];
  readonly #bounds: CopyBounds;
  #bytesLeft: number;

  constructor(bounds: CopyBounds) {
    this.#bounds = bounds;
    this.#bytesLeft = bounds.maxBytes;
  }

  copy(value: unknown): Json {
    switch (typeof value) {
      case 'string':
        this.#spend(value.length + 2);
        return value;
      case 'number':
        if (!Number.isFinite(value)) throw new Problem(`${value} is not a JSON number; return null or a text instead`);
        this.#spend(1);
        return value === 0 ? 0 : value; // JSON has no minus zero
      case 'boolean':
        this.#spend(4);
        return value;
      case 'object':
        if (value === null) {
          this.#spend(4);
          return null;
        }
        return this.#copyObject(value);
      case 'bigint':
        throw new Problem('a bigint is not JSON; return it as text');
      case 'undefined':
      case 'function':
      case 'symbol':
      default:
        throw new Problem(`a ${typeof value} is not JSON`);
    }
  }

  #copyObject(value: object): Json {
    const foreign = kindThatIsNoJson(value);
    if (foreign !== undefined) throw new Problem(foreign);
    if (this.path.length >= this.#bounds.maxDepth) {
      throw new Problem(`it is nested deeper than ${this.#bounds.maxDepth} levels, or refers to itself`);
    }
    if (Array.isArray(value)) return this.#copyArray(value as readonly unknown[]);
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') {
      const replaced: unknown = toJSON.call(value, String(this.path.at(-1) ?? ''));
      if (typeof replaced !== 'object' || replaced === null) return this.copy(replaced === undefined ? null : replaced);
      if (Array.isArray(replaced)) return this.#copyArray(replaced as readonly unknown[]);
      return this.#copyMembers(replaced as Record<string, unknown>);
    }
    return this.#copyMembers(value as Record<string, unknown>);
  }

  #copyArray(elements: readonly unknown[]): Json {
    const copy: Json[] = [];
    this.#spend(2);
    if (elements.length * 2 > this.#bytesLeft) this.#spend(elements.length * 2);
    for (let index = 0; index < elements.length; index += 1) {
      this.#spend(1);
      const element = elements[index];
      this.path.push(index);
      copy.push(this.copy(element === undefined ? null : element));
      this.path.pop();
    }
    return copy;
  }

  #copyMembers(members: Readonly<Record<string, unknown>>): Json {
    const copy: { [key: string]: Json } = {};
    this.#spend(2);
    for (const key of Object.keys(members)) {
      const member = members[key];
      if (member === undefined) continue;
      if (key === '__proto__') throw new Problem('the key "__proto__" is not accepted');
      this.#spend(key.length + 4);
      this.path.push(key);
      copy[key] = this.copy(member);
      this.path.pop();
    }
    return copy;
  }

  #spend(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft < 0) throw new Problem(`it is larger than ${this.#bounds.maxBytes} bytes`);
  }
}

function kindThatIsNoJson(value: object): string | undefined {
  if (value instanceof Map || value instanceof Set)
    return `a ${value.constructor.name} is not JSON; return an array or object`;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return 'bytes are not JSON; return text or base64';
  if (value instanceof Error) return 'an Error is not JSON; throw it, or return its message';
  if (value instanceof Date && Number.isNaN(value.getTime())) return 'an invalid Date is not JSON';
  if (typeof (value as { then?: unknown }).then === 'function') return 'a promise is not JSON; await it';
  return undefined;
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message.slice(0, 200)}` : 'something that is no Error';
}
