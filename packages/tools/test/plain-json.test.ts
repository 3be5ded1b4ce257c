import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainCopy } from '../src/internal/plain-json.js';

const BOUNDS = { maxBytes: 1_048_576, maxDepth: 64 };
const problem = (value: unknown): string | undefined => {
  const copy = plainCopy(value, BOUNDS);
  return copy.ok ? undefined : copy.problem;
};

it('copies every JSON value as it is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const copy = plainCopy(value, BOUNDS);
      if (JSON.stringify(value).includes('"__proto__":')) return;
      expect(copy).toEqual({ ok: true, value: JSON.parse(JSON.stringify(value)) as unknown });
    }),
  );
});

it('gives a copy that later changes of the original do not reach', () => {
  const value = { list: [1] };
  const copy = plainCopy(value, BOUNDS);
  value.list.push(2);
  expect(copy).toEqual({ ok: true, value: { list: [1] } });
});

it('leaves undefined members out, honours toJSON and takes instances of classes by their members', () => {
  class Point {
    readonly x = 1;
    readonly y = undefined;
  }
  const value = {
    at: new Date(0),
    url: new URL('https://example.com'),
    point: new Point(),
    none: undefined,
    list: [undefined],
  };
  expect(plainCopy(value, BOUNDS)).toEqual({
    ok: true,
    value: { at: '1970-01-01T00:00:00.000Z', url: 'https://example.com/', point: { x: 1 }, list: [null] },
  });
  expect(plainCopy(undefined, BOUNDS)).toEqual({ ok: true, value: null });
});

const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;
const selfish = { toJSON: (): unknown => selfish };
const shared = 'x'.repeat(100_000);
const wide = Array.from({ length: 2_000 }, () => shared);
let dag: unknown = 1;
for (let level = 0; level < 40; level += 1) dag = { l: dag, r: dag };
let deep: unknown = 1;
for (let level = 0; level < 65; level += 1) deep = [deep];

it.each([
  ['a cycle', cycle, 'refers to itself'],
  ['a small graph that is huge as text', dag, 'larger than'],
  ['one string shared many times', wide, 'larger than'],
  ['65 levels', deep, 'deeper than 64'],
  ['a bigint', { a: 1n }, 'at "a": a bigint'],
  ['a function', [() => {}], 'at "0": a function'],
  ['a symbol', Symbol('s'), 'a symbol'],
  ['a map', new Map(), 'a Map'],
  ['a set', { a: { b: new Set() } }, 'at "a.b": a Set'],
  ['NaN', Number.NaN, 'NaN'],
  ['an infinite number', Number.POSITIVE_INFINITY, 'Infinity'],
  ['an invalid date', new Date(Number.NaN), 'invalid Date'],
  ['bytes', Buffer.alloc(1), 'bytes'],
  ['an array buffer', new ArrayBuffer(1), 'bytes'],
  ['an error', new Error('x'), 'an Error'],
  ['a promise', { a: Promise.resolve() }, 'await it'],
  ['an own __proto__', JSON.parse('{"__proto__":1}') as unknown, '__proto__'],
  ['a sparse array', Object.assign([], { length: 4_294_967_295 }), 'larger than'],
  ['a long text', 'x'.repeat(1_048_577), 'larger than'],
])('refuses %s and says where', (_what, value, words) => {
  expect(problem(value)).toContain(words);
});

it('refuses what throws while it is read', () => {
  const throwing = {
    get a(): never {
      throw new Error('no');
    },
  };
  expect(problem(throwing)).toContain('Error: no');
  expect(problem({ a: { toJSON: () => throwing.a } })).toContain('at "a"');
});

it('takes a toJSON that gives itself as it is', () => {
  expect(problem(selfish)).toContain('a function');
});
