import type { JsonSchema } from '@master-orchestrator/contracts';
import * as fc from 'fast-check';
import { z } from 'zod';

type Schema = Readonly<Record<string, unknown>>;

/** Deeper than this only what is required is generated, and lists are empty where they may be. */
const SPARSE_DEPTH = 3;
/** Deeper than this a recursion ends in null, which its schema may refuse. */
const LAST_DEPTH = 8;

/** The JSON Schema of what a zod schema takes in, or the schema itself where it is one. */
export function inputJsonSchema(schema: z.ZodType | JsonSchema): JsonSchema {
  if (!isZod(schema)) return schema;
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as unknown as JsonSchema;
}

/**
 * Values that fit a schema, for property tests. It goes by the JSON Schema, which is what a model sees: refinements
 * and transforms of a zod schema may still refuse some of them.
 *
 * @param schema - A zod schema, or a JSON Schema (2020-12).
 */
export function argumentsArbitrary(schema: z.ZodType | JsonSchema): fc.Arbitrary<unknown> {
  const root = inputJsonSchema(schema) as Schema;
  return new Generator(root).of(root, 0);
}

class Generator {
  readonly #root: Schema;

  constructor(root: Schema) {
    this.#root = root;
  }

  of(schema: unknown, depth: number): fc.Arbitrary<unknown> {
    if (schema === false || depth > LAST_DEPTH) return fc.constant(null);
    if (!isRecord(schema)) return anything();
    if ('const' in schema) return fc.constant(schema['const']);
    if (Array.isArray(schema['enum']) && schema['enum'].length > 0)
      return fc.constantFrom(...(schema['enum'] as unknown[]));
    if (typeof schema['$ref'] === 'string') return this.of(this.#resolve(schema['$ref']), depth + 1);
    const union = schema['anyOf'] ?? schema['oneOf'];
    if (Array.isArray(union)) return this.#union(union, depth);
    const { type } = schema;
    if (Array.isArray(type))
      return this.#union(
        type.map((one: unknown) => ({ ...schema, type: one })),
        depth,
      );
    return this.#typed(merged(schema), type, depth);
  }

  #typed(schema: Schema, type: unknown, depth: number): fc.Arbitrary<unknown> {
    switch (type) {
      case 'string':
        return stringOf(schema);
      case 'integer':
      case 'number':
        return numberOf(schema, type === 'integer');
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      case 'array':
        return this.#array(schema, depth);
      case 'object':
        return this.#object(schema, depth);
      default:
        return isRecord(schema['properties']) ? this.#object(schema, depth) : anything();
    }
  }

  #union(options: readonly unknown[], depth: number): fc.Arbitrary<unknown> {
    // A recursion ends sooner where its first way out is taken more often.
    if (depth > SPARSE_DEPTH) return this.of(options[0], depth + 1);
    return fc.oneof(...options.map((option) => this.of(option, depth + 1)));
  }

  #array(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    if (Array.isArray(schema['prefixItems'])) {
      return fc.tuple(...schema['prefixItems'].map((item: unknown) => this.of(item, depth + 1)));
    }
    const minLength = numeric(schema['minItems']) ?? 0;
    if (depth > SPARSE_DEPTH && minLength === 0) return fc.constant([]);
    const maxLength = Math.max(minLength, Math.min(numeric(schema['maxItems']) ?? Infinity, minLength + 5));
    const items = this.of(schema['items'] ?? {}, depth + 1);
    return fc.array(items, { minLength, maxLength });
  }

  #object(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    const properties = isRecord(schema['properties']) ? schema['properties'] : {};
    const required = Array.isArray(schema['required']) ? (schema['required'] as string[]) : [];
    const names = Object.keys(properties).filter((name) => depth <= SPARSE_DEPTH || required.includes(name));
    const model = Object.fromEntries(names.map((name) => [name, this.of(properties[name], depth + 1)]));
    const requiredKeys = required.filter((name) => names.includes(name));
    const named = fc.record(model, { requiredKeys, noNullPrototype: true });
    const further = schema['additionalProperties'];
    if (!isRecord(further) || depth > SPARSE_DEPTH) return named;
    const keys = isRecord(schema['propertyNames'])
      ? this.of({ type: 'string', ...schema['propertyNames'] }, depth + 1)
      : word();
    const entries = fc.array(fc.tuple(keys, this.of(further, depth + 1)), { maxLength: 4 });
    return fc
      .tuple(named, entries)
      .map(([head, rest]) => ({ ...Object.fromEntries(rest.map(([key, value]) => [String(key), value])), ...head }));
  }

  #resolve(reference: string): unknown {
    if (reference === '#') return this.#root;
    const steps = reference
      .replace(/^#\//, '')
      .split('/')
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    return steps.reduce<unknown>((at, step) => (isRecord(at) ? at[step] : undefined), this.#root);
  }
}

