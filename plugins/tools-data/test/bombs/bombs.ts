/** What makes a text or a value that is small to send and large to work on. */
export interface Bomb {
  readonly id: string;
  readonly tools: readonly string[];
  readonly text?: string;
  readonly build?: {
    readonly repeat?: { prefix: string; unit: string; times: number; suffix: string };
    readonly repeat2?: { open: string; close: string; middle?: string; times: number };
    readonly keys?: number;
    readonly value?: string;
  };
  readonly expect: { readonly refuse: boolean; readonly acceptCategories: readonly string[] };
}

/** The text of a bomb, or `undefined` where it is no text. */
export function textOf({ text, build }: Bomb): string | undefined {
  if (text !== undefined) return text;
  if (build?.repeat !== undefined) {
    const { prefix, unit, times, suffix } = build.repeat;
    return prefix + unit.repeat(times) + suffix;
  }
  if (build?.repeat2 !== undefined) {
    const { open, close, middle = '', times } = build.repeat2;
    return open.repeat(times) + middle + close.repeat(times);
  }
  if (build?.keys === undefined) return undefined;
  return `{${Array.from({ length: build.keys }, (_, index) => `"k${index}":0`).join(',')}}`;
}

/** The value of a bomb by its words, or `undefined` where there is no such value. */
export function valueOf({ build }: Bomb): (() => unknown) | undefined {
  return build?.value === undefined ? undefined : VALUES[build.value];
}

const refuse = (): never => {
  throw new Error('code of the value ran');
};

const VALUES: Readonly<Record<string, () => unknown>> = {
  'object graph sharing one 1 MiB string 2,000 times': () => {
    const text = 'a'.repeat(1_048_576);
    return Array.from({ length: 2_000 }, () => ({ text }));
  },
  'DAG: 40 levels, each {l: x, r: x}': () => {
    let value: unknown = 1;
    for (let level = 0; level < 40; level += 1) value = { l: value, r: value };
    return value;
  },
  'cyclic object': () => {
    const value: Record<string, unknown> = {};
    value['self'] = value;
    return value;
  },
  'BigInt 1n': () => 1n,
  Symbol: () => Symbol('s'),
  function: () => () => 1,
  'Map/Set': () => ({ map: new Map([[1, 2]]), set: new Set([1]) }),
  'NaN / Infinity': () => [Number.NaN, Number.POSITIVE_INFINITY],
  undefined: () => undefined,
  'object with throwing getter': () => Object.defineProperty({}, 'a', { enumerable: true, get: refuse }),
  'object with toJSON that throws': () => ({ toJSON: refuse }),
  'object with toJSON returning itself': () => {
    const value = { toJSON: () => value };
    return value;
  },
  'Proxy with ownKeys trap of 1e7 keys': () =>
    new Proxy({}, { ownKeys: () => Array.from({ length: 1e7 }, (_, index) => `k${index}`) }),
  'array with length 4294967295 and no elements': () => {
    const value: unknown[] = [];
    value.length = 4_294_967_295;
    return value;
  },
  'Invalid Date': () => new Date(Number.NaN),
  'Buffer of 50 MiB': () => Buffer.alloc(50 * 1_048_576),
};
