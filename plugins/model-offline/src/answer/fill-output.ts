import type { JsonSchema } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { meetsSchema } from '../schema/check-value.js';
import { coerce } from '../schema/fit-value.js';
import { asSchema, isNullable, propertiesOf, resolveSchema, typeOf, variantsOf } from '../schema/json-schema.js';
import { splitWords, stem } from '../text/words.js';
import { isNegativeWord, isPositiveWord, verdictOf } from './verdict.js';
import { FactBook } from './fact-book.js';
import type { AnswerSource } from './write-answer.js';

/** An answer in the shape of a schema, or what could not be found for it. */
export type FilledOutput =
  | { readonly isFilled: true; readonly value: Json }
  | { readonly isFilled: false; readonly missing: string };

interface Frame {
  readonly root: JsonSchema;
  readonly facts: FactBook;
  readonly source: AnswerSource;
  /** The answer in words. */ readonly text: string;
  readonly depth: number;
}

const DEEPEST = 12;
const COUNTING = new Set(['count', 'number', 'total', 'num', 'amount'].map(stem));
/** Properties that hold the answer in words. */
const WORDS =
  /^(answer|text|summary|result|response|message|conclusion|description|explanation|content|output|overview|report|body|value|finding|rationale|reason(ing)?|feedback|comment|notes?|details?|assessment|verdict)$/i;

/**
 * Fills a schema from results, data and text. What nothing says becomes `null`, an empty list or a text that says so; a
 * required number that nothing gives is not invented but named as missing.
 */
export function fillOutput(schema: JsonSchema, source: AnswerSource, text: string): FilledOutput {
  const frame: Frame = { root: schema, facts: new FactBook(source), source, text, depth: 0 };
  const missing: string[] = [];
  const value = fillValue('', schema, frame, missing);
  if (value !== undefined && missing.length === 0 && meetsSchema(value, schema)) return { isFilled: true, value };
  const names = [...new Set(missing)].map((name) => `"${name}"`);
  return { isFilled: false, missing: names.length > 0 ? names.join(', ') : 'a value that fits its schema' };
}

/** A value for one place of the schema; `undefined` where there is none, with its name among the missing. */
function fillValue(name: string, schema: JsonSchema, frame: Frame, missing: string[]): Json | undefined {
  const own = resolveSchema(schema, frame.root);
  if (own.const !== undefined) return own.const;
  const known = name === '' ? undefined : frame.facts.find(name, schema, frame.root);
  if (known !== undefined) return known;
  if (isNullable(schema, frame.root) && !holdsAnswer(name) && isText(schema, frame.root)) return null;
  const tried: string[][] = [];
  for (const variant of variantsOf(schema, frame.root)) {
    const lacks: string[] = [];
    const value = fillVariant(name, variant, { ...frame, depth: frame.depth + 1 }, lacks);
    if (value !== undefined && lacks.length === 0 && meetsSchema(value, schema, frame.root)) return value;
    tried.push(lacks);
  }
  if (isNullable(schema, frame.root)) return null;
  if (own.default !== undefined) return own.default;
  missing.push(...(tried.find((lacks) => lacks.length > 0) ?? [name || 'answer']));
  return undefined;
}

function fillVariant(name: string, schema: JsonSchema, frame: Frame, missing: string[]): Json | undefined {
  if (frame.depth > DEEPEST) return undefined;
  if (Array.isArray(schema.enum)) return chooseMember(name, schema, frame);
  switch (typeOf(schema)) {
    case 'object':
      return fillObject(schema, frame, missing);
    case 'array':
      return (
        frame.facts.list(name, schema, frame.root) ??
        (meetsSchema([], schema, frame.root) ? [] : oneEntry(name, schema, frame, missing))
      );
    case 'string':
      return wordsFor(name, schema, frame);
    case 'boolean':
      return frame.facts.says(name) ?? verdictOf(name, frame.source);
    case undefined:
      return frame.text;
    default:
      return undefined;
  }
}

