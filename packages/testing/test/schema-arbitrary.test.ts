import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { argumentsArbitrary, hostileArguments } from '../src/index.js';

interface Tree {
  readonly name: string;
  readonly children: readonly Tree[];
}
const tree: z.ZodType<Tree> = z.object({
  name: z.string().min(1),
  get children() {
    return z.array(tree);
  },
});

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  numbers: z.object({ a: z.int().min(1).max(9), b: z.number().gt(0).lt(3).multipleOf(0.5), c: z.number(), d: z.int() }),
  texts: z.object({
    a: z.string().min(2).max(4),
    b: z.email(),
    c: z.uuid(),
    d: z.iso.datetime(),
    e: z.iso.date(),
    f: z.ipv4(),
  }),
  patterns: z.object({ a: z.string().regex(/^[a-z]{2,3}-\d+$/), b: z.url(), c: z.base64() }),
  choices: z.object({
    a: z.enum(['x', 'y']),
    b: z.literal(3),
    c: z.union([z.string(), z.null()]),
    d: z.boolean().optional(),
  }),
  lists: z.object({
    a: z.array(z.int()).min(1).max(3),
    b: z.tuple([z.string(), z.number()]),
    c: z.record(z.string(), z.boolean()),
  }),
  parts: z.object({
    shape: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a') }),
      z.object({ kind: z.literal('b'), n: z.number() }),
    ]),
    both: z.intersection(z.object({ p: z.string() }), z.object({ q: z.string() })),
    any: z.unknown(),
    json: z.json(),
  }),
  defaults: z.object({ a: z.string().default('x'), b: z.coerce.string().optional(), c: z.string().nullable() }),
  recursion: tree,
  strict: z.strictObject({}),
};

describe('argumentsArbitrary', () => {
  it.each(Object.keys(SCHEMAS))('makes values that fit: %s', (name) => {
    const schema = SCHEMAS[name] ?? z.never();
    fc.assert(
      fc.property(argumentsArbitrary(schema), (value) => {
        expect(schema.safeParse(value).error).toBeUndefined();
      }),
      { numRuns: 200, seed: 5 },
    );
  });

  it('takes a JSON Schema as well', () => {
    const arbitrary = argumentsArbitrary({
      type: 'object',
      properties: { a: { type: ['integer', 'null'] } },
      required: ['a'],
    });
    fc.assert(
      fc.property(arbitrary, (value) => {
        const { a } = value as { a: unknown };
        expect(a === null || Number.isInteger(a)).toBe(true);
      }),
    );
  });

  it('makes the same values for the same seed', () => {
    const arbitrary = argumentsArbitrary(SCHEMAS['parts'] ?? z.never());
    const options = { seed: 9, numRuns: 20 };
    expect(fc.sample(arbitrary, options)).toEqual(fc.sample(arbitrary, options));
  });
});

describe('hostileArguments', () => {
  it('makes values most of which a strict schema refuses, all of them JSON', () => {
    const schema = SCHEMAS['numbers'] ?? z.never();
    const values = fc.sample(hostileArguments(argumentsArbitrary(schema)), { seed: 1, numRuns: 300 });
    const refused = values.filter((value) => !schema.safeParse(value).success);
    expect(refused.length).toBeGreaterThan(150);
    expect(values.every((value) => JSON.stringify(value) !== undefined)).toBe(true);
  });
});
