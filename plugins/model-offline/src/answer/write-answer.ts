import type { CallRecord, Conversation } from '../conversation.js';
import type { KnownTool } from '../brief/classify-tool.js';
import type { WorkPlan } from '../brief/choose-tools.js';
import type { Intent } from '../brief/intents.js';
import { argumentsOf, type Material, type Result } from '../brief/material.js';
import { unreadFiles } from '../brief/seeds.js';
import { subjectOf } from '../brief/subject.js';
import { wordsOf, type Trade } from '../brief/trade.js';
import { metricLines, relationLines } from './describe-metrics.js';
import { combineResults } from './combine-results.js';
import { describeChecks } from './describe-checks.js';
import { describeResult } from './describe-result.js';
import { listWords } from './format-number.js';
import { idleTrades, lackLines, neededFor } from './missing.js';
import { ownMetrics } from './own-statistics.js';
import { isAction } from '../text/actions.js';
import type { Clause } from '../text/clauses.js';
import { splitWords, stem } from '../text/words.js';
import { asksForWork } from '../brief/asking.js';

/** All that an answer is written from. */
export interface AnswerSource {
  readonly conversation: Conversation;
  readonly tools: readonly KnownTool[];
  readonly material: Material;
  readonly plan: WorkPlan;
}

/** Trades whose results are only steps on the way: they are told only where nothing came after them. */
const STEPS: ReadonlySet<Trade> = new Set(['list', 'read', 'fetch', 'parse-json', 'parse-csv']);
const LONGEST_ERROR = 400;
const LONGEST_QUOTE = 120;
const ABOUT_ITSELF = /\b(who|what) are you\b|\bwhat can you do\b|\b(which|what) tools\b|\bhelp\b/i;

/** The final answer in words: results, what failed, what is missing. */
export function writeAnswer(source: AnswerSource): string {
  const { given, results } = source.material;
  if (given.length > 0 && results.length === 0) return combineResults(source.conversation.goal, given);
  const parts = [...resultParts(source), ...failureParts(source), ...missingParts(source), ...limitParts(source)];
  const told = parts.filter((part) => part !== '');
  return told.length > 0 ? [...told, ...unknownParts(source)].join('\n\n') : aboutItself(source);
}

function resultParts(source: AnswerSource): string[] {
  const { results } = source.material;
  const last = results.filter(({ trade }) => trade === undefined || !STEPS.has(trade));
  const told = last.length > 0 ? last : results.filter(({ trade }) => isAsked(trade, source));
  const checks = told.filter(({ trade }) => trade === 'validate');
  const others = told.filter(({ trade }) => trade !== 'validate');
  return [
    checks.length === 0 ? '' : describeChecks(checks, source.material),
    ...others.map((result) => resultPart(result, source)),
    ownFigures(source),
  ];
}

/** True for a step that is asked for itself, or where nothing else is asked for. */
function isAsked(trade: Trade | undefined, source: AnswerSource): boolean {
  const asked = source.plan.intents.filter(({ isImplied }) => isImplied !== true);
  return asked.length === 0 ? unknownWork(source).length === 0 : asked.some((intent) => intent.trade === trade);
}

/** Sentences that ask for work of which the rules know nothing. */
function unknownWork({ conversation, plan, material }: AnswerSource): Clause[] {
  const done = new Set(material.results.flatMap(({ trade }) => (trade === undefined ? [] : [...wordsOf(trade).verbs])));
  const known = new Set(plan.intents.filter(({ isImplied }) => isImplied !== true).map(({ clause }) => clause));
  return plan.clauses.filter(
    (clause) =>
      !known.has(clause) &&
      !plan.takes(clause) &&
      asksForWork(clause) &&
      splitWords(clause.words).some(isAction) &&
      !isDoneBy(clause, done) &&
      !wasHandedOver(clause.text, conversation.calls),
  );
}

