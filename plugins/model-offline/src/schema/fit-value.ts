import type { JsonSchema } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { meetsSchema } from './check-value.js';
import { asSchema, propertiesOf, resolveSchema, typeOf, variantsOf } from './json-schema.js';
import { isRecord } from '../data/json-values.js';

/** The first of the values that meets the schema. */
export function firstFit(values: readonly Json[], schema: JsonSchema, root: JsonSchema): Json | undefined {
  return values.find((value) => meetsSchema(value, schema, root));
}

/** Turns a text or number into what a simple schema takes: `"5"` to 5, 5 to `"5"`, `yes` to true; enum members in any case. */
export function coerce(value: Json, schema: JsonSchema, root: JsonSchema): Json | undefined {
  if (meetsSchema(value, schema, root)) return value;
  for (const variant of variantsOf(schema, root)) {
    const own = enumMember(value, variant) ?? simpleValue(value, typeOf(variant));
    if (own !== undefined && meetsSchema(own, variant, root)) return own;
  }
  return undefined;
}

/**
 * Writes pairs of a name and a value as a list of objects of the wanted shape: the name goes into its first text
 * property, the value into the first property that takes it.
 */
export function fitEntries(
  pairs: readonly (readonly [string, Json])[],
  schema: JsonSchema,
  root: JsonSchema,
): Json | undefined {
  if (pairs.length === 0) return undefined;
  for (const variant of variantsOf(schema, root)) {
    if (typeOf(variant) !== 'array') continue;
    for (const item of variantsOf(asSchema(variant.items), root)) {
      const entries = pairs.map(([name, value]) => fitEntry(name, value, item, root));
      if (entries.every((entry) => entry !== undefined) && meetsSchema(entries, variant, root)) return entries;
    }
  }
  return undefined;
}

function fitEntry(name: string, value: Json, item: JsonSchema, root: JsonSchema): Json | undefined {
  const properties = propertiesOf(resolveSchema(item, root));
  const takes = (schema: JsonSchema, one: Json): boolean => coerce(one, schema, root) !== undefined;
  const nameProperty = properties.find(({ schema }) => !Array.isArray(schema.enum) && meetsSchema(name, schema, root));
  const valueProperty = properties.find((property) => property !== nameProperty && takes(property.schema, value));
  if (nameProperty === undefined || valueProperty === undefined) return undefined;
  const entry = {
    [nameProperty.name]: name,
    [valueProperty.name]: coerce(value, valueProperty.schema, root) ?? null,
    ...nullsFor(properties, [nameProperty.name, valueProperty.name], root),
  };
  return meetsSchema(entry, item, root) ? entry : undefined;
}

function nullsFor(
  properties: ReturnType<typeof propertiesOf>,
  taken: readonly string[],
  root: JsonSchema,
): Record<string, Json> {
  const open = properties.filter(
    ({ name, isRequired, schema }) => isRequired && !taken.includes(name) && meetsSchema(null, schema, root),
  );
  return Object.fromEntries(open.map(({ name }) => [name, null]));
}

function enumMember(value: Json, schema: JsonSchema): Json | undefined {
  if (!Array.isArray(schema.enum) || typeof value !== 'string') return undefined;
  const wanted = value.toLowerCase().trim();
  return schema.enum.find((member) => typeof member === 'string' && member.toLowerCase() === wanted);
}

function simpleValue(value: Json, type: string | undefined): Json | undefined {
  if (type === 'string') return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  if (type === 'number' || type === 'integer')
    return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
      ? Number(value)
      : undefined;
  if (type === 'boolean' && typeof value === 'string') {
    if (/^(true|yes|on|y)$/i.test(value)) return true;
    return /^(false|no|off|n)$/i.test(value) ? false : undefined;
  }
  if (type === 'array' && !Array.isArray(value) && !isRecord(value) && value !== null) return [value];
  return undefined;
}
