import * as fc from 'fast-check';

/**
 * Arguments as a confused or misled model may send them: fitting ones with a value replaced, dropped or added, and
 * objects of no shape at all. All of it is JSON.
 *
 * @param fitting - Arguments that fit, see `argumentsArbitrary`.
 */
export function hostileArguments(fitting: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const odd = fc.constantFrom(...ODD_VALUES.map((text) => text()));
  const replaced = fc.tuple(fitting, fc.nat(), odd).map(([value, pick, other]) => edit(value, pick, () => other));
  const dropped = fc.tuple(fitting, fc.nat()).map(([value, pick]) => edit(value, pick, () => undefined));
  const added = fc
    .tuple(fitting, odd)
    .map(([value, other]) => (isPlain(value) ? { ...value, unheard_of: other } : other));
  const poisoned = fitting.map((value) => poison(value));
  return fc.oneof({ weight: 4, arbitrary: replaced }, dropped, added, poisoned, fc.jsonValue({ maxDepth: 3 }), odd);
}

/** Made anew for each list, so that nobody can spoil them for the next. */
const ODD_VALUES: readonly (() => unknown)[] = [
  () => '',
  () => ' \t\n',
  () => '\0',
  () => '\ud800',
  () => 'x'.repeat(100_000),
  () => '../'.repeat(20),
  () => "'; DROP TABLE tasks; --",
  () => '<script>alert(1)</script>',
  () => '${7*7}{{7*7}}',
  () => '-1',
  () => 'NaN',
  () => 0,
  () => -0,
  () => -1,
  () => 0.1,
  () => 1e308,
  () => 5e-324,
  () => 2 ** 53,
  () => true,
  () => null,
  () => [],
  () => ({}),
  () => Array.from({ length: 10_000 }, () => 0),
  () => nested(200),
  () => JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}') as unknown,
];

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function edit(value: unknown, pick: number, change: () => unknown): unknown {
  if (!isPlain(value)) return change();
  const names = Object.keys(value);
  const name = names[pick % Math.max(1, names.length)];
  if (name === undefined) return value;
  const changed = change();
  const entries = Object.entries(value).flatMap(([key, old]): [string, unknown][] =>
    key !== name ? [[key, old]] : changed === undefined ? [] : [[key, changed]],
  );
  return Object.fromEntries(entries);
}

/** Adds an own key named `__proto__`, which an assignment would turn into a prototype. */
function poison(value: unknown): unknown {
  if (!isPlain(value)) return value;
  const copy: Record<string, unknown> = { ...value };
  const evil = { value: { polluted: true }, enumerable: true, configurable: true, writable: true };
  Object.defineProperty(copy, '__proto__', evil);
  return copy;
}
