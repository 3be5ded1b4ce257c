import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { meetsSchema } from '../src/schema/check-value.js';

const schemas: readonly z.ZodType[] = [
  z.string(),
  z.string().min(2).max(4),
  z.string().regex(/^a+$/),
  z.number(),
  z.number().gt(0).lte(10),
  z.int(),
  z.boolean(),
  z.null(),
  z.literal('x'),
  z.enum(['a', 'b']),
  z.array(z.number()).min(1).max(3),
  z.tuple([z.string(), z.number()]),
  z.strictObject({ a: z.number(), b: z.string().optional() }),
  z.looseObject({ a: z.number() }),
  z.record(z.string(), z.number()),
  z.union([z.string(), z.number()]),
  z.string().nullable(),
  z.strictObject({ inner: z.strictObject({ list: z.array(z.enum(['a', 'b'])) }) }),
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('a'), n: z.number() }),
    z.strictObject({ kind: z.literal('b') }),
  ]),
  z.intersection(z.looseObject({ a: z.number() }), z.looseObject({ b: z.string() })),
  z.unknown(),
  z.iso.date(),
];

const values = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    'a',
    'aa',
    'x',
    1,
    0.5,
    [1],
    ['s', 1],
    { a: 1 },
    { a: 1, b: 's' },
    { a: 1, c: 2 },
    { kind: 'a', n: 1 },
    { kind: 'b' },
    { inner: { list: ['a'] } },
    { x: 1, y: 2 },
    '2026-05-01',
  ),
);

it('agrees with zod about every value', () => {
  fc.assert(
    fc.property(fc.nat(schemas.length - 1), values, (at, value) => {
      const schema = schemas[at] ?? z.never();
      const json = z.toJSONSchema(schema, { io: 'input' });
      const plain = JSON.parse(JSON.stringify(value)) as never;
      expect(meetsSchema(plain, json as never), `${JSON.stringify(json)} with ${JSON.stringify(plain)}`).toBe(
        schema.safeParse(plain).success,
      );
    }),
    { numRuns: 2_000 },
  );
});

describe('keywords that zod does not write', () => {
  it.each<[string, object, unknown, boolean]>([
    ['multipleOf', { multipleOf: 0.1 }, 0.3, true],
    ['multipleOf', { multipleOf: 0.5 }, 0.7, false],
    ['not', { not: { type: 'string' } }, 's', false],
    ['not', { not: { type: 'string' } }, 1, true],
    ['oneOf', { oneOf: [{ type: 'number' }, { minimum: 5 }] }, 7, false],
    ['oneOf', { oneOf: [{ type: 'number' }, { type: 'string' }] }, 7, true],
    ['uniqueItems', { uniqueItems: true }, [1, 2, 1], false],
    ['contains', { contains: { const: 3 } }, [1, 2], false],
    ['a list of types', { type: ['string', 'null'] }, null, true],
    ['minProperties', { type: 'object', minProperties: 1 }, {}, false],
    ['propertyNames', { type: 'object', propertyNames: { pattern: '^a' } }, { b: 1 }, false],
    ['$ref', { $ref: '#/$defs/a', $defs: { a: { type: 'number' } } }, 's', false],
    ['$ref', { $ref: '#/$defs/a', $defs: { a: { type: 'number' } } }, 1, true],
    ['a $ref to nothing', { $ref: '#/$defs/b' }, 1, true],
    ['a circle of $ref', { $ref: '#' }, 1, true],
    ['false', { properties: { a: false } }, { a: 1 }, false],
    ['a pattern that is no pattern', { pattern: '(' }, 's', true],
  ])('%s: %j with %j is %s', (_, schema, value, expected) => {
    expect(meetsSchema(value as never, schema as never)).toBe(expected);
  });
});

it('reads a recursive schema', () => {
  const tree = {
    $ref: '#/$defs/node',
    $defs: {
      node: {
        type: 'object',
        properties: { children: { type: 'array', items: { $ref: '#/$defs/node' } } },
        required: ['children'],
      },
    },
  };
  expect(meetsSchema({ children: [{ children: [] }] }, tree as never)).toBe(true);
  expect(meetsSchema({ children: [{}] }, tree as never)).toBe(false);
});
