import type { JsonSchema } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { canonicalJson, isRecord } from '../data/json-values.js';
import { meetsSchema } from '../schema/check-value.js';
import { coerce } from '../schema/fit-value.js';
import { propertiesOf, resolveSchema } from '../schema/json-schema.js';
import type { KnownTool } from './classify-tool.js';
import { fillArguments } from './fill-arguments.js';
import type { Occasion } from './occasion.js';

const SUGGESTION = /did you mean\s+["'`“]?([^"'`”?\n]+?)["'`”]?\s*\?/i;
const EXPECTED =
  /(?:expected|must be|should be|allowed|one of)(?:(?!found|received|got)[^\n;"'`“]){0,40}?((?:["'`“][^"'`”\n]+["'`”](?:\s*[,|]\s*|\s+or\s+)?)+)/i;
const UNKNOWN_KEY =
  /(?:unrecognized|unknown|unexpected|additional)\s+(?:key|property|field|argument|properties|keys)[^"'`]*["'`]([^"'`]+)["'`]/i;

/**
 * Arguments mended as an error message says: a suggested value taken, an unknown field left out, a value of the named
 * choices set, a missing one filled in. `undefined` where the message says nothing that helps.
 */
export function correctedArguments(
  tool: KnownTool,
  occasion: Occasion,
  failed: Json,
  message: string,
): { readonly [key: string]: Json } | undefined {
  if (!isRecord(failed)) return refilled(tool, occasion);
  const root = tool.spec.parameters;
  const schema = resolveSchema(root, root);
  const mended =
    takeSuggestion(failed, message) ??
    dropUnknown(failed, schema, message) ??
    takeChoice(failed, schema, root, message) ??
    addMissing(tool, occasion, failed, message);
  if (mended === undefined || canonicalJson(mended) === canonicalJson(failed)) return undefined;
  return meetsSchema(mended, schema, root) ? mended : undefined;
}

/** The name of the property that a message is about. */
function namedProperty(schema: JsonSchema, message: string): string | undefined {
  const names = propertiesOf(schema).map(({ name }) => name);
  return names.find((name) =>
    new RegExp(String.raw`(?<![\w-])${name.replace(/[^\w]/g, String.raw`\$&`)}(?![\w-])`).test(message),
  );
}

function refilled(tool: KnownTool, occasion: Occasion): { readonly [key: string]: Json } | undefined {
  const filled = fillArguments(tool, occasion);
  return filled.isFilled ? filled.arguments : undefined;
}

/** `Did you mean "sales.csv"?` replaces the text that comes closest. */
function takeSuggestion(failed: Record<string, Json>, message: string): Record<string, Json> | undefined {
  const wanted = SUGGESTION.exec(message)?.[1];
  if (wanted === undefined) return undefined;
  const texts = Object.entries(failed).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const closest = texts.sort((a, b) => closeness(b[1], wanted) - closeness(a[1], wanted))[0];
  return closest === undefined ? undefined : { ...failed, [closest[0]]: wanted };
}

/** Letters two texts share at their beginnings and ends. */
function closeness(a: string, b: string): number {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length && a.at(-1 - end) === b.at(-1 - end)) end++;
  return start + end;
}

function dropUnknown(
  failed: Record<string, Json>,
  schema: JsonSchema,
  message: string,
): Record<string, Json> | undefined {
  const key = UNKNOWN_KEY.exec(message)?.[1];
  if (key === undefined || !Object.hasOwn(failed, key)) return undefined;
  const isRequired = propertiesOf(schema).some((property) => property.name === key && property.isRequired);
  return isRequired ? undefined : Object.fromEntries(Object.entries(failed).filter(([name]) => name !== key));
}

function takeChoice(
  failed: Record<string, Json>,
  schema: JsonSchema,
  root: JsonSchema,
  message: string,
): Record<string, Json> | undefined {
  const name = namedProperty(schema, message);
  const property = propertiesOf(schema).find((one) => one.name === name);
  const choices = [...(EXPECTED.exec(message)?.[1] ?? '').matchAll(/["'`“]([^"'`”]+)["'`”]/g)].map(
    (match) => match[1] ?? '',
  );
  if (property === undefined || choices.length === 0) return undefined;
  for (const choice of choices) {
    const value = coerce(choice, property.schema, root);
    if (value !== undefined) return { ...failed, [property.name]: value };
  }
  return undefined;
}

/** A field that the message asks for, filled as a required one. */
function addMissing(
  tool: KnownTool,
  occasion: Occasion,
  failed: Record<string, Json>,
  message: string,
): Record<string, Json> | undefined {
  const root = tool.spec.parameters;
  const schema = resolveSchema(root, root);
  const name = namedProperty(schema, message);
  if (
    name === undefined ||
    Object.hasOwn(failed, name) ||
    !/required|missing|needed|must (have|be given)/i.test(message)
  )
    return undefined;
  const parameters = { ...root, required: [...(Array.isArray(schema.required) ? schema.required : []), name] };
  const filled = fillArguments({ ...tool, spec: { ...tool.spec, parameters } }, occasion);
  return filled.isFilled ? { ...filled.arguments, ...failed, [name]: filled.arguments[name] ?? null } : undefined;
}