/** True where the sentence's verb is one of work that was done: "compare the quarters" after an analysis. */
function isDoneBy(clause: Clause, done: ReadonlySet<string>): boolean {
  const first = splitWords(clause.words).find(isAction);
  return first !== undefined && done.has(stem(first)) && !/^(give|tell)$/i.test(first);
}

function unknownParts(source: AnswerSource): string[] {
  return unknownWork(source).map(
    ({ words }) => `"${shorten(words)}" needs a language model: this stand-in only follows rules.`,
  );
}

/** What was left out because there was too much of it. */
function limitParts({ material, plan }: AnswerSource): string[] {
  const trades = new Set(plan.intents.map(({ trade }) => trade));
  const left = unreadFiles(material, trades);
  return left === 0
    ? []
    : [`${left} more ${left === 1 ? 'file was' : 'files were'} listed and not read: name them to have them read.`];
}

function resultPart(result: Result, { material }: AnswerSource): string {
  const lines = describeResult(result);
  if (result.trade === 'analyse')
    return [`Figures${ofWhat(result, material)}:`, ...lines.map((line) => `- ${line}`)].join('\n');
  if (result.trade === 'report') return `The report is done. ${lines.join('\n')}`;
  if (result.trade === 'write') return lines.join('\n');
  return `${headingOf(result)}:\n${lines.join('\n')}`;
}

function ofWhat(result: Result, material: Material): string {
  const name = subjectOf(result, material);
  return name === undefined ? '' : ` of ${name}`;
}

/** Statistics are asked for, the numbers are there and nobody had a tool for it: figures by the model's own rules. */
function ownFigures({ plan, material, conversation, tools }: AnswerSource): string {
  const isWanted = plan.intents.some(({ trade }) => trade === 'analyse' || trade === 'report');
  const hasTool = tools.some(({ trade }) => trade === 'analyse');
  const isElsewhere = material.given.length > 0 || conversation.calls.some(({ name }) => isHandOver(name, tools));
  if (!isWanted || hasTool || isElsewhere || material.datasets.length === 0) return '';
  const lines = material.datasets
    .map(ownMetrics)
    .flatMap((metrics) => [...metricLines(metrics), ...relationLines(metrics)]);
  return ['Figures (computed here, without a statistics tool):', ...lines.map((line) => `- ${line}`)].join('\n');
}

function isHandOver(name: string, tools: readonly KnownTool[]): boolean {
  return tools.some(({ spec, reach }) => spec.name === name && reach !== undefined);
}

function failureParts({ conversation, tools }: AnswerSource): string[] {
  const failed = conversation.calls.filter(
    (call) => call.result?.isError === true && !wasMendedLater(call, conversation.calls),
  );
  return [...new Set(failed.map((call) => failureLine(call, tools)))];
}

function wasMendedLater(call: CallRecord, calls: readonly CallRecord[]): boolean {
  return calls
    .slice(calls.indexOf(call) + 1)
    .some(({ name, result }) => name === call.name && result?.isError === false);
}

function failureLine({ name, result }: CallRecord, tools: readonly KnownTool[]): string {
  const text = (result?.text ?? '').trim();
  const short = text.length > LONGEST_ERROR ? `${text.slice(0, LONGEST_ERROR)} …` : text;
  const who =
    tools.find(({ spec }) => spec.name === name)?.reach === undefined
      ? `The tool "${name}"`
      : `The hand-over "${name}"`;
  return `${who} failed: ${short}`;
}

