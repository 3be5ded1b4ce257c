import type { MentionKind } from './mention.js';
import type { WorkingText } from './working-text.js';

const URL_PATTERN = /\b(?:https?|ftp|wss?):\/\/[^\s<>"'`\uE000]+/gi;
const EMAIL = /[\p{L}\d._+-]+@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+/gu;
const DATE =
  /(?<![\d-])(?:\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?|\d{1,2}[/.]\d{1,2}[/.]\d{4}|\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]m)?)(?![\d-])/giu;
const VERSION = /(?<![\w.])v?\d+\.\d+\.\d+(?:[-+.][\w.-]+)?(?![\w])/g;
const JSON_PATH = /(?<![\w$])\$(?:\.{1,2}[\w*-]+|\[(?:[^[\]\n]|\[[^[\]\n]*\])*\])+/g;
const QUOTES =
  /"([^"\n]{1,2000})"|“([^”\n]{1,2000})”|«([^»\n]{1,2000})»|`([^`\n]{1,2000})`|(?<![\p{L}\d])'([^'\n]{1,500})'(?![\p{L}\d])/gu;
const FILE_ENDINGS =
  'csv|tsv|json|jsonl|ndjson|ya?ml|toml|xml|html?|md|markdown|txt|log|pdf|docx?|xlsx?|parquet|sql|db|sqlite|' +
  'ts|tsx|mts|cts|js|jsx|mjs|cjs|py|rb|go|rs|java|kt|swift|c|h|cc|cpp|hpp|cs|php|sh|bash|ps1|lua|r|scala|dart|vue|svelte|' +
  'css|scss|less|ini|cfg|conf|env|lock|png|jpe?g|gif|svg|webp|zip|tar|gz|proto|graphql|ipynb|tex|rst|diff|patch';
const FILE = new RegExp(
  String.raw`(?<![\w@/\\.:\uE000-])(?:[A-Za-z]:[\\/]|~?/|(?:\.{1,2}[\\/])+)?(?:[\w@%+-][\w@%+.-]*[\\/])*[\w@%+.-]*[\w@%+-]\.(?:${FILE_ENDINGS})(?![\w/\\-]|\.\w)`,
  'giu',
);
const QUOTED_FILE = new RegExp(String.raw`^[^\n<>|?*"]{1,200}\.(?:${FILE_ENDINGS})$`, 'i');
const FRAMEWORKS =
  /^(node|vue|next|nuxt|react|three|d3|express|ember|backbone|chart|socket|asp|deno|bun|solid|alpine|p5)\.(js|ts|net|io)$/i;
