import type { Mention } from '../data/mention.js';
import type { Clause } from '../text/clauses.js';
import { countShared, stem } from '../text/words.js';
import { hasDataFor, isTarget, meansSomethingElse } from './sentence-rules.js';
import { TRADES, wordsOf, type Trade, type TradeWords } from './trade.js';

/** Something a sentence asks for. */
export interface Intent {
  readonly trade: Trade;
  readonly clause: Clause;
  /** True where nothing says it, but what is asked for needs it. */ readonly isImplied?: boolean;
}

/** Verbs that ask for an analysis even where it is not said of what. */
const ANALYSING = new Set('analyse calculate compute'.split(' ').map(stem));
/** What needs the content of the files and pages that a text names. */
const CONTENT_TRADES: ReadonlySet<Trade> = new Set<Trade>([
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
/** Trades beside which a report is about something else than numbers. */
const OTHER_SUBJECTS: readonly Trade[] = ['validate', 'list', 'search'];

/** What the sentences ask for, in the order in which the work is done. */
export function intentsOf(clauses: readonly Clause[]): Intent[] {
  const asked = clauses.flatMap((clause) => askedIn(clause));
  const all = [...asked, ...impliedBy(asked, clauses)];
  return all.sort((a, b) => orderOf(a.trade) - orderOf(b.trade));
}

function askedIn(clause: Clause): Intent[] {
  const asked = TRADES.filter((words) => isAskedIn(words, clause)).map(({ trade }): Intent => ({ trade, clause }));
  if (asked.length > 0 || countShared(ANALYSING, clause.stems) === 0) return asked;
  return [{ trade: 'analyse', clause }];
}

/** A verb and what it is done to, or one word that says both. */
function isAskedIn(words: TradeWords, clause: Clause): boolean {
  const { stems } = clause;
  const hasVerb = countShared(words.verbs, stems) > 0;
  const hasObject = countShared(words.objects, stems) > 0 || hasDataFor(words.trade, words.mentions, clause);
  const isSaid = (hasVerb && hasObject) || countShared(words.strong, stems) > 0;
  return isSaid && !meansSomethingElse(words.trade, clause);
}

/** Reading what is named, and the figures a report on data is about. */
function impliedBy(asked: readonly Intent[], clauses: readonly Clause[]): Intent[] {
  const trades = new Set(asked.map(({ trade }) => trade));
  const isBare = asked.length === 0;
  const clauseWith = (kind: Mention['kind']): Clause | undefined =>
    clauses.find((clause) => clause.mentions.some((mention) => mention.kind === kind && !isTarget(mention, clause)));
  const needed: (readonly [Trade, Clause | undefined])[] = [];
  if (isBare || asked.some(({ trade }) => CONTENT_TRADES.has(trade))) {
    needed.push(['read', clauseWith('file')], ['fetch', clauseWith('url')]);
    const folder = isBare || trades.has('validate') ? clauseWith('folder') : undefined;
    needed.push(['list', folder], ['read', trades.has('validate') ? folder : undefined]);
  }
  const isOnNumbers = !OTHER_SUBJECTS.some((trade) => trades.has(trade));
  if (isOnNumbers)
    needed.push(['analyse', asked.find(({ trade }) => trade === 'report' || trade === 'visualise')?.clause]);
  if (isBare) needed.push(['analyse', clauseWith('series') ?? clauseWith('table')]);
  const implied = new Map<Trade, Intent>();
  for (const [trade, clause] of needed) {
    if (clause === undefined || trades.has(trade) || implied.has(trade) || isUnwanted(trade, clauses)) continue;
    implied.set(trade, { trade, clause, isImplied: true });
  }
  return [...implied.values()];
}

/** True where the text says not to do it. */
function isUnwanted(trade: Trade, clauses: readonly Clause[]): boolean {
  const { verbs, strong } = wordsOf(trade);
  return clauses.some(({ unwanted }) => countShared(verbs, unwanted) > 0 || countShared(strong, unwanted) > 0);
}

function orderOf(trade: Trade): number {
  return TRADES.findIndex((words) => words.trade === trade);
}
