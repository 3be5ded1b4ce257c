import type { JsonSchema } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { meetsSchema } from '../schema/check-value.js';
import { coerce } from '../schema/fit-value.js';
import { describeSchema, isNullable, propertiesOf, resolveSchema, typeOf, variantsOf } from '../schema/json-schema.js';
import { splitWords } from '../text/words.js';
import type { KnownTool } from './classify-tool.js';
import { valueForRole } from './role-values.js';
import { roleOf, type Role } from './roles.js';
import { saidMember, saidValues } from './said-values.js';
import type { Occasion } from './occasion.js';

/** Arguments for a tool, or the names of the required ones for which nothing was found. */
export type Filled =
  | { readonly isFilled: true; readonly arguments: { readonly [key: string]: Json } }
  | { readonly isFilled: false; readonly missing: readonly string[] };

const DEEPEST = 6;
/** Roles that are filled although the schema does not ask for them, where there is something to fill in. */
const WELCOME: ReadonlySet<Role> = new Set<Role>([
  'data',
  'metrics',
  'title',
  'summary',
  'sections',
  'language',
  'labels',
  'code',
  'text',
  'path',
  'folder',
  'url',
  'query',
  'email',
]);
/** A choice among these changes the manner, not the matter: the first one will do where none is asked for. */
const MANNERS =
  /^(format|mode|style|units?|method|encoding|order|sort|level|output|detail|verbosity|type|kind|theme|locale)$/i;

/** Fills the arguments of a tool from the occasion. Nothing is invented: what is not there is named as missing. */
export function fillArguments(tool: KnownTool, occasion: Occasion): Filled {
  const root = tool.spec.parameters;
  return fillObject(resolveSchema(root, root), root, occasion, 0);
}

function fillObject(schema: JsonSchema, root: JsonSchema, occasion: Occasion, depth: number): Filled {
  const filled: Record<string, Json> = {};
  const missing: string[] = [];
  const given: Json[] = [];
  for (const property of inOrderOfDuty(propertiesOf(schema))) {
    if (isAlternative(property, filled, schema, occasion)) continue;
    const value = fillProperty(property, root, { ...occasion, given }, depth);
    if (value !== undefined) {
      filled[property.name] = value;
      if (value !== null && typeof value !== 'boolean') given.push(value);
    } else if (property.isRequired) {
      if (meetsSchema(null, property.schema, root)) filled[property.name] = null;
      else missing.push(property.name);
    }
  }
  if (missing.length > 0) return { isFilled: false, missing };
  if (!meetsSchema(filled, schema, root))
    return { isFilled: false, missing: [describeSchema(schema) || 'fitting arguments'] };
  return { isFilled: true, arguments: filled };
}

/** Ways to hand over the same content, of which one is enough: `data` or `text`. */
const CONTENT: ReadonlySet<Role | undefined> = new Set<Role>(['data', 'text', 'code']);

/** True for an optional property that would hold once more what another property holds already. */
function isAlternative(
  property: Property,
  filled: Record<string, Json>,
  schema: JsonSchema,
  { seed }: Occasion,
): boolean {
  if (property.isRequired || seed.kind === 'nothing' || !CONTENT.has(roleOf(property.name, property.schema)))
    return false;
  return propertiesOf(schema).some(
    ({ name, schema: own }) => Object.hasOwn(filled, name) && CONTENT.has(roleOf(name, own)),
  );
}

type Property = ReturnType<typeof propertiesOf>[number];

/** Required ones first: they have the first pick. */
function inOrderOfDuty(properties: readonly Property[]): Property[] {
  return [...properties.filter(({ isRequired }) => isRequired), ...properties.filter(({ isRequired }) => !isRequired)];
}

function fillProperty(property: Property, root: JsonSchema, occasion: Occasion, depth: number): Json | undefined {
  const { name, schema, isRequired } = property;
  const isWanted = isRequired && !isNullable(schema, root);
  const told = roleOf(name, resolveSchema(schema, root));
  const role = told === undefined && occasion.trade === 'send' && /^(to|cc|receivers?)$/i.test(name) ? 'email' : told;
  const said = saidValue(name, schema, root, occasion);
  if (said !== undefined && !isDataRole(role)) return said;
  const fixed = fixedValue(property, root, isWanted);
  if (fixed !== undefined) return fixed;
  if (isWanted || (role !== undefined && WELCOME.has(role))) {
    const value =
      role === undefined ? undefined : valueForRole(role, { name, schema, root, isRequired: isWanted, occasion });
    if (value !== undefined) return value;
  }
  if (said !== undefined) return said;
  if (!isWanted) return undefined;
  return valueByType(property, root, occasion, depth);
}

