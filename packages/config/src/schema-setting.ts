import type { JsonSchema } from '@master-orchestrator/contracts';
import { z } from 'zod';
import { displayPath } from './internal/display-path.js';
import { isPlainObject, type PlainObject } from './internal/plain-object.js';

/** What kind of value a setting holds. `list` and `record` are written as JSON where only text is possible. */
export type SettingKind = 'number' | 'boolean' | 'text' | 'choice' | 'list' | 'record' | 'secret';

/** One setting of a schema, as lists and help show it. */
export interface SchemaSetting {
  /** `server.port` */ readonly path: string;
  /** The path in parts. */ readonly keys: readonly string[];
  readonly kind: SettingKind;
  readonly description: string;
  /** Absent for a setting that is unset by default. */ readonly default?: unknown;
  /** The values of a choice. */ readonly choices?: readonly string[];
  /** What a value must be, in words: `a whole number from 1 to 100`. */ readonly expected: string;
}

/** An option of a plugin. */
export interface PluginOption extends SchemaSetting {
  /** What holds where it is not given and no value can say so: `by code`. May hold Markdown. */
  readonly defaultWords?: string;
  /** True where a plugin does not work without it. */ readonly isRequired: boolean;
  /** True for what no file can say, such as a function. */ readonly isInCode: boolean;
}

/** What a secret may be written as. */
export const SECRET_EXPECTED = 'the value itself, env:NAME or file:path';

/** JSON Schema (2020-12) of the settings that a plugin takes. What only code can give carries `x-in-code`. */
export function optionsJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as unknown as JsonSchema;
}

/** The options that the schema of a plugin knows, in its order; sections are listed by what stands in them. */
export function pluginOptions(schema: z.ZodType): readonly PluginOption[] {
  return [...leaves([], optionsJsonSchema(schema), true)].map(({ keys, node, isRequired }) => ({
    ...schemaSetting(keys, node),
    ...(typeof node['x-default'] === 'string' && { defaultWords: node['x-default'] }),
    isRequired,
    isInCode: node['x-in-code'] === true,
  }));
}

/** Names that a JSON Schema knows inside the value at a path; lists and records are looked into. */
export function namesInside(node: unknown, path: readonly string[]): string[] {
  if (!isPlainObject(node)) return [];
  const branches = Array.isArray(node['anyOf']) ? node['anyOf'].flatMap((branch) => namesInside(branch, path)) : [];
  const members = isPlainObject(node['properties']) ? node['properties'] : {};
  const [key, ...rest] = path;
  if (key === undefined) return [...Object.keys(members).filter((name) => name !== '$schema'), ...branches];
  const inner = Object.hasOwn(members, key) ? members[key] : (node['additionalProperties'] ?? node['items']);
  return [...namesInside(inner, rest), ...branches];
}

/** A part of a JSON Schema that no further settings stand in. */
export interface SchemaLeaf {
  readonly keys: readonly string[];
  readonly node: PlainObject;
  readonly isRequired: boolean;
}

/** The settings of a JSON Schema, in its order. */
export function* leaves(
  keys: readonly string[],
  node: PlainObject,
  isRequired: boolean,
): Generator<SchemaLeaf, void, undefined> {
  const children = node['properties'];
  if (!isPlainObject(children)) {
    yield { keys, node, isRequired };
    return;
  }
  const required = Array.isArray(node['required']) ? (node['required'] as unknown[]) : [];
  for (const [key, child] of Object.entries(children)) {
    if (key === '$schema' || !isPlainObject(child)) continue;
    yield* leaves([...keys, key], child, isRequired && required.includes(key));
  }
}

/** A part of a JSON Schema as a setting. */
export function schemaSetting(keys: readonly string[], node: PlainObject): SchemaSetting {
  const kind = kindOf(node);
  return {
    keys,
    path: displayPath(keys),
    kind,
    description: typeof node['description'] === 'string' ? node['description'] : '',
    ...('default' in node && { default: node['default'] }),
    ...(kind === 'choice' && { choices: node['enum'] as string[] }),
    expected: expectedOf(kind, node),
  };
}

function kindOf(node: PlainObject): SettingKind {
  if (node['x-secret'] === true) return 'secret';
  if (Array.isArray(node['enum'])) return 'choice';
  switch (node['type']) {
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'array':
      return 'list';
    case 'object':
      return 'record';
    default:
      return 'text';
  }
}

function expectedOf(kind: SettingKind, node: PlainObject): string {
  if (typeof node['x-expected'] === 'string') return node['x-expected'];
  if (node['x-in-code'] === true) return 'a function or object, which only code can give';
  if (Array.isArray(node['anyOf'])) return alternatives(node['anyOf']);
  const words: Readonly<Record<SettingKind, () => string>> = {
    number: () => numberWords(node),
    boolean: () => 'true or false',
    choice: () => `one of ${(node['enum'] as string[]).join(', ')}`,
    list: () => listWords(node['items']),
    record: () => 'an object',
    secret: () => SECRET_EXPECTED,
    text: () => textWords(node),
  };
  return words[kind]();
}

function alternatives(nodes: readonly unknown[]): string {
  const words = nodes.filter(isPlainObject).map((node) => expectedOf(kindOf(node), node));
  return [...new Set(words)].join(', or ');
}

function textWords(node: PlainObject): string {
  if ('const' in node) return JSON.stringify(node['const']);
  return node['format'] === 'uri' ? 'an http or https address' : 'a text that is not empty';
}

/** A list of texts, where nothing better is known. */
function listWords(items: unknown): string {
  if (!isPlainObject(items)) return 'a list of texts';
  const kind = kindOf(items);
  if (kind === 'number') return 'a list of numbers';
  if (kind === 'choice') return `a list of ${(items['enum'] as string[]).join(', ')}`;
  if (kind === 'record') return 'a list of objects';
  return Array.isArray(items['anyOf']) ? `a list, each ${expectedOf(kind, items)}` : 'a list of texts';
}

function numberWords(node: PlainObject): string {
  const noun = node['type'] === 'integer' ? 'a whole number' : 'a number';
  const lowest = node['minimum'];
  const above = node['exclusiveMinimum'];
  const highest = node['maximum'];
  const isBounded = typeof lowest === 'number' && lowest > Number.MIN_SAFE_INTEGER;
  const from = isBounded ? ` from ${lowest}` : typeof above === 'number' ? ` above ${above}` : '';
  return typeof highest === 'number' && highest < Number.MAX_SAFE_INTEGER
    ? `${noun}${from} to ${highest}`
    : `${noun}${from}`;
}
