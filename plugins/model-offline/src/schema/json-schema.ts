import type { JsonSchema } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { isRecord } from '../data/json-values.js';

/** Follows of `$ref` in one chain; more is a circle. */
const LONGEST_CHAIN = 32;

/** The schema a JSON value stands for; `true` and what is no schema allow everything. */
export function asSchema(value: Json | undefined): JsonSchema {
  return isRecord(value) ? value : value === false ? { not: {} } : {};
}

/** Follows `$ref` within the document. */
export function resolveSchema(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let current = schema;
  for (let step = 0; step < LONGEST_CHAIN && typeof current.$ref === 'string'; step++) {
    current = lookUp(current.$ref, root);
  }
  return current;
}

/** The ways a value can meet the schema, without `null`: the members of `anyOf` or `oneOf`, or the schema itself. */
export function variantsOf(schema: JsonSchema, root: JsonSchema, depth = 0): JsonSchema[] {
  const own = mergeAllOf(resolveSchema(schema, root), root);
  const members = own.anyOf ?? own.oneOf;
  if (!Array.isArray(members) || depth > 8) return isNullSchema(own) ? [] : splitTypes(own);
  return members.flatMap((member) => variantsOf(asSchema(member), root, depth + 1));
}

/** True where `null` meets the schema. */
export function isNullable(schema: JsonSchema, root: JsonSchema): boolean {
  const own = resolveSchema(schema, root);
  if (own.type === 'null' || (Array.isArray(own.type) && own.type.includes('null')) || own.const === null) return true;
  const members = own.anyOf ?? own.oneOf;
  return Array.isArray(members) && members.some((member) => isNullable(asSchema(member), root));
}

/** The type of a schema; guessed from its keywords where it does not say. */
export function typeOf(schema: JsonSchema): string | undefined {
  if (typeof schema.type === 'string') return schema.type;
  if (schema.properties !== undefined || schema.additionalProperties !== undefined) return 'object';
  if (schema.items !== undefined || schema.prefixItems !== undefined) return 'array';
  if (Array.isArray(schema.enum)) return typeof schema.enum[0];
  return schema.const === undefined ? undefined : typeof schema.const;
}

/** Name, schema and duty of each property of an object schema, in order. */
export function propertiesOf(
  schema: JsonSchema,
): { readonly name: string; readonly schema: JsonSchema; readonly isRequired: boolean }[] {
  const required = Array.isArray(schema.required) ? schema.required : [];
  const properties = isRecord(schema.properties) ? schema.properties : {};
  return Object.keys(properties).map((name) => ({
    name,
    schema: asSchema(properties[name]),
    isRequired: required.includes(name),
  }));
}

/** The words a schema says about itself. */
export function describeSchema(schema: JsonSchema): string {
  return [schema.title, schema.description].filter((text) => typeof text === 'string').join(' ');
}

function lookUp(ref: string, root: JsonSchema): JsonSchema {
  let current: Json = root;
  for (const part of ref.replace(/^#\/?/, '').split('/')) {
    if (part === '') continue;
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (!isRecord(current) || !Object.hasOwn(current, key)) return {};
    current = current[key] ?? null;
  }
  return asSchema(current);
}

/** One schema for the members of `allOf`: their properties and duties together. */
function mergeAllOf(schema: JsonSchema, root: JsonSchema): JsonSchema {
  if (!Array.isArray(schema.allOf)) return schema;
  const { allOf, ...own } = schema;
  return allOf
    .map((member) => mergeAllOf(resolveSchema(asSchema(member), root), root))
    .reduce<JsonSchema>((merged, member) => {
      const properties = { ...asSchema(merged.properties), ...asSchema(member.properties) };
      const required = [...listOf(merged.required), ...listOf(member.required)];
      return {
        ...merged,
        ...member,
        ...(Object.keys(properties).length > 0 ? { properties } : {}),
        ...(required.length > 0 ? { required } : {}),
      };
    }, own);
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function isNullSchema(schema: JsonSchema): boolean {
  return schema.type === 'null' || schema.const === null;
}

/** One schema for each name of a list of types. */
function splitTypes(schema: JsonSchema): JsonSchema[] {
  if (!Array.isArray(schema.type)) return [schema];
  return schema.type.filter((type) => type !== 'null').map((type) => ({ ...schema, type }));
}
