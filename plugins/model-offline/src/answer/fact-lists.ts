import type { Json } from '@master-orchestrator/errors';
import { isRecord } from '../data/json-values.js';
import { argumentsOf, type Material, type Result } from '../brief/material.js';

/** A list that a result holds, with what its name and its source say about each entry. */
export interface FactList {
  /** Name it stands under, or the empty text. */ readonly name: string;
  readonly entries: readonly Json[];
  /** Fields that the entries leave unsaid. */ readonly implied: { readonly [key: string]: Json };
}

const DEEPEST = 6;
/** What the name of a list says about the weight of its entries. */
const WEIGHTS: readonly (readonly [RegExp, string])[] = [
  [/error|fault|violation|vulnerab|failure/i, 'error'],
  [/warning/i, 'warning'],
  [/hint|suggestion|note|info|style/i, 'info'],
  [/issue|problem|finding|diagnostic/i, 'medium'],
];

/** All lists in results and in JSON of the text, newest results first. */
export function factLists(material: Material, written: readonly Json[]): FactList[] {
  const own = material.results
    .toReversed()
    .flatMap((result) => listsIn(result.value, '', impliedBy(result, material), 0));
  return [...own, ...written.flatMap((value) => listsIn(value, '', {}, 0))];
}

/** The file that a checking tool was given, where it is known. */
function impliedBy({ call }: Result, { documents }: Material): { readonly [key: string]: Json } {
  const texts = Object.values(argumentsOf(call)).filter((value) => typeof value === 'string');
  const file = documents.find(({ name, text }) => name !== undefined && texts.includes(text))?.name;
  return file === undefined ? {} : { file };
}

function listsIn(value: Json, name: string, implied: FactList['implied'], depth: number): FactList[] {
  if (depth > DEEPEST) return [];
  if (Array.isArray(value)) {
    const weight = WEIGHTS.find(([pattern]) => pattern.test(name))?.[1];
    const own = { name, entries: value, implied: weight === undefined ? implied : { ...implied, severity: weight } };
    return [own, ...value.slice(0, 50).flatMap((entry) => listsIn(entry, name, implied, depth + 1))];
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => listsIn(inner, key, implied, depth + 1));
}
