import type { JsonSchema } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { isRecord } from '../data/json-values.js';
import { meetsSchema } from '../schema/check-value.js';
import { coerce } from '../schema/fit-value.js';
import { isNullable, propertiesOf, typeOf, variantsOf } from '../schema/json-schema.js';
import { splitWords, stem } from '../text/words.js';

/** Words of field names that mean the same. */
const SAME: readonly ReadonlySet<string>[] = [
  'message problem description issue finding detail text title summary what explanation',
  'file path filename source location',
  'line row lineno',
  'severity level priority importance',
  'rule code check id name category type kind',
  'suggestion fix advice recommendation remedy hint solution',
  'column col',
].map((words) => new Set(words.split(' ').map(stem)));

/** Members of severities and levels, from the worst down; spelled as tools do. */
const LEVELS: readonly RegExp[] = [
  /^(critical|blocker|fatal)$/i,
  /^(high|error|major|severe)$/i,
  /^(medium|moderate|warning|warn)$/i,
  /^(low|minor|notice)$/i,
  /^(info(rmation)?|hint|note|style|trivial|suggestion)$/i,
];

/**
 * An entry of a result in the words of another schema; `undefined` where a field it needs is not there.
 *
 * @param implied - Fields that hold for the entry although it does not say them.
 */
export function fitRecord(
  entry: Json,
  schema: JsonSchema,
  root: JsonSchema,
  implied: { readonly [key: string]: Json } = {},
): Json | undefined {
  if (meetsSchema(entry, schema, root)) return entry;
  if (!isRecord(entry)) return undefined;
  for (const variant of variantsOf(schema, root)) {
    if (typeOf(variant) !== 'object') continue;
    const fitted = fitFields(entry, variant, root, implied);
    if (fitted !== undefined && meetsSchema(fitted, variant, root)) return fitted;
  }
  return undefined;
}

function fitFields(
  entry: Record<string, Json>,
  schema: JsonSchema,
  root: JsonSchema,
  implied: { readonly [key: string]: Json },
): Json | undefined {
  const fitted: Record<string, Json> = {};
  const taken = new Set<string>();
  for (const { name, schema: own, isRequired } of propertiesOf(schema)) {
    const found = fieldFor(name, own, entry, root, taken) ?? fieldFor(name, own, implied, root, new Set());
    if (found !== undefined) {
      fitted[name] = found.value;
      if (Object.hasOwn(entry, found.key)) taken.add(found.key);
    } else if (isNullable(own, root)) fitted[name] = null;
    else if (isRequired) return undefined;
  }
  return taken.size === 0 ? undefined : fitted;
}

function fieldFor(
  name: string,
  schema: JsonSchema,
  entry: { readonly [key: string]: Json },
  root: JsonSchema,
  taken: ReadonlySet<string>,
): { key: string; value: Json } | undefined {
  const keys = Object.keys(entry).filter((key) => !taken.has(key));
  const ranked = [
    ...keys.filter((key) => isSameName(key, name)),
    ...keys.filter((key) => !isSameName(key, name) && isKin(key, name)),
  ];
  for (const key of ranked) {
    const value = fitSimple(entry[key] ?? null, schema, root);
    if (value !== undefined) return { key, value };
  }
  return undefined;
}

function fitSimple(value: Json, schema: JsonSchema, root: JsonSchema): Json | undefined {
  const direct = value === null ? undefined : coerce(value, schema, root);
  if (direct !== undefined || typeof value !== 'string') return direct;
  const level = LEVELS.findIndex((pattern) => pattern.test(value));
  if (level < 0) return undefined;
  const members = variantsOf(schema, root).flatMap((one) => (Array.isArray(one.enum) ? one.enum : []));
  return nearestLevel(level, members);
}

/** `warning` as `medium`, where the schema has that: the nearest level that it knows. */
function nearestLevel(level: number, members: readonly Json[]): Json | undefined {
  const known = members.flatMap((member) => {
    const at = typeof member === 'string' ? LEVELS.findIndex((pattern) => pattern.test(member)) : -1;
    return at < 0 ? [] : [{ member, distance: Math.abs(at - level) }];
  });
  return known.sort((a, b) => a.distance - b.distance)[0]?.member;
}

function isSameName(a: string, b: string): boolean {
  return splitWords(a).map(stem).join(' ') === splitWords(b).map(stem).join(' ');
}

function isKin(a: string, b: string): boolean {
  const first = splitWords(a).map(stem);
  const second = splitWords(b).map(stem);
  return (
    first.some((word) => second.includes(word)) ||
    SAME.some((kin) => first.some((word) => kin.has(word)) && second.some((word) => kin.has(word)))
  );
}