function fillObject(schema: JsonSchema, frame: Frame, missing: string[]): Json | undefined {
  const properties = propertiesOf(schema);
  if (properties.length === 0) return frame.facts.record(schema, frame.root) ?? {};
  const filled = new Map<string, Json>();
  for (const { name, schema: own, isRequired } of listsFirst(properties, frame.root)) {
    const lacks: string[] = [];
    const value = countOf(name, own, filled, frame.root) ?? fillValue(name, own, frame, lacks);
    if (value !== undefined) filled.set(name, value);
    else if (isRequired) missing.push(...lacks);
  }
  const entries = properties.flatMap(({ name }): [string, Json][] => {
    const value = filled.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}

type Property = ReturnType<typeof propertiesOf>[number];

/** Lists before numbers that may count them. */
function listsFirst(properties: readonly Property[], root: JsonSchema): Property[] {
  const isList = ({ schema }: Property): boolean => variantsOf(schema, root).some((one) => typeOf(one) === 'array');
  return [...properties.filter(isList), ...properties.filter((property) => !isList(property))];
}

/** `findingCount` beside `findings`: how many there are. */
function countOf(
  name: string,
  schema: JsonSchema,
  filled: ReadonlyMap<string, Json>,
  root: JsonSchema,
): Json | undefined {
  const words = splitWords(name).map(stem);
  if (!words.some((word) => COUNTING.has(word))) return undefined;
  for (const [key, value] of filled) {
    const isCounted =
      Array.isArray(value) &&
      splitWords(key)
        .map(stem)
        .some((word) => words.includes(word));
    if (isCounted && meetsSchema(value.length, schema, root)) return value.length;
  }
  return undefined;
}

/** A list that must not be empty gets the entry that can be made. */
function oneEntry(name: string, schema: JsonSchema, frame: Frame, missing: string[]): Json | undefined {
  const entry = fillValue(name, asSchema(schema.items), frame, missing);
  return entry === undefined ? undefined : [entry];
}

/** The member that the text names; of members such as approve and reject the one that fits; else one that says "unknown". */
function chooseMember(name: string, schema: JsonSchema, { source, facts }: Frame): Json | undefined {
  const members = (Array.isArray(schema.enum) ? schema.enum : []).filter((member) => member !== null);
  const said = facts.member(members.filter((member) => typeof member === 'string'));
  if (said !== undefined) return said;
  const isVerdict =
    members.some((member) => isPositiveWord(member)) && members.some((member) => isNegativeWord(member));
  if (isVerdict) {
    const isGood = verdictOf(name, source);
    return members.find((member) => (isGood ? isPositiveWord(member) : isNegativeWord(member)));
  }
  const neutral = members.find(
    (member) =>
      typeof member === 'string' &&
      /^(unknown|other|none|general|neutral|unclear|n\/?a|undetermined|info|unsure|misc(ellaneous)?)$/i.test(member),
  );
  return neutral ?? (members.length === 1 ? members[0] : undefined);
}

/** The answer in words for properties that hold it; for others what the facts say, else that nothing says it. */
function wordsFor(name: string, schema: JsonSchema, { text, root }: Frame): Json | undefined {
  const candidates = holdsAnswer(name) ? [text, firstSentence(text)] : ['not stated', 'unknown'];
  for (const candidate of candidates) {
    const limit = typeof schema.maxLength === 'number' ? candidate.slice(0, schema.maxLength) : candidate;
    const value = coerce(limit, schema, root);
    if (value !== undefined) return value;
  }
  return undefined;
}

function holdsAnswer(name: string): boolean {
  return name === '' || splitWords(name).some((word) => WORDS.test(word));
}

function isText(schema: JsonSchema, root: JsonSchema): boolean {
  return variantsOf(schema, root).every((variant) => typeOf(variant) === 'string' && variant.enum === undefined);
}

function firstSentence(text: string): string {
  return /^[\s\S]*?[.!?](?=\s|$)/.exec(text.trim())?.[0] ?? text.trim().split('\n')[0] ?? '';
}