const FOLDER_PATH =
  /(?<=^|[\s"'`(])(?:~\/[\w@.-]*|\.{1,2}(?=[\s,;:!?)]|$)|(?:\.{0,2}\/)(?:[\w@.-]+\/)*[\w@.-]*[\w@-]\/?|(?:[\w@-][\w@.-]*\/)+(?=[\s.,;:!?)]|$))/gu;
/** `in src/answer`: a path of plain words after a word of place. */
const FOLDER_AFTER_PLACE =
  /(?<=\b(?:in|of|at|from|under|below|into|to|inside|within|folder|directory|path|repo|repository|project|package|through)\s(?:the\s)?)[\w@.-]+(?:\/[\w@.-]*[\w@-])+(?![\w/])/giu;
const PAIR_OF_WORDS =
  /^(and\/or|either\/or|his\/her|he\/she|him\/her|yes\/no|true\/false|on\/off|input\/output|i\/o|read\/write|client\/server|ci\/cd|tcp\/ip|a\/b|pros\/cons|km\/h|\d+\/\d+)$/i;
const AFTER_FOLDER = /\b(?:folder|directory|dir)\s+(?:named\s+|called\s+)?([\w@./-]*[\w@/-])/giu;
const BEFORE_FOLDER = /(?<![\w./@-])([\w@./-]*[\w@/-])\s+(?:folder|directory)\b/giu;
/** Quotations with a URL inside that are put together again. */
const MOST_MIXED_QUOTES = 100;
/** What may stand in a quotation without being meant for itself. */
const PART_OF_QUOTE: ReadonlySet<MentionKind> = new Set<MentionKind>(['url', 'email', 'jsonpath']);
const NOT_A_FOLDER =
  /^(the|a|an|this|that|current|working|of|in|and|or|to|with|for|is|are|has|contents?|listing|tree|structure|my|our|your|its|each|every|any|which|where|whole|entire|root|project|same|new|source|given|there|from|please|into|under)$/i;

/** Takes URLs and mail addresses. */
export function takeUrls(text: WorkingText): void {
  text.takeAll(URL_PATTERN, (match) => {
    const value = trimUrl(match[0]);
    return { kind: 'url', value, start: match.index, end: match.index + value.length };
  });
  text.takeAll(EMAIL, (match) => wholeMatch('email', match));
}

/** Takes JSONPath expressions such as `$.items[*].price`. */
export function takeJsonPaths(text: WorkingText): void {
  text.takeAll(JSON_PATH, (match) => wholeMatch('jsonpath', match));
}

/** Takes dates, times and versions, so that their digits are not read as data. */
export function takeDates(text: WorkingText): void {
  text.takeAll(DATE, (match) => wholeMatch('date', match));
  text.takeAll(VERSION, (match) => wholeMatch('date', match));
}

/** Takes what stands in quotes; a quoted file name or folder is taken as such. */
export function takeQuotes(text: WorkingText): void {
  const mixed = [...text.rest.matchAll(QUOTES)].filter(([whole]) => /\uE000/.test(whole) && !/^.\uE000+.$/.test(whole));
  for (const { index, 0: whole } of mixed.slice(0, MOST_MIXED_QUOTES)) {
    text.giveBack(index, index + whole.length, PART_OF_QUOTE);
  }
  text.takeAll(QUOTES, (match) => {
    const value = match.slice(1).find((group) => group !== undefined) ?? '';
    const kind = isFileName(value) ? 'file' : /^\.{0,2}\/?([\w.-]+\/)+$/.test(value) ? 'folder' : 'quote';
    return { kind, value, start: match.index, end: match.index + match[0].length };
  });
}

/** Takes names of files and folders. */
export function takePaths(text: WorkingText): void {
  text.takeAll(FILE, (match) => (FRAMEWORKS.test(match[0]) ? undefined : wholeMatch('file', match)));
  text.takeAll(FOLDER_PATH, (match) => wholeMatch('folder', match));
  text.takeAll(FOLDER_AFTER_PLACE, (match) => (PAIR_OF_WORDS.test(match[0]) ? undefined : wholeMatch('folder', match)));
  for (const pattern of [AFTER_FOLDER, BEFORE_FOLDER]) {
    text.takeAll(pattern, (match) => {
      const value = match[1] ?? '';
      if (NOT_A_FOLDER.test(value) || value === '') return undefined;
      const start = match.index + match[0].indexOf(value);
      return { kind: 'folder', value, start, end: start + value.length };
    });
  }
}

/** True for a text that is the name of a file and nothing else; blanks may stand in it. */
function isFileName(text: string): boolean {
  return QUOTED_FILE.test(text) && !FRAMEWORKS.test(text);
}

function wholeMatch<Kind extends 'email' | 'file' | 'folder' | 'date' | 'jsonpath'>(
  kind: Kind,
  match: RegExpExecArray,
): { kind: Kind; value: string; start: number; end: number } {
  return { kind, value: match[0], start: match.index, end: match.index + match[0].length };
}

/** Without the punctuation of the sentence around it; a closing bracket stays where the URL opened one. */
function trimUrl(url: string): string {
  let value = url;
  for (;;) {
    const last = value.at(-1) ?? '';
    const isPunctuation = /[.,;:!?\]}*_]/.test(last) || (last === ')' && count(value, '(') < count(value, ')'));
    if (!isPunctuation) return value;
    value = value.slice(0, -1);
  }
}

function count(text: string, char: string): number {
  return text.split(char).length - 1;
}
