import type { Found } from './mention.js';
import { parseDecimalComma, parseNumber } from './parse-number.js';
import { labelBefore } from './series-label.js';
import type { WorkingText } from './working-text.js';

interface WrittenNumber {
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

/** A number that is not part of a word, a date, a time or a version. */
const NUMBER =
  /(?<![\p{L}\d_.,/\\#]|[\p{L}\d]-)[$€£¥]?[+\-−]?[$€£¥]?(?:\d[\d_]*(?:\.\d+)?|\.\d+)(?:[eE][+\-−]?\d+)?(?:\s?%)?(?![\p{L}\d_]|\.\d|:\d|\/\d)/gu;
/** After a comma without a space, where the look-behind of {@link NUMBER} does not let a number begin. */
const LIST =
  /(?<![\p{L}\d_.,/\\#]|[\p{L}\d]-)[$€£¥]?[+\-−]?(?:\d[\d_]*(?:\.\d+)?|\.\d+)(?:[eE][+\-−]?\d+)?(?:,[+\-−]?(?:\d[\d_]*(?:\.\d+)?|\.\d+)(?:[eE][+\-−]?\d+)?)+(?![\p{L}\d_]|\.\d|:\d|\/\d)/gu;
const DECIMAL_COMMA_LIST = /(?<![\p{L}\d.,])[+\-−]?\d+(?:,\d+)?(?:\s*;\s*[+\-−]?\d+(?:,\d+)?)+(?![\p{L}\d]|[.,]\d)/gu;
/** `1. ` or `2) ` before the words of a list entry. */
const LIST_MARKER = /^[ \t]*\(?\d{1,2}[.)][ \t]+(?=\p{L})/gmu;
const BETWEEN = /^(?:\s*[,;|]\s*(?:(?:and|or|&)\s+)?|\s+(?:and|or|&)\s+|\s+)$/;
const RANGE =
  /\b(?:numbers?|integers?|values?|range)\s+(?:from\s+)?([+\-−]?\d+)\s*(?:to|through|until|\.\.\.?|…|–)\s*([+\-−]?\d+)(?![\p{L}\d.])/giu;
const LONGEST_RANGE = 10_000;

/** Takes what is written as numbers: lists of at least two as series, the others as single numbers. */
export function takeNumbers(text: WorkingText): void {
  text.blot(LIST_MARKER);
  text.takeAll(RANGE, (match) => rangeOf(match));
  text.takeAll(DECIMAL_COMMA_LIST, (match) => decimalCommaSeries(match, text.rest));
  const runs = runsOf(writtenNumbers(text.rest), text.rest);
  text.takeMany(runs.flatMap((run) => piecesOf(run, text.rest)));
}

function rangeOf(match: RegExpExecArray): Found | undefined {
  const from = parseNumber(match[1] ?? '');
  const to = parseNumber(match[2] ?? '');
  if (from === undefined || to === undefined || to <= from || to - from >= LONGEST_RANGE) return undefined;
  const values = Array.from({ length: to - from + 1 }, (_, step) => from + step);
  return { kind: 'series', series: { values }, start: match.index, end: match.index + match[0].length };
}

function decimalCommaSeries(match: RegExpExecArray, text: string): Found | undefined {
  const parts = match[0].split(';');
  if (!match[0].includes(',')) return undefined;
  if (parts.every((part) => /^\s*[+\-−]?\d{1,3},\d{3}\s*$/.test(part))) return undefined;
  const values = parts.map(parseDecimalComma).filter((value) => value !== undefined);
  const label = labelBefore(text, match.index);
  const series = { values, ...(label === undefined ? {} : { label }) };
  return { kind: 'series', series, start: match.index, end: match.index + match[0].length };
}

function writtenNumbers(text: string): WrittenNumber[] {
  const lists = [...text.matchAll(LIST)].flatMap((match) => numbersOfList(match, text));
  const taken = new Set(lists.map(({ start }) => start));
  const singles = [...text.matchAll(NUMBER)].flatMap((match) => {
    const value = parseNumber(match[0]);
    return value === undefined || taken.has(match.index)
      ? []
      : [{ value, start: match.index, end: match.index + match[0].length }];
  });
  return [...lists, ...singles].sort((a, b) => a.start - b.start);
}

/** `1,2,3` is three numbers; `$1,200` and a lone `1,234` are one each, and so is each of `1,200, 1,300`. */
function numbersOfList(match: RegExpExecArray, text: string): WrittenNumber[] {
  const whole = { start: match.index, end: match.index + match[0].length };
  const isGrouped = /^[$€£¥]?[+\-−]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(match[0]);
  const isMoney = /^[$€£¥]/.test(match[0]);
  const isOneGroup = match[0].split(',').length === 2;
  if (isGrouped && (isMoney || (isOneGroup && !hasLabel(text, match.index)) || isAmongSpaced(text, whole))) {
    const value = parseNumber(match[0]);
    if (value !== undefined) return [{ value, ...whole }];
  }
  let at = match.index;
  return match[0].split(',').flatMap((part) => {
    const start = at;
    at += part.length + 1;
    const value = parseNumber(part);
    return value === undefined ? [] : [{ value, start, end: start + part.length }];
  });
}

function hasLabel(text: string, start: number): boolean {
  return labelBefore(text, start) !== undefined || /[:=([{]\s*$/.test(text.slice(0, start));
}

/** True in `1,200, 1,300, 1,400`: the list itself has a space after its commas. */
function isAmongSpaced(text: string, { start, end }: { start: number; end: number }): boolean {
  return (
    /^(?:,|;)\s+[$€£¥]?[+\-−]?\d/.test(text.slice(end)) ||
    /\d(?:,|;)\s+$/.test(text.slice(Math.max(0, start - 8), start))
  );
}

function runsOf(numbers: readonly WrittenNumber[], text: string): WrittenNumber[][] {
  const runs: WrittenNumber[][] = [];
  let previous: WrittenNumber | undefined;
  for (const number of numbers) {
    const joins = previous !== undefined && BETWEEN.test(text.slice(previous.end, number.start));
    if (joins) runs.at(-1)?.push(number);
    else runs.push([number]);
    previous = number;
  }
  return runs;
}

function piecesOf(run: readonly WrittenNumber[], text: string): Found[] {
  const first = run[0];
  const last = run.at(-1);
  if (first === undefined || last === undefined) return [];
  const isSeries = run.length >= 3 || (run.length === 2 && isListed(text, first, last));
  if (!isSeries) return run.map(({ value, start, end }) => ({ kind: 'number', value, start, end }));
  const label = labelBefore(text, first.start);
  const series = { values: run.map(({ value }) => value), ...(label === undefined ? {} : { label }) };
  return [{ kind: 'series', series, start: first.start, end: last.end }];
}

/** Two numbers are a list where a comma or bracket says so, not in `between 2 and 3`. */
function isListed(text: string, first: WrittenNumber, last: WrittenNumber): boolean {
  const between = text.slice(first.end, last.start);
  return /[,;|]/.test(between) || /[:=([{]\s*$/.test(text.slice(0, first.start));
}