function missingParts({ plan, material, conversation, tools }: AnswerSource): string[] {
  const done = new Set<string>(material.results.map(({ trade }) => trade ?? ''));
  const tried = new Set(
    conversation.calls.map(({ name }) => tools.find(({ spec }) => spec.name === name)?.trade as string),
  );
  const lacking = new Set(plan.lacks.flatMap((lack) => (lack.kind === 'no-tool' ? [lack.intent.trade] : [])));
  const coveredHere = material.datasets.length > 0 || material.given.length > 0 ? ['analyse', 'report'] : [];
  const idle = idleTrades(plan.intents, new Set([...done, ...tried, ...lacking, ...coveredHere]));
  const wrong = idle.includes('analyse') ? noNumbers(material) : undefined;
  const needs = wrong === undefined ? idle.map(neededFor).filter((line) => line !== undefined) : [wrong];
  const isCovered = ({ clause, trade }: Intent): boolean =>
    coveredWithoutTool(trade, material, done) || wasHandedOver(clause.text, conversation.calls);
  const lacks = plan.lacks.filter((lack) => lack.kind === 'no-value' || !isCovered(lack.intent));
  const lines = [...new Set(needs)].slice(0, needs.length > 1 && idle.includes('analyse') ? 1 : 3);
  return [...lines, ...lackLines(lacks)];
}

/** What stands in a list among or in place of numbers. */
function noNumbers({ mentions }: Material): string | undefined {
  const entries = mentions.flatMap((mention) =>
    mention.kind === 'json' && Array.isArray(mention.value) ? mention.value : [],
  );
  const wrong = entries.filter((entry) => typeof entry !== 'number' && typeof entry !== 'object').slice(0, 5);
  if (wrong.length === 0) return undefined;
  const what = entries.some((entry) => typeof entry === 'number') ? 'entries that are no numbers' : 'no numbers, but';
  return `The list holds ${what}: ${listWords(wrong.map((entry) => JSON.stringify(entry)))}. Correct them or leave them out.`;
}

/** True where another agent had the sentence for its task. */
function wasHandedOver(words: string, calls: readonly CallRecord[]): boolean {
  return calls.some((call) => {
    const { task } = argumentsOf(call);
    return typeof task === 'string' && task.toLowerCase().includes(words.toLowerCase());
  });
}

/** What needs no tool: this text is the report, and figures of numbers at hand are computed here. */
function coveredWithoutTool(
  trade: Trade,
  { datasets, mentions, results, given }: Material,
  done: ReadonlySet<string>,
): boolean {
  if (trade === 'analyse') return datasets.length > 0 || done.has('analyse') || given.length > 0;
  if (trade === 'report') return datasets.length > 0 || results.length > 0 || given.length > 0;
  return (
    (trade === 'parse-json' || trade === 'parse-csv') &&
    (datasets.length > 0 || mentions.some(({ kind }) => kind === 'json'))
  );
}

function headingOf({ call, isDelegated }: Result): string {
  const words = splitWords(call.name.replace(/^(delegate|transfer)_to_/, '')).join(' ');
  return isDelegated ? `From ${words}` : `Result of ${call.name}`;
}

/** For a greeting, a general question and everything the rules do not know. */
function aboutItself({ conversation, tools, plan }: AnswerSource): string {
  const { goal } = conversation;
  const names = tools.map(({ spec }) => spec.name);
  const greeting = /^\s*(hi|hello|hey|good (morning|afternoon|evening)|greetings)\b/i.test(goal) ? 'Hello. ' : '';
  const isTalk = greeting !== '' || ABOUT_ITSELF.test(goal);
  const asked = plan.clauses.find(asksForWork);
  const why = isTalk
    ? 'This agent runs on a stand-in that follows rules; no language model is behind it.'
    : `${asked === undefined ? 'This' : `"${shorten(asked.words)}"`} needs a language model; this agent runs on a stand-in that follows rules, so it cannot answer.`;
  const means = names.length === 0 ? 'It has no tools here.' : `Its tools here: ${listWords(names)}.`;
  return (
    `${greeting}${why} ` +
    'It can find data in a text (numbers, JSON, tables, files, URLs, code), call fitting tools and write down what they give. ' +
    `${means} Try: "Analyze the dataset [3, 1, 4, 1, 5] and generate a report".`
  );
}

function shorten(text: string): string {
  return text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE).replace(/\s+\S*$/, '')} …`;
}
