import type { JsonSchema } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { isRecord, isSameJson } from '../data/json-values.js';
import { asSchema, propertiesOf, resolveSchema } from './json-schema.js';

const DEEPEST = 64;

/**
 * Says whether a value meets a schema. Covers what tool and output schemas use of JSON Schema 2020-12: types, enum,
 * const, bounds, lengths, patterns, items, properties, names, combinations and `$ref` within the document.
 */
export function meetsSchema(value: Json, schema: JsonSchema, root: JsonSchema = schema, depth = 0): boolean {
  if (depth > DEEPEST) return false;
  const own = resolveSchema(schema, root);
  const meets = (inner: Json | undefined, of: Json = value): boolean =>
    meetsSchema(of, asSchema(inner), root, depth + 1);
  if (!hasType(value, own.type)) return false;
  if (Array.isArray(own.enum) && !own.enum.some((member) => isSameJson(member, value))) return false;
  if (own.const !== undefined && !isSameJson(own.const, value)) return false;
  if (!meetsCombinations(own, meets)) return false;
  if (typeof value === 'number') return meetsNumberBounds(value, own);
  if (typeof value === 'string') return meetsTextBounds(value, own);
  if (Array.isArray(value)) return meetsArrayBounds(value, own, meets);
  return !isRecord(value) || meetsObjectBounds(value, own, meets);
}

type Meets = (schema: Json | undefined, of?: Json) => boolean;

function hasType(value: Json, type: Json | undefined): boolean {
  if (type === undefined) return true;
  return Array.isArray(type) ? type.some((one) => isOfType(value, one)) : isOfType(value, type);
}

function isOfType(value: Json, type: Json): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isRecord(value);
  return typeof value === type;
}

function meetsCombinations(schema: JsonSchema, meets: Meets): boolean {
  const { anyOf, oneOf, allOf, not } = schema;
  if (Array.isArray(anyOf) && !anyOf.some((member) => meets(member))) return false;
  if (Array.isArray(oneOf) && oneOf.filter((member) => meets(member)).length !== 1) return false;
  if (Array.isArray(allOf) && !allOf.every((member) => meets(member))) return false;
  return not === undefined || !meets(not);
}

function meetsNumberBounds(value: number, schema: JsonSchema): boolean {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (!Number.isFinite(value)) return false;
  if (typeof minimum === 'number' && value < minimum) return false;
  if (typeof maximum === 'number' && value > maximum) return false;
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) return false;
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum) return false;
  return typeof multipleOf !== 'number' || Math.abs(value / multipleOf - Math.round(value / multipleOf)) < 1e-9;
}

function meetsTextBounds(value: string, schema: JsonSchema): boolean {
  const { length } = Array.from(value); // characters as JSON Schema counts them, not UTF-16 units
  if (typeof schema.minLength === 'number' && length < schema.minLength) return false;
  if (typeof schema.maxLength === 'number' && length > schema.maxLength) return false;
  if (typeof schema.pattern === 'string' && !matchesPattern(value, schema.pattern)) return false;
  return typeof schema.format !== 'string' || matchesFormat(value, schema.format);
}

function matchesPattern(value: string, pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true;
  }
}

function matchesFormat(value: string, format: string): boolean {
  if (format === 'email') return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value);
  if (format === 'uri' || format === 'url') return URL.canParse(value);
  if (format === 'date') return /^\d{4}-\d{2}-\d{2}$/.test(value);
  if (format === 'date-time') return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(value);
  if (format === 'uuid') return /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i.test(value);
  return true;
}

function meetsArrayBounds(value: readonly Json[], schema: JsonSchema, meets: Meets): boolean {
  const { minItems, maxItems, uniqueItems, items, prefixItems, contains } = schema;
  if (typeof minItems === 'number' && value.length < minItems) return false;
  if (typeof maxItems === 'number' && value.length > maxItems) return false;
  if (uniqueItems === true && value.some((entry, at) => value.slice(0, at).some((other) => isSameJson(entry, other)))) {
    return false;
  }
  const firsts = Array.isArray(prefixItems) ? prefixItems : [];
  if (!firsts.every((member, at) => at >= value.length || meets(member, value[at] ?? null))) return false;
  if (items !== undefined && !value.slice(firsts.length).every((entry) => meets(items, entry))) return false;
  return contains === undefined || value.some((entry) => meets(contains, entry));
}

function meetsObjectBounds(value: Record<string, Json>, schema: JsonSchema, meets: Meets): boolean {
  const keys = Object.keys(value);
  const { minProperties, maxProperties, propertyNames, additionalProperties, required } = schema;
  if (typeof minProperties === 'number' && keys.length < minProperties) return false;
  if (typeof maxProperties === 'number' && keys.length > maxProperties) return false;
  if (Array.isArray(required) && !required.every((key) => typeof key === 'string' && Object.hasOwn(value, key))) {
    return false;
  }
  const declared = new Map(propertiesOf(schema).map((property) => [property.name, property.schema]));
  return keys.every((key) => {
    const entry = value[key] ?? null;
    if (propertyNames !== undefined && !meets(propertyNames, key)) return false;
    const own = declared.get(key);
    if (own !== undefined) return meets(own, entry);
    return additionalProperties === undefined || meets(additionalProperties, entry);
  });
}
