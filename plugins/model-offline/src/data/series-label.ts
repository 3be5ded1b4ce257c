import { isAction } from '../text/actions.js';
import { isStopWord, splitWords, stem } from '../text/words.js';

/** Words that announce data without naming it. */
const GENERIC = new Set(
  (
    'data dataset set number value series list array figure sample observation measurement input item entry point column ' +
    'mean median mode average sum total standard deviation variance quartile minimum maximum min max count range ' +
    'correlation statistic metric percentile number analys comput calculat describ report generat creat write read ' +
    'process compar examin evaluat check find show tell get summar add subtract multiply divid sort plot chart draw ' +
    'parse convert following below here given is are was follow new numeric have has with top first last between example'
  )
    .split(' ')
    .map(stem),
);

/**
 * The name a text gives to what begins at `start`: the words before a colon or equals sign (`unit sales: 1, 2`), or the
 * word right before (`sales 1, 2`, `sales of 1, 2`). Gives `undefined` for words such as "the dataset".
 */
export function labelBefore(text: string, start: number): string | undefined {
  const before = text.slice(Math.max(0, start - 80), start).replace(/[[({]\s*$/, '');
  const named = /([\p{L}_][\p{L}\d_ .\-/%]{0,60}?)\s*(?:[:=]|\s(?:is|are|was|were))\s*$/u.exec(before);
  if (named !== null) return cleanLabel(lastPhrase(named[1] ?? '')) ?? shortName(named[1] ?? '');
  const adjacent = /([\p{L}_][\p{L}\d_-]*)(?:\s+of)?\s+$/u.exec(before);
  return adjacent === null ? undefined : cleanLabel(adjacent[1] ?? '');
}

/** True for a word such as "dataset" that announces data. */
export function isGenericDataWord(word: string): boolean {
  return GENERIC.has(stem(word.toLowerCase()));
}

/** `a: 1, 2`: a single letter before a colon is a name, although it may be an article elsewhere. */
function shortName(text: string): string | undefined {
  return /(?:^|[\s;,.])([\p{L}]\d?)\s*$/u.exec(text)?.[1];
}

function lastPhrase(text: string): string {
  return text.split(/[.;,\n!?]|\s(?:and|or|vs|versus|with|for|of)\s/u).at(-1) ?? '';
}

function cleanLabel(phrase: string): string | undefined {
  const words = phrase.trim().split(/\s+/).slice(-4);
  while (words.length > 0 && (isEmptyWord(words[0] ?? '') || isAction(words[0] ?? ''))) words.shift();
  while (words.length > 0 && isEmptyWord(words.at(-1) ?? '')) words.pop();
  return words.length === 0 ? undefined : words.join(' ');
}

function isEmptyWord(word: string): boolean {
  return isStopWord(word) || /^[\d.-]+$/.test(word) || splitWords(word).every(isGenericDataWord);
}