/** A schema with its `allOf` laid into it. */
function merged(schema: Schema): Schema {
  if (!Array.isArray(schema['allOf'])) return schema;
  return (schema['allOf'] as unknown[]).filter(isRecord).reduce<Schema>((sum, part) => {
    const properties = { ...(sum['properties'] as object | undefined), ...(part['properties'] as object | undefined) };
    const required = [
      ...((sum['required'] as string[] | undefined) ?? []),
      ...((part['required'] as string[] | undefined) ?? []),
    ];
    return { ...part, ...sum, properties, required };
  }, schema);
}

function stringOf(schema: Schema): fc.Arbitrary<string> {
  const format = typeof schema['format'] === 'string' ? FORMATS[schema['format']] : undefined;
  if (format !== undefined) return format();
  if (typeof schema['pattern'] === 'string') return matching(schema['pattern']);
  const minLength = numeric(schema['minLength']) ?? 0;
  const maxLength = Math.max(minLength, Math.min(numeric(schema['maxLength']) ?? Infinity, minLength + 24));
  const bounds = { minLength, maxLength };
  // JSON Schema and zod count UTF-16 units, of which a grapheme may have several.
  const cut = (text: string): string => text.slice(0, maxLength);
  return fc.oneof(
    fc.string(bounds),
    fc.string({ ...bounds, unit: 'grapheme-composite' }).map(cut),
    anyCharacters(bounds).map(cut),
  );
}

/** Any code point but surrogates. The unit `binary` of fast-check does the same and takes five seconds to begin. */
function anyCharacters(bounds: { readonly minLength: number; readonly maxLength: number }): fc.Arbitrary<string> {
  const point = fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }));
  return fc.array(point, bounds).map((points) => String.fromCodePoint(...points));
}

/** Formats whose pattern says less than the format does. The others are made from their pattern. */
const FORMATS: Readonly<Record<string, () => fc.Arbitrary<string>>> = {
  uri: () => fc.webUrl({ withQueryParameters: true }),
  uuid: () => fc.uuid(),
  'date-time': () => moment().map((date) => date.toISOString()),
  date: () => moment().map((date) => date.toISOString().slice(0, 10)),
  time: () => moment().map((date) => date.toISOString().slice(11, 19)),
  ipv4: () => fc.ipV4(),
  ipv6: () => fc.ipV6(),
  hostname: () => fc.domain(),
  base64: () => fc.base64String({ maxLength: 32 }),
};

function moment(): fc.Arbitrary<Date> {
  return fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
}

function matching(pattern: string): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(pattern));
  } catch {
    return fc.string(); // a pattern with parts that cannot be turned round, look-behinds for example
  }
}

function numberOf(schema: Schema, isInteger: boolean): fc.Arbitrary<number> {
  const above = numeric(schema['exclusiveMinimum']);
  const below = numeric(schema['exclusiveMaximum']);
  const min = Math.max(numeric(schema['minimum']) ?? -Number.MAX_VALUE, above ?? -Number.MAX_VALUE);
  const max = Math.min(numeric(schema['maximum']) ?? Number.MAX_VALUE, below ?? Number.MAX_VALUE);
  const step = numeric(schema['multipleOf']) ?? (isInteger ? 1 : undefined);
  if (min > max) return fc.constant(0);
  if (step !== undefined && step > 0) {
    const first = Math.max(Math.ceil(min / step) + (above !== undefined && above === min ? 1 : 0), -1e9);
    const last = Math.min(Math.floor(max / step) - (below !== undefined && below === max ? 1 : 0), 1e9);
    return fc.integer({ min: Math.min(first, last), max: Math.max(first, last) }).map((count) => count * step);
  }
  const inside = fc.double({ min, max, noNaN: true, noDefaultInfinity: true });
  const small = fc.integer({ min: -100, max: 100 }).map((value) => Math.min(max, Math.max(min, value)));
  return fc.oneof(inside, small).map((value) => value + 0);
}

function anything(): fc.Arbitrary<unknown> {
  return fc.jsonValue({ maxDepth: 2 });
}

function word(): fc.Arbitrary<string> {
  return fc.oneof(fc.stringMatching(/^[a-z_]{1,8}$/), fc.string({ maxLength: 8 }));
}

function numeric(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function isRecord(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isZod(schema: object): schema is z.ZodType {
  return '_zod' in schema;
}
