import type { JsonSchema } from '@master-orchestrator/contracts';
import { describeSchema } from '../schema/json-schema.js';
import { splitWords, stem } from '../text/words.js';

/** What a property of a tool's arguments is for. */
export type Role =
  | 'url'
  | 'path'
  | 'folder'
  | 'code'
  | 'language'
  | 'text'
  | 'data'
  | 'metrics'
  | 'title'
  | 'summary'
  | 'sections'
  | 'labels'
  | 'query'
  | 'task'
  | 'reason'
  | 'email'
  | 'date'
  | 'place'
  | 'person'
  | 'format'
  | 'count';

const NAMES: readonly (readonly [Role, string])[] = [
  ['url', 'url uri link href website endpoint webpage'],
  ['email', 'email mail recipient recipients'],
  ['query', 'query jsonpath expression selector q search term keyword keywords xpath'],
  ['language', 'language lang syntax dialect'],
  ['code', 'code snippet program script sourcecode'],
  ['sections', 'sections chapters paragraphs'],
  ['metrics', 'metrics metric statistics stats measures kpis indicators findings analysis'],
  ['title', 'title heading headline subject caption'],
  ['summary', 'summary abstract overview synopsis conclusion introduction intro'],
  ['labels', 'labels categories ticks legend'],
  ['folder', 'folder directory dir'],
  ['path', 'path file filename filepath filenames files paths'],
  [
    'data',
    'data dataset values numbers series samples sample observations points xs ys x y columns rows records table array list measurements vector inputs',
  ],
  ['format', 'format'],
  ['task', 'task goal assignment instruction instructions prompt request job question message'],
  ['reason', 'reason why rationale'],
  ['date', 'date day when since until deadline'],
  ['place', 'city location place country town region destination'],
  ['person', 'person user username author assignee owner customer'],
  ['count', 'count limit max maximum top amount'],
  ['text', 'text json csv content contents body raw input source string document payload markdown html yaml xml value'],
];

const BY_STEM = new Map(NAMES.flatMap(([role, words]) => words.split(' ').map((word) => [stem(word), role] as const)));

/** Phrases of a description that tell the role where the name does not. */
const DESCRIPTIONS: readonly (readonly [Role, RegExp])[] = [
  ['query', /\bjsonpath\b|\bsearch (term|query|text)\b|\bquery\b/i],
  ['url', /\burls?\b|\bweb ?(page|site|address)\b|\bhttps?\b/i],
  ['email', /\be-?mail address\b|\brecipients?\b/i],
  ['code', /\b(source )?code\b/i],
  ['folder', /\b(folder|directory)\b/i],
  ['path', /\b(file ?names?|file ?path|path (of|to)|(name|location|path) of (the|a) file|which file|the file\b)/i],
  ['metrics', /\b(metrics|statistics|key figures)\b/i],
  ['data', /\b(numbers|numeric|data ?set|data points|observations|samples|measurements|values)\b/i],
  ['title', /\b(title|headline|heading)\b/i],
  ['summary', /\b(summary|abstract|overview)\b/i],
  ['language', /\blanguage\b/i],
  ['place', /\b(city|location|place|country)\b/i],
  ['text', /\b(text|content|document|string)\b/i],
];

/** What a property is for, by its name first (the last word counts most), then by its description. */
export function roleOf(name: string, schema: JsonSchema): Role | undefined {
  const description = describeSchema(schema);
  const words = splitWords(name).map(stem);
  if (/jsonpath/i.test(description) && (words.includes('path') || words.includes('query'))) return 'query';
  if (schema.format === 'uri' || schema.format === 'url') return 'url';
  if (schema.format === 'email') return 'email';
  if (words.includes('url')) return 'url';
  if (words.includes('file') && words.includes('name')) return 'path';
  for (const word of words.toReversed()) {
    const role = BY_STEM.get(word);
    if (role === undefined) continue;
    return preciseRole(words, description) ?? role;
  }
  return DESCRIPTIONS.find(([, pattern]) => pattern.test(description))?.[0];
}

/** `source` may be source code, `document` a path, `value` a number: the description tells. */
function preciseRole(words: readonly string[], description: string): Role | undefined {
  if (words.length > 1 || !AMBIGUOUS.has(words[0] ?? '')) return undefined;
  if (/\b(source|program) code\b|\bcode to\b/i.test(description)) return 'code';
  const told = DESCRIPTIONS.find(([, pattern]) => pattern.test(description))?.[0];
  return told === 'path' || told === 'url' || told === 'code' ? told : undefined;
}

const AMBIGUOUS = new Set(
  ['source', 'input', 'document', 'value', 'location', 'target', 'destination', 'resource'].map(stem),
);
