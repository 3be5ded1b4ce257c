import type { Mention } from '../data/mention.js';
import type { Clause } from '../text/clauses.js';
import { countShared, stem } from '../text/words.js';
import { wordsOf, type Trade } from './trade.js';

const WRITING = stems('write save store export put append persist dump record create');
const READING = stems('read load open import fetch get download parse show print display');
const MAKING = stems('generate create write make produce build compile prepare render draft give deliver');
const GIVING = stems('give tell');
const FIGURES = stems('figure statistic metric');
const ANALYSIS_VERBS = new Set([...wordsOf('analyse').verbs].filter((verb) => !GIVING.has(verb)));
const PARSING = stems('parse decode deserialise convert');
const AS_JSON = /\b(?:to|as|into|in)\s+(?:a\s+|valid\s+|pretty\s+)*json\b/i;
const AFTER_READING = /\b(?:from|of|read|open|load)\s+(?:the\s+)?(?:file\s+)?["'`]?$/i;
const DIRECTED =
  /\b(?:to|into|as|in|under|named|called)\s+(?:the\s+|a\s+)?(?:new\s+)?(?:file\s+)?(?:named\s+|called\s+)?["'`]?$/i;
const RIGHT_AFTER_WRITING =
  /\b(?:write|save|create|export|append)\s+(?:the\s+|a\s+)?(?:new\s+)?(?:file\s+)?(?:named\s+|called\s+)?["'`]?$/i;
const CODE_FILE =
  /\.(ts|tsx|mts|cts|js|jsx|mjs|cjs|py|rb|go|rs|java|kt|swift|c|h|cc|cpp|hpp|cs|php|sh|bash|lua|r|scala|dart|vue|svelte|sql)$/i;

/** Sentences whose words fit a trade but which mean something else. */
const OTHER_MEANING: Partial<Record<Trade, (clause: Clause) => boolean>> = {
  analyse: (clause) =>
    isOnlyGiving(clause) ||
    (hasKind(clause, 'jsonpath') && !/\banaly|\bstatisti|\bmean\b|\bmedian\b|\baverage/i.test(clause.words)),
  report: (clause) => hasReadingVerb(clause) && countShared(MAKING, clause.stems) === 0,
  stringify: ({ words }) => !AS_JSON.test(words) && !/stringif|seriali|\bjson (text|string|output)\b/i.test(words),
  'parse-json': (clause) => AS_JSON.test(clause.words) && !/\bfrom json\b|\bpars(e|ing)\b/i.test(clause.words),
  'parse-csv': ({ words }) => /\b(?:to|as|into)\s+(?:a\s+)?csv\b/i.test(words) && !/\bpars(e|ing)\b/i.test(words),
  fetch: (clause) => !hasKind(clause, 'url') && !/\b(url|page|website|endpoint|api|http)/i.test(clause.words),
  write: (clause) =>
    !/\b(save|store|export|file|disk|write|append|persist|dump|put|create)\b/i.test(clause.words) ||
    !hasFileWord(clause),
  list: (clause) =>
    !/\b(files?|folders?|director(y|ies)|entries|tree|ls)\b/i.test(clause.words) && !hasKind(clause, 'folder'),
  visualise: ({ words }) => !/\b(plot|chart|graph|histogram|diagram|visuali|scatter|heat ?map|draw)/i.test(words),
  search: ({ words }) =>
    /\b(file|folder|directory|code|text|json)\b/i.test(words) && !/\b(web|internet|online|google)\b/i.test(words),
};

/** "Give me the figures" asks for an analysis, "give the data to Bob" does not. */
function isOnlyGiving({ stems: own }: Clause): boolean {
  const hasOther = countShared(ANALYSIS_VERBS, own) > 0 || countShared(wordsOf('analyse').strong, own) > 0;
  return !hasOther && countShared(GIVING, own) > 0 && countShared(FIGURES, own) === 0;
}

/** True for a sentence whose words fit the trade but which means something else. */
export function meansSomethingElse(trade: Trade, clause: Clause): boolean {
  return OTHER_MEANING[trade]?.(clause) ?? false;
}

/** True for the name of a file that holds source code. */
export function isCodeFile(name: string): boolean {
  return CODE_FILE.test(name);
}

/** True where the sentence has data that the trade works on. */
export function hasDataFor(trade: Trade, kinds: readonly Mention['kind'][], clause: Clause): boolean {
  if ((trade === 'parse-json' || trade === 'parse-csv') && countShared(PARSING, clause.stems) === 0) return false;
  return clause.mentions.some((mention) => {
    if (mention.kind !== 'file') return kinds.includes(mention.kind);
    if (trade === 'validate') return isCodeFile(mention.value);
    return kinds.includes('file') && isTarget(mention, clause) === (trade === 'write');
  });
}

/** True where a file is to be written: `save it to out.md`, `create notes.txt`. */
export function isTarget(mention: Mention, clause: Clause): boolean {
  if (mention.kind !== 'file' && mention.kind !== 'folder') return false;
  const before = clause.text.slice(0, Math.max(0, clause.text.indexOf(mention.text)));
  if (AFTER_READING.test(before)) return false;
  const isDirected = DIRECTED.test(before);
  if (countShared(WRITING, clause.stems) > 0) return isDirected || RIGHT_AFTER_WRITING.test(before);
  return isDirected && /\b(?:output|report|results?)\b/i.test(before);
}

function hasReadingVerb(clause: Clause): boolean {
  return countShared(READING, clause.stems) > 0;
}

function hasFileWord(clause: Clause): boolean {
  return /\b(files?|disk)\b/i.test(clause.words) || hasKind(clause, 'file') || hasKind(clause, 'folder');
}

function hasKind(clause: Clause, kind: Mention['kind']): boolean {
  return clause.mentions.some((mention) => mention.kind === kind);
}

function stems(words: string): ReadonlySet<string> {
  return new Set(words.split(' ').map(stem));
}
