import { describeResult } from '../answer/describe-result.js';
import { metricLines, metricSentences, relationLines } from '../answer/describe-metrics.js';
import { listWords } from '../answer/format-number.js';
import { withoutNote } from '../answer/note.js';
import { readMetrics } from '../answer/read-metrics.js';
import { sizeOf } from '../data/dataset.js';
import { splitClauses } from '../text/clauses.js';
import { splitWords } from '../text/words.js';
import { metricsAtHand } from './metrics-forms.js';
import type { Result } from './material.js';
import type { Occasion } from './occasion.js';

const LONGEST_TITLE = 90;
const REPORT_ON = /\b(?:report|summary|document|paper)\s+(?:on|about|of|for|covering|describing)\s+(?:the\s+)?(.+)$/i;

/** A title made from what the user asks for. */
export function reportTitle({ goal, material, clause }: Pick<Occasion, 'goal' | 'material' | 'clause'>): string {
  const about = REPORT_ON.exec(clause.words)?.[1];
  if (
    about !== undefined &&
    !/^(them|it|this|that|these|those|results?|findings?|analysis|data|dataset|numbers)\b/i.test(about)
  ) {
    return shorten(`Report on ${about}`);
  }
  const names = namesOf(material);
  if (names.length > 0 && names.length <= 4) return shorten(`Analysis of ${listWords(names)}`);
  const clauses = splitClauses(goal, material.mentions);
  const analysed = clauses.find(({ words }) => /^analy[sz]e\s+\S/i.test(words));
  if (analysed !== undefined)
    return shorten(`Analysis of ${analysed.words.replace(/^analy[sz]e\s+/i, '').replace(/[\s:,.]+$/, '')}`);
  const numbers = material.datasets.reduce((sum, dataset) => sum + sizeOf(dataset), 0);
  if (numbers > 0 && material.given.length === 0) return `Analysis of ${numbers} ${numbers === 1 ? 'value' : 'values'}`;
  const sources = material.given
    .filter(({ isMissing }) => !isMissing)
    .map(({ from }) => /\(([^)]+)\)/.exec(from)?.[1] ?? from);
  if (sources.length > 0) return shorten(`Report on the results of ${listWords([...new Set(sources)])}`);
  const first = clauses.map(({ words }) => subjectIn(words)).find((words) => splitWords(words).length >= 2);
  return shorten(first ?? 'Report');
}

/** The words of a sentence without "please" and "write a report". */
function subjectIn(words: string): string {
  return words
    .replace(/^please\s+/i, '')
    .replace(
      /^(write|generate|create|make|prepare|produce|draft|compile)\s+(me\s+|us\s+)?(a|an|the|one)?\s*(\w+\s+)?(report|summary|document)\b/i,
      '',
    )
    .replace(/^[\s:,.]+|[\s:,.!?]+$/g, '')
    .replace(/^(?:in|with|as|about|on|of|for|from|to|using|and|that)\b.*$/i, '');
}

/** The results in a few sentences; empty where there are none. */
export function reportSummary({ material }: Pick<Occasion, 'material'>): string {
  const sentences = metricsAtHand(material).flatMap(metricSentences);
  if (sentences.length > 0) return sentences.join(' ');
  const given = material.given
    .filter(({ isMissing }) => !isMissing)
    .map(({ text }) => withoutNote(text).split('\n')[0] ?? '');
  if (given.length > 0) return given.filter(Boolean).slice(0, 5).join(' ');
  if (material.statements.length > 0 && material.results.length === 0) return material.statements.slice(0, 3).join(' ');
  const documents = material.results.filter(({ trade }) => trade !== 'report' && trade !== 'write');
  return documents
    .map(describeResult)
    .map((lines) => lines[0] ?? '')
    .filter(Boolean)
    .slice(0, 5)
    .join(' ');
}

/** Heading and text of each part of a report on the results at hand. */
export function reportSections(
  { material }: Pick<Occasion, 'material'>,
  { withMetrics = true }: { readonly withMetrics?: boolean } = {},
): [string, string][] {
  const metrics = withMetrics ? metricsAtHand(material) : [];
  const figures = metrics.flatMap(metricLines);
  const relations = metrics.flatMap(relationLines);
  const others = material.results.filter(isWorthASection);
  return [
    ...(figures.length > 0 ? [['Key figures', bullets(figures)] as [string, string]] : []),
    ...(relations.length > 0 ? [['Relations', bullets(relations)] as [string, string]] : []),
    ...(material.statements.length > 0 ? [['As stated', bullets(material.statements)] as [string, string]] : []),
    ...material.given
      .filter(({ isMissing }) => !isMissing)
      .map(({ from, text }): [string, string] => [headingOf(from), withoutNote(text)]),
    ...others.map((result): [string, string] => [headingOf(result.call.name), describeResult(result).join('\n')]),
  ];
}

/** Not the steps on the way, and not figures that stand elsewhere. */
function isWorthASection({ trade, value }: Result): boolean {
  if (trade === 'analyse') return readMetrics(value) === undefined;
  return (
    trade === undefined || !['report', 'write', 'parse-json', 'parse-csv', 'read', 'list', 'fetch'].includes(trade)
  );
}

/** Names of files and columns, where the source gives them. */
function namesOf({ datasets }: Occasion['material']): string[] {
  const names = datasets.flatMap(({ name, columns }) =>
    name === undefined ? columns.flatMap(({ label }) => label ?? []) : [name],
  );
  return [...new Set(names)];
}

function headingOf(toolName: string): string {
  const words = splitWords(toolName.replace(/^(delegate|transfer)_to_/, '')).join(' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

function shorten(title: string): string {
  const capital = title.charAt(0).toUpperCase() + title.slice(1);
  if (capital.length <= LONGEST_TITLE) return capital;
  return `${capital.slice(0, LONGEST_TITLE).replace(/\s+\S*$/, '')} …`;
}
