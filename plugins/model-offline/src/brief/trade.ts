import type { MentionKind } from '../data/mention.js';
import { stem } from '../text/words.js';

/** What a tool does, or what a sentence asks for. */
export type Trade =
  | 'list'
  | 'read'
  | 'fetch'
  | 'search'
  | 'parse-json'
  | 'parse-csv'
  | 'query'
  | 'analyse'
  | 'validate'
  | 'visualise'
  | 'stringify'
  | 'report'
  | 'write'
  | 'send';

/** The words by which a trade is known. */
export interface TradeWords {
  readonly trade: Trade;
  /** Work of a lower phase comes first: its results are the material of the later ones. */ readonly phase: number;
  /** What is done. */ readonly verbs: ReadonlySet<string>;
  /** To what. */ readonly objects: ReadonlySet<string>;
  /** Enough alone. */ readonly strong: ReadonlySet<string>;
  /** Data in the sentence that counts as an object. */ readonly mentions: readonly MentionKind[];
}

/** All trades, in the order in which their work is done. */
export const TRADES: readonly TradeWords[] = [
  row(
    'list',
    0,
    'list show enumerate find scan browse count explore look ls',
    'directory folder files entry tree',
    'ls readdir',
    ['folder'],
  ),
  row(
    'read',
    1,
    'read load open import cat inspect view get retrieve fetch slurp print show display',
    'file document disk',
    'slurp cat',
    ['file'],
  ),
  row(
    'fetch',
    1,
    'fetch download get request call crawl scrape visit browse access hit query retrieve ping check',
    'url http https web page website webpage endpoint api link site',
    'curl wget fetch',
    ['url'],
  ),
  row('search', 1, 'search google look research', 'web internet online engine', 'search google', []),
  row('parse-json', 2, 'parse decode read convert deserialise load validate', 'json', '', ['json']),
  row('parse-csv', 2, 'parse decode read convert load import', 'csv tsv delimited spreadsheet', '', ['table']),
  row(
    'query',
    3,
    'query select extract get pick find evaluate look filter',
    'jsonpath field property element selector expression xpath jmespath',
    'jsonpath jmespath',
    ['jsonpath'],
  ),
  row(
    'analyse',
    4,
    'analyse calculate compute describe summarise compare examine evaluate assess measure aggregate crunch determine process study investigate explore find interpret understand give tell',
    'data dataset number value series figure sample observation measurement statistic metric distribution trend column record result point',
    'statistic metric mean average median deviation variance quartile percentile correlation distribution outlier histogram skewness kurtosis statistical stdev std minimum maximum',
    ['series', 'table', 'json'],
  ),
  row(
    'validate',
    4,
    'validate check lint review verify inspect audit test analyse assess examine scan evaluate critique look',
    'code source syntax program snippet function module script class vulnerability bug codebase implementation component python javascript typescript java go rust ruby php sql',
    'lint syntax codebase',
    ['code'],
  ),
  row(
    'visualise',
    5,
    'plot chart draw visualise graph render show create make',
    'chart plot graph histogram diagram visualisation scatter heatmap',
    'chart plot histogram visualise scatterplot',
    ['series', 'table'],
  ),
  row(
    'stringify',
    5,
    'stringify serialise encode format convert dump output pretty turn',
    'json',
    'stringify serialise',
    [],
  ),
  row(
    'report',
    6,
    'generate create write make produce build compile prepare render draft present give deliver document',
    'report summary document writeup paper presentation brief dossier',
    'report',
    [],
  ),
  row('write', 7, 'write save store export put append persist dump record create', 'file disk', 'save', ['file']),
  row(
    'send',
    8,
    'send email notify post message mail publish deliver share',
    'email message notification mail slack chat channel inbox recipient',
    'email notify',
    ['email'],
  ),
];

/** The row of a trade. */
export function wordsOf(trade: Trade): TradeWords {
  const found = TRADES.find((one) => one.trade === trade);
  if (found === undefined) throw new TypeError(`No trade "${trade}".`);
  return found;
}

function row(
  trade: Trade,
  phase: number,
  verbs: string,
  objects: string,
  strong: string,
  mentions: readonly MentionKind[],
): TradeWords {
  return { trade, phase, verbs: stems(verbs), objects: stems(objects), strong: stems(strong), mentions };
}

function stems(words: string): Set<string> {
  return new Set(words.split(' ').filter(Boolean).map(stem));
}
