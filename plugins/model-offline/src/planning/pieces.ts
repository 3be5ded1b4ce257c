import type { Mention } from '../data/mention.js';
import type { Clause } from '../text/clauses.js';
import { splitWords } from '../text/words.js';
import { asksForWork, backgroundOf } from '../brief/asking.js';
import { intentsOf } from '../brief/intents.js';
import type { Trade } from '../brief/trade.js';

/** A piece of work that one agent can do, with all that it has to know. */
export interface Piece {
  readonly clause: Clause;
  /** Indexes of the pieces whose results it needs. */ readonly needs: readonly number[];
}

/** Work that is about the results of what stands before it. */
const LATE: ReadonlySet<Trade> = new Set(['report', 'write', 'send']);
const LATE_WORDS =
  /\b(combine|compile|merge|aggregate|consolidate|summari[sz]e|conclude|conclusions?|recommend\w*|present|overview|synthesi[sz]e|report|hand over|deliver)\b/i;
/** Mentions that are data rather than words. */
const DATA: ReadonlySet<Mention['kind']> = new Set([
  'series',
  'table',
  'json',
  'code',
  'file',
  'folder',
  'url',
  'quote',
  'number',
  'jsonpath',
]);

/** What is asked for, with who waits for whom. Sentences that ask for nothing are left to {@link backgroundOf}. */
export function piecesOf(clauses: readonly Clause[]): Piece[] {
  const asking = clauses.filter(asksForWork);
  const used = asking.length > 0 ? asking : clauses.slice(0, 1);
  return used.map((clause, at) => ({ clause, needs: needsOf(clause, at, used) }));
}

/** The words of a task for somebody who sees nothing else: the piece, the background, and data named elsewhere. */
export function taskText({ clause, needs }: Piece, clauses: readonly Clause[]): string {
  const isOnResults = needs.length > 0;
  const background = backgroundOf(clauses).filter(
    ({ words, mentions }) => splitWords(words).length > 1 || (!isOnResults && mentions.length > 0),
  );
  const told = joinSentences([capitalise(clause.text), ...background.map(({ text }) => text)]);
  const has = [clause, ...background].some(({ mentions }) => mentions.some(({ kind }) => DATA.has(kind)));
  if (has || (isOnResults && !showsNumbers(clause))) return told;
  const kinds = isOnResults ? NUMERIC : DATA;
  const elsewhere = clauses.flatMap(({ mentions }) =>
    mentions.filter(({ kind }) => kinds.has(kind) && kind !== 'number'),
  );
  return elsewhere.length === 0 ? told : `${told}\n\nData: ${elsewhere.map(dataText).join('; ')}`;
}

/** True for a report or a chart: beside the results it wants the numbers themselves. */
function showsNumbers(clause: Clause): boolean {
  return intentsOf([clause]).some(({ trade }) => trade === 'report' || trade === 'visualise');
}

function dataText(mention: Mention): string {
  const label = mention.kind === 'series' ? mention.series.label : undefined;
  return label === undefined ? mention.text : `${label}: ${mention.text}`;
}

const NUMERIC: ReadonlySet<Mention['kind']> = new Set<Mention['kind']>(['series', 'table', 'json']);

/** A report waits for everything before it; what follows up waits for the piece before it. */
function needsOf(clause: Clause, at: number, pieces: readonly Clause[]): number[] {
  if (at === 0) return [];
  const trades = intentsOf([clause])
    .filter(({ isImplied }) => isImplied !== true)
    .map(({ trade }) => trade);
  const isLate = trades.some((trade) => LATE.has(trade)) || LATE_WORDS.test(clause.words);
  const hasOwnData = clause.mentions.some(
    ({ kind }) => kind === 'series' || kind === 'table' || kind === 'json' || kind === 'code',
  );
  const isOnAll = /\b(?:both|all (?:of them|three|four|results|findings)|them all|the (?:two|three|four))\b/i.test(
    clause.words,
  );
  if ((isLate || isOnAll) && !hasOwnData) return pieces.slice(0, at).map((_, index) => index);
  return clause.isFollowUp ? [at - 1] : [];
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Sentences in one line; what ends in a code block is followed by a new line. */
function joinSentences(texts: readonly string[]): string {
  return texts.map(asSentence).reduce((all, text) => `${all}${/```\s*$/.test(all) ? '\n' : ' '}${text}`);
}

function asSentence(text: string): string {
  return /[.!?:`]$/.test(text) ? text : `${text}.`;
}
