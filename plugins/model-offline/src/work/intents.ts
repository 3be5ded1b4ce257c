import type { Mention } from '../data/mention.js';
import type { Clause } from '../text/clauses.js';
import { countShared, stem } from '../text/words.js';
import { TRADES, type Trade, type TradeWords } from './trade.js';

/** Something a sentence asks for. */
export interface Intent {
  readonly trade: Trade;
  readonly clause: Clause;
  /** True where nothing says it, but what is asked for needs it. */ readonly isImplied?: boolean;
}

const WRITING = new Set('write save store export put append persist dump record'.split(' ').map(stem));
const READING = new Set('read load open import fetch get download parse show print display'.split(' ').map(stem));
const MAKING = new Set(
  'generate create write make produce build compile prepare render draft give deliver'.split(' ').map(stem),
);
/** Verbs that ask for an analysis even where it is not said of what. */
const ANALYSING = new Set('analyse calculate compute'.split(' ').map(stem));
/** What needs the content of the files and pages that a text names. */
const CONTENT_TRADES: ReadonlySet<Trade> = new Set([
  'analyse',
  'report',
  'query',
  'parse-json',
  'parse-csv',
  'validate',
  'visualise',
  'stringify',
  'send',
]);
const CODE_FILE =
  /\.(ts|tsx|mts|cts|js|jsx|mjs|cjs|py|rb|go|rs|java|kt|swift|c|h|cc|cpp|hpp|cs|php|sh|bash|lua|r|scala|dart|vue|svelte|sql)$/i;

/** What the sentences ask for, in the order in which the work is done. */
export function intentsOf(clauses: readonly Clause[]): Intent[] {
  const asked = clauses.flatMap((clause) => askedIn(clause));
  const all = [...asked, ...impliedBy(asked, clauses)];
  return all.sort((a, b) => orderOf(a.trade) - orderOf(b.trade));
}

/** True for the name of a file that holds source code. */
export function isCodeFile(name: string): boolean {
  return CODE_FILE.test(name);
}

/** True where a file is to be written: `save it to out.md`. */
export function isTarget(mention: Mention, clause: Clause): boolean {
  if (mention.kind !== 'file' && mention.kind !== 'folder') return false;
  const at = clause.text.indexOf(mention.text);
  const before = clause.text.slice(0, Math.max(0, at));
  if (
    /\b(from|of|in|read|open|load)\s+(the\s+)?(file\s+)?$/i.test(before) &&
    !/\b(save|write|store|export)\b[^.]*\bin\s+(the\s+)?(file\s+)?$/i.test(before)
  )
    return false;
  const isDirected =
    /\b(to|into|as|in|under|named|called)\s+(the\s+|a\s+)?(new\s+)?(file\s+)?(named\s+|called\s+)?$/i.test(before);
  const writes = countShared(WRITING, clause.stems) > 0;
  return writes ? isDirected || !hasReadingVerb(clause) : isDirected && /\b(output|report|result)/i.test(before);
}

function askedIn(clause: Clause): Intent[] {
  const asked = TRADES.filter((words) => isAskedIn(words, clause)).map(({ trade }): Intent => ({ trade, clause }));
  if (asked.length > 0 || countShared(ANALYSING, clause.stems) === 0) return asked;
  return [{ trade: 'analyse', clause }];
}

function isAskedIn(words: TradeWords, clause: Clause): boolean {
  const { stems } = clause;
  const verb = countShared(words.verbs, stems) > 0 ? 1 : 0;
  const object = countShared(words.objects, stems) > 0 || hasMention(words, clause) ? 1 : 0;
  const strong = countShared(words.strong, stems) > 0 ? 2 : 0;
  if (verb + object + strong < 2) return false;
  return !rulesOut(words.trade, clause);
}

function hasMention({ trade, mentions }: TradeWords, clause: Clause): boolean {
  return clause.mentions.some((mention) => {
    if (!mentions.includes(mention.kind))
      return mention.kind === 'file' && trade === 'validate' && isCodeFile(mention.value);
    if (mention.kind !== 'file') return true;
    return isTarget(mention, clause) === (trade === 'write');
  });
}

/** Sentences whose words fit but which mean something else. */
function rulesOut(trade: Trade, clause: Clause): boolean {
  const { stems, words } = clause;
  if (trade === 'report') return hasReadingVerb(clause) && countShared(MAKING, stems) === 0;
  if (trade === 'stringify')
    return !/\b(to|as|into|in)\s+(a\s+|valid\s+|pretty\s+)?json\b|stringif|seriali|\bjson (text|string|output)\b/i.test(
      words,
    );
  if (trade === 'parse-json')
    return /\b(to|as|into)\s+(a\s+|valid\s+|pretty\s+)?json\b/i.test(words) && !/\bfrom json\b/i.test(words);
  if (trade === 'parse-csv') return /\b(to|as|into)\s+(a\s+)?csv\b/i.test(words);
  if (trade === 'fetch')
    return (
      !clause.mentions.some(({ kind }) => kind === 'url') && !/\b(url|page|website|endpoint|api|http)/i.test(words)
    );
  if (trade === 'write')
    return !/\b(save|store|export|file|disk|write|append|persist|dump)\b/i.test(words) || !hasFileWord(clause);
  if (trade === 'list')
    return (
      !/\b(files?|folders?|director(y|ies)|entries|tree|ls)\b/i.test(words) &&
      !clause.mentions.some(({ kind }) => kind === 'folder')
    );
  if (trade === 'visualise')
    return !/\b(plot|chart|graph|histogram|diagram|visuali|scatter|heat ?map|draw)/i.test(words);
  return false;
}

function hasFileWord(clause: Clause): boolean {
  return (
    /\b(files?|disk)\b/i.test(clause.words) || clause.mentions.some(({ kind }) => kind === 'file' || kind === 'folder')
  );
}

function hasReadingVerb(clause: Clause): boolean {
  return countShared(READING, clause.stems) > 0;
}

/** Reading what is named, and the figures a report on data is about. */
function impliedBy(asked: readonly Intent[], clauses: readonly Clause[]): Intent[] {
  const trades = new Set(asked.map(({ trade }) => trade));
  const needsContent = asked.some(({ trade }) => CONTENT_TRADES.has(trade)) || asked.length === 0;
  const implied: Intent[] = [];
  const add = (trade: Trade, clause: Clause | undefined): void => {
    if (clause !== undefined && !trades.has(trade)) implied.push({ trade, clause, isImplied: true });
  };
  const clauseWith = (kind: Mention['kind']): Clause | undefined =>
    clauses.find((clause) => clause.mentions.some((mention) => mention.kind === kind && !isTarget(mention, clause)));
  if (needsContent) {
    add('read', clauseWith('file'));
    add('fetch', clauseWith('url'));
    const folder = trades.has('validate') || asked.length === 0 ? clauseWith('folder') : undefined;
    add('list', folder);
    if (folder !== undefined && trades.has('validate')) add('read', folder);
  }
  const report = asked.find(({ trade }) => trade === 'report' || trade === 'visualise');
  add('analyse', report?.clause);
  if (asked.length === 0) add('analyse', clauseWith('series') ?? clauseWith('table'));
  return implied;
}

function orderOf(trade: Trade): number {
  return TRADES.findIndex((words) => words.trade === trade);
}