function isDataRole(role: Role | undefined): boolean {
  return role === 'data' || role === 'metrics' || role === 'text' || role === 'code';
}

/** A value that the text gives by the property's name, or an enum member that it names. */
function saidValue(name: string, schema: JsonSchema, root: JsonSchema, { clause, goal }: Occasion): Json | undefined {
  for (const text of [clause.text, goal]) {
    for (const value of saidValues(name, text)) {
      const fitting = coerce(value, schema, root);
      if (fitting !== undefined && !isNameOfType(fitting, schema, root)) return fitting;
    }
  }
  const members = variantsOf(schema, root).flatMap((variant) => (Array.isArray(variant.enum) ? variant.enum : []));
  const texts = members.filter((member) => typeof member === 'string');
  return texts.length === 0 ? saidSwitch(name, schema, root, clause.words) : saidMember(texts, clause.words);
}

/** A free text that is taken from "title of …" without quotes is a guess; only quoted ones and other types count. */
function isNameOfType(value: Json, schema: JsonSchema, root: JsonSchema): boolean {
  return (
    typeof value === 'string' &&
    variantsOf(schema, root).every((variant) => typeOf(variant) === 'string' && variant.enum === undefined) &&
    /^(the|a|an|this|that|it|its|my|our|your|on|in|for|from|to)$/i.test(value)
  );
}

/** `recursive` for a switch of that name; `not recursive` for false. */
function saidSwitch(name: string, schema: JsonSchema, root: JsonSchema, text: string): Json | undefined {
  if (!variantsOf(schema, root).every((variant) => typeOf(variant) === 'boolean')) return undefined;
  const words = splitWords(name).filter((word) => !/^(is|has|should|use|include|with|allow)$/.test(word));
  const phrase = words.join(String.raw`[\s_-]*`);
  if (phrase === '') return undefined;
  const match = new RegExp(String.raw`\b(no|not|without|non)?[\s-]*\b${phrase}(ly|s)?\b`, 'i').exec(text);
  return match === null ? undefined : match[1] === undefined;
}

function fixedValue({ name, schema }: Property, root: JsonSchema, isWanted: boolean): Json | undefined {
  const own = resolveSchema(schema, root);
  if (own.const !== undefined && isWanted) return own.const;
  if (!isWanted) return undefined;
  if (own.default !== undefined) return own.default;
  const members = variantsOf(schema, root).flatMap((variant) => (Array.isArray(variant.enum) ? variant.enum : []));
  if (members.length === 1) return members[0];
  const isManner = splitWords(name).some((word) => MANNERS.test(word));
  return members.length > 1 && isManner ? members[0] : undefined;
}

/** For a required property whose name says nothing: what its type admits, if there is just that. */
function valueByType(property: Property, root: JsonSchema, occasion: Occasion, depth: number): Json | undefined {
  for (const variant of variantsOf(property.schema, root)) {
    const value = valueOfType(variant, property.name, root, occasion, depth);
    if (value !== undefined && meetsSchema(value, property.schema, root)) return value;
  }
  return undefined;
}

function valueOfType(
  schema: JsonSchema,
  name: string,
  root: JsonSchema,
  occasion: Occasion,
  depth: number,
): Json | undefined {
  const type = typeOf(schema);
  if (type === 'boolean') return false;
  const ask = { name, schema, root, isRequired: true, occasion };
  if (type === 'number' || type === 'integer') return nextNumber(schema, root, occasion);
  if (type === 'string') return valueForRole('quote', ask);
  if (type === 'object' && depth < DEEPEST && propertiesOf(schema).length > 0) {
    const inner = fillObject(schema, root, occasion, depth + 1);
    return inner.isFilled ? inner.arguments : undefined;
  }
  return valueForRole('data', ask);
}

/** The next number of the sentence that no other property has taken. */
function nextNumber(schema: JsonSchema, root: JsonSchema, { clause, given }: Occasion): Json | undefined {
  const numbers = clause.mentions.flatMap((mention) => {
    if (mention.kind === 'number') return [mention.value];
    return mention.kind === 'series' ? [...mention.series.values] : [];
  });
  let toSkip = (given ?? []).filter((value) => typeof value === 'number').length;
  return numbers.find((number) => toSkip-- <= 0 && meetsSchema(number, schema, root));
}
