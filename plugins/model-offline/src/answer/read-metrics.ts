import type { Json } from '@master-orchestrator/errors';
import { isNumberList, isRecord } from '../data/json-values.js';
import { humanName } from './format-number.js';

/** The figures of one column. */
export interface Figures {
  /** Absent where the result names none. */ readonly name?: string;
  /** Name and number, the well-known ones first. */ readonly figures: readonly (readonly [string, number])[];
  /** Values that the tool calls outliers; absent where it says nothing of them. */ readonly outliers?: readonly number[];
}

/** How two columns go together: Pearson's r or what the tool calls correlation. */
export interface Relation {
  readonly a: string;
  readonly b: string;
  readonly r: number;
}

/** What could be read from the result of a statistics tool. */
export interface Metrics {
  readonly columns: readonly Figures[];
  readonly relations: readonly Relation[];
}

/** Names of the figures people ask for, in the order in which they are told. */
const KNOWN: readonly (readonly [string, RegExp])[] = [
  ['count', /^(count|n|size|length|number of values)$/],
  ['sum', /^(sum|total)$/],
  ['mean', /^(arithmetic )?(mean|average|avg)$/],
  ['median', /^(median|q 2|quartiles q 2|quartiles 2)$/],
  [
    'standard deviation (sample)',
    /^(sample (standard deviation|std|sd|stdev|std dev)|(standard deviation|std|sd|stdev|std dev) sample)$/,
  ],
  [
    'standard deviation (population)',
    /^(population (standard deviation|std|sd|stdev|std dev)|(standard deviation|std|sd|stdev|std dev) population|pstdev)$/,
  ],
  ['standard deviation', /^(standard deviation|std|sd|stdev|std dev|std deviation)$/],
  ['variance (sample)', /^(sample variance|variance sample)$/],
  ['variance (population)', /^(population variance|variance population)$/],
  ['variance', /^variance$/],
  ['first quartile', /^(quartiles )?(q 1|first|lower|p 25|25|25 %)( quartile)?$|^quartiles 1$/],
  ['third quartile', /^(quartiles )?(q 3|third|upper|p 75|75|75 %)( quartile)?$|^quartiles 3$/],
  ['minimum', /^(min|minimum)$/],
  ['maximum', /^(max|maximum)$/],
];
/** Figures a reader of an answer can do without; the report has them. */
const DETAIL =
  /histogram|\bbins?\b|percentile|frequency|fence|missing|autocorrelation|outliers count|percent\b|regression/;
/** Labels under which well-known figures are told. */
export const KNOWN_FIGURES: readonly string[] = KNOWN.map(([label]) => label);

/** Others are told where few of the well-known ones are there. */
const FEW = 4;
const MOST_OTHERS = 8;

/** Reads figures from a result of any usual shape; `undefined` where it holds none. */
export function readMetrics(value: Json): Metrics | undefined {
  const columns = withoutEmptyName(columnsOf(value, undefined, 0));
  const relations = relationsOf(value);
  return columns.length === 0 && relations.length === 0 ? undefined : { columns, relations };
}

/** One figure by its name in {@link KNOWN}, `undefined` where the column has none. */
export function figureOf(column: Figures, name: string): number | undefined {
  return column.figures.find(([key]) => key === name)?.[1];
}

function columnsOf(value: Json, name: string | undefined, depth: number): Figures[] {
  if (depth > 4) return [];
  if (Array.isArray(value))
    return value.filter(isRecord).flatMap((entry) => columnsOf(entry, nameIn(entry) ?? name, depth + 1));
  if (!isRecord(value)) return [];
  const figures = figuresOf(value);
  if (figures.some(([key]) => KNOWN.some(([known]) => known === key && key !== 'count'))) {
    const own = nameIn(value) ?? name;
    const outliers = outliersOf(value);
    return [{ figures, ...(own === undefined ? {} : { name: own }), ...(outliers === undefined ? {} : { outliers }) }];
  }
  return Object.entries(value)
    .filter(([key]) => !/correlation|regression|histogram|percentile/i.test(key))
    .flatMap(([key, inner]) => columnsOf(inner, isContainer(key) ? name : key, depth + 1));
}

