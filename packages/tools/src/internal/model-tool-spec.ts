import type { AnyTool, JsonSchema, ModelToolSpec } from '@master-orchestrator/contracts';
import { OrchestratorError, type Json } from '@master-orchestrator/errors';
import { z } from 'zod';

/** Formats that strict function schemas accept (OpenAI, "Structured outputs", supported properties). */
const STRICT_FORMATS = new Set(['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid']);

/** Keywords that strict function schemas accept. `oneOf` is written as `anyOf`; lengths go into the description. */
const STRICT_KEYWORDS = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'description',
  'enum',
  'const',
  'anyOf',
  'items',
  '$ref',
  '$defs',
  'pattern',
  'format',
  'multipleOf',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minItems',
  'maxItems',
]);

/** Bounds of strict schemas: levels of nesting, properties in all, values of enums in all. */
const STRICT_LIMITS = { levels: 10, properties: 5_000, enumValues: 1_000 };

/**
 * A tool as a model sees it: the input side of its schema as JSON Schema, strict where the strict subset can say it.
 *
 * @throws OrchestratorError TOOL_INVALID when the root of the schema is no object or cannot be written as JSON Schema.
 */
export function modelToolSpec(tool: AnyTool): ModelToolSpec {
  const schema = toJsonSchema(tool);
  const { $schema: _dialect, ...root } = schema;
  if (root['type'] !== 'object' || root['anyOf'] !== undefined || root['oneOf'] !== undefined) {
    throw new OrchestratorError(
      'TOOL_INVALID',
      `Tool "${tool.name}": inputSchema must be an object schema such as z.object({ … }), because models write arguments as an object.`,
    );
  }
  const strict = strictForm(root);
  const head = { name: tool.name, description: tool.description };
  if (strict === undefined) return { ...head, parameters: root, isStrict: false };
  return { ...head, parameters: strict, isStrict: true };
}

function toJsonSchema(tool: AnyTool): JsonSchema {
  try {
    return z.toJSONSchema(tool.inputSchema, { io: 'input', unrepresentable: 'any' }) as unknown as JsonSchema;
  } catch (error) {
    const message = `Tool "${tool.name}": inputSchema cannot be written as JSON Schema: ${(error as Error).message}`;
    throw new OrchestratorError('TOOL_INVALID', message, { cause: error });
  }
}

/** The schema in the strict subset with the same meaning or a narrower one, or `undefined` where there is none. */
export function strictForm(root: JsonSchema): JsonSchema | undefined {
  const counts = { properties: 0, enumValues: 0 };
  const strict = convert(root, 1, counts);
  const isTooLarge = counts.properties > STRICT_LIMITS.properties || counts.enumValues > STRICT_LIMITS.enumValues;
  return isTooLarge ? undefined : strict;
}

interface Counts {
  properties: number;
  enumValues: number;
}

function convert(node: Json, level: number, counts: Counts): JsonSchema | undefined {
  if (typeof node !== 'object' || node === null || Array.isArray(node) || level > STRICT_LIMITS.levels)
    return undefined;
  const { minLength, maxLength, oneOf, ...rest } = node;
  const schema: { [key: string]: Json } = { ...rest };
  if (oneOf !== undefined) schema['anyOf'] = oneOf;
  const keys = Object.keys(schema);
  const isShapeless = !keys.some(
    (key) => key === 'type' || key === 'enum' || key === 'const' || key === 'anyOf' || key === '$ref',
  );
  if (isShapeless || !keys.every((key) => STRICT_KEYWORDS.has(key))) return undefined;
  if (typeof schema['format'] === 'string' && !STRICT_FORMATS.has(schema['format'])) return undefined;
  if (Array.isArray(schema['enum'])) counts.enumValues += schema['enum'].length;
  noteLengths(schema, minLength, maxLength);
  if (!convertObject(schema, level, counts)) return undefined;
  return convertParts(schema, level, counts) ? schema : undefined;
}

/** Says in words what the subset has no keyword for. The arguments are validated against the full schema anyway. */
function noteLengths(schema: { [key: string]: Json }, min: Json | undefined, max: Json | undefined): void {
  const atLeast = typeof min === 'number' && min > 0 ? `at least ${min}` : undefined;
  const atMost = typeof max === 'number' ? `at most ${max}` : undefined;
  const words = [atLeast, atMost].filter((part) => part !== undefined).join(', ');
  if (words === '') return;
  const own = typeof schema['description'] === 'string' ? `${schema['description']} ` : '';
  schema['description'] = `${own}(${words} characters)`;
}

function convertObject(schema: { [key: string]: Json }, level: number, counts: Counts): boolean {
  if (schema['type'] !== 'object')
    return schema['properties'] === undefined && schema['additionalProperties'] === undefined;
  const properties = (schema['properties'] ?? {}) as { [key: string]: Json };
  const names = Object.keys(properties);
  const required = new Set((schema['required'] ?? []) as readonly Json[]);
  if (!names.every((name) => required.has(name))) return false; // an optional member: the subset has none
  if (schema['additionalProperties'] !== undefined && schema['additionalProperties'] !== false) return false;
  counts.properties += names.length;
  const converted: { [key: string]: Json } = {};
  for (const name of names) {
    const member = convert(properties[name] as Json, level + 1, counts);
    if (member === undefined || name === '__proto__') return false;
    converted[name] = member as Json;
  }
  schema['properties'] = converted;
  schema['required'] = names;
  schema['additionalProperties'] = false;
  return true;
}

function convertParts(schema: { [key: string]: Json }, level: number, counts: Counts): boolean {
  if (schema['items'] !== undefined) {
    const items = convert(schema['items'], level + 1, counts);
    if (items === undefined) return false;
    schema['items'] = items as Json;
  } else if (schema['type'] === 'array') return false;
  if (Array.isArray(schema['anyOf'])) {
    const parts = schema['anyOf'].map((part) => convert(part, level + 1, counts));
    if (parts.includes(undefined)) return false;
    schema['anyOf'] = parts as Json[];
  }
  const definitions = schema['$defs'];
  if (typeof definitions === 'object' && definitions !== null && !Array.isArray(definitions)) {
    const converted: { [key: string]: Json } = {};
    for (const [name, definition] of Object.entries(definitions)) {
      const part = convert(definition, level, counts);
      if (part === undefined) return false;
      converted[name] = part as Json;
    }
    schema['$defs'] = converted;
  }
  return true;
}