/** A tool has to call the only column something; that name says nothing. */
function withoutEmptyName(columns: readonly Figures[]): Figures[] {
  const [only, ...others] = columns;
  if (only === undefined || others.length > 0 || !/^(values?|data|column 1|series 1)$/i.test(only.name ?? ''))
    return [...columns];
  const { name: _name, ...rest } = only;
  return [rest];
}

function outliersOf({ outliers }: Record<string, Json>): readonly number[] | undefined {
  const values = isRecord(outliers) ? outliers.values : outliers;
  return Array.isArray(values) && values.every((value) => typeof value === 'number') ? values : undefined;
}

function isContainer(key: string): boolean {
  return /^(columns|metrics|statistics|stats|results?|summary|series|data|value|output|values|descriptive)$/i.test(key);
}

function nameIn(record: Record<string, Json>): string | undefined {
  const name = record.name ?? record.column ?? record.label ?? record.series;
  return typeof name === 'string' ? name : undefined;
}

function figuresOf(record: Record<string, Json>): [string, number][] {
  const flat = flatten(record, '', 0);
  const known = KNOWN.flatMap(([label, pattern]): [string, number][] => {
    const hit = flat.find(([key]) => pattern.test(key));
    return hit === undefined ? [] : [[label, hit[1]]];
  });
  const others = flat.filter(([key]) => !DETAIL.test(key) && !KNOWN.some(([, pattern]) => pattern.test(key)));
  return known.length === 0 ? [] : [...known, ...(known.length < FEW ? others.slice(0, MOST_OTHERS) : [])];
}

/** Numbers by the words of their way through the record, `quartiles q 1`. */
function flatten(value: Json, key: string, depth: number): [string, number][] {
  if (typeof value === 'number') return [[key, value]];
  if (depth > 2) return [];
  if (isNumberList(value) && key.endsWith('quartiles') && value.length === 3) {
    return value.map((entry, at) => [`${key} ${at + 1}`, entry]);
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => flatten(inner, `${key} ${wordsOf(name)}`.trim(), depth + 1));
}

function wordsOf(name: string): string {
  return humanName(name).replace(/([a-z])(\d)/g, '$1 $2');
}

function relationsOf(value: Json, depth = 0): Relation[] {
  if (!isRecord(value) || depth > 3) return [];
  const found: Relation[] = [];
  for (const [key, inner] of Object.entries(value)) {
    if (/^correlations?(matrix|coefficients?)?$|^pearson|^r$/i.test(key.replace(/[_-]/g, '')))
      found.push(...readRelations(inner, key));
    else found.push(...relationsOf(inner, depth + 1));
  }
  return found;
}

function readRelations(value: Json, key: string): Relation[] {
  if (typeof value === 'number') return /^r$/i.test(key) ? [] : [{ a: '', b: '', r: value }];
  if (Array.isArray(value)) return value.filter(isRecord).flatMap(relationOfRecord);
  if (!isRecord(value)) return [];
  const names = value.columns ?? value.names ?? value.labels;
  if (Array.isArray(names) && Array.isArray(value.matrix)) return relationsOfMatrix(names.map(String), value.matrix);
  return Object.entries(value).flatMap(([a, inner]): Relation[] => {
    if (typeof inner === 'number') {
      const [first = a, second = ''] = a.split(/\s*(?:~|:|\||,| vs\.? | and |_vs_|×)\s*/);
      return [{ a: first, b: second, r: inner }];
    }
    if (!isRecord(inner)) return [];
    return Object.entries(inner).flatMap(([b, r]) => (typeof r === 'number' && a < b ? [{ a, b, r }] : []));
  });
}

function relationOfRecord(record: Record<string, Json>): Relation[] {
  const texts = Object.values(record).filter((entry) => typeof entry === 'string');
  const r = record.r ?? record.correlation ?? record.coefficient ?? record.value ?? record.pearson;
  const [a, b] = texts;
  return typeof r === 'number' && a !== undefined && b !== undefined ? [{ a, b, r }] : [];
}

function relationsOfMatrix(names: readonly string[], matrix: readonly Json[]): Relation[] {
  return names.flatMap((a, row) =>
    names.slice(row + 1).flatMap((b, offset): Relation[] => {
      const line = matrix[row];
      const r = Array.isArray(line) ? line[row + 1 + offset] : undefined;
      return typeof r === 'number' ? [{ a, b, r }] : [];
    }),
  );
}
