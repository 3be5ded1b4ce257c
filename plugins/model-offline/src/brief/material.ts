import type { Json } from '@master-orchestrator/errors';
import type { CallRecord, Conversation } from '../conversation.js';
import { datasetOfJson, datasetOfMentions, datasetOfTable, type Dataset } from '../data/dataset.js';
import { extractData } from '../data/extract-data.js';
import { isRecord, parseJson, canonicalJson } from '../data/json-values.js';
import type { Mention } from '../data/mention.js';
import { namedColumns } from '../data/data-forms.js';
import { parseDelimited } from '../data/tables.js';
import type { GivenResult } from '../text/briefing.js';
import { splitClauses } from '../text/clauses.js';
import { statementsOf } from './asking.js';
import type { KnownTool } from './classify-tool.js';
import type { Trade } from './trade.js';

/** A tool call that gave a result, with what is known about its tool. */
export interface Result {
  readonly call: CallRecord;
  readonly trade: Trade | undefined;
  /** True for the answer of another agent. */ readonly isDelegated: boolean;
  readonly text: string;
  /** Parsed; the text itself where it is no JSON. */ readonly value: Json;
}

/** A text that a tool brought, for example the content of a file. */
export interface Document {
  readonly text: string;
  /** File name or URL it came from. */ readonly name?: string;
  /** How the text reads. */ readonly format: 'json' | 'csv' | 'text';
}

/** Everything a call or an answer can be made of. */
export interface Material {
  readonly mentions: readonly Mention[];
  readonly results: readonly Result[];
  readonly documents: readonly Document[];
  /** Numbers, each set once, in the order in which they came up. */ readonly datasets: readonly Dataset[];
  /** Sentences of the task that state something. */ readonly statements: readonly string[];
  /** Results of others that came with the task. */ readonly given: readonly GivenResult[];
}

/** Trades whose results are read as data for further work. */
const SOURCES: ReadonlySet<Trade | undefined> = new Set([
  'read',
  'fetch',
  'parse-json',
  'parse-csv',
  'query',
  undefined,
]);
const TEXT_KEYS = ['content', 'text', 'body', 'data', 'contents', 'markdown', 'html', 'output', 'result'];

/** Gathers what is at hand. */
export function gatherMaterial(conversation: Conversation, tools: readonly KnownTool[]): Material {
  const { mentions } = extractData(conversation.goal);
  const results = resultsOf(conversation.calls, tools);
  const attached = conversation.attachments.map(({ name, text }) => documentOf(text, name));
  const documents = [...attached, ...results.filter(isReading).map(documentOfResult)];
  const own = datasetOfMentions(mentions);
  const found = [...(own === undefined ? [] : [own]), ...datasetsOf(attached, results)];
  const datasets = found.length > 0 ? withoutRepeats(found) : earlierDatasets(conversation, tools);
  const statements = statementsOf(splitClauses(conversation.goal, mentions));
  return { mentions, results, documents, datasets, statements, given: conversation.given };
}

/** Reads a text as the document it is. */
export function documentOf(text: string, name?: string): Document {
  const value = /^\s*[[{]/.test(text) ? parseJson(text) : undefined;
  const isCsv = value === undefined && (/\.(csv|tsv)$/i.test(name ?? '') || looksDelimited(text));
  const format = value !== undefined ? 'json' : isCsv ? 'csv' : 'text';
  return { text, format, ...(name === undefined ? {} : { name }) };
}

/** The numbers in a document. */
export function datasetOfDocument({ text, format, name }: Document): Dataset | undefined {
  const found = datasetOfText(text, format);
  return found === undefined || name === undefined ? found : { ...found, name };
}

/** The arguments of a call as an object. */
export function argumentsOf(call: CallRecord): Record<string, Json> {
  return isRecord(call.arguments) ? call.arguments : {};
}

function datasetOfText(text: string, format: Document['format']): Dataset | undefined {
  if (format === 'json') return datasetOfJson(parseJson(text) ?? null);
  if (format === 'csv') {
    const table = parseDelimited(text);
    const found = table === undefined ? undefined : datasetOfTable(table);
    if (found !== undefined) return found;
  }
  return datasetOfMentions(extractData(text).mentions.filter(({ kind }) => kind === 'table' || kind === 'series'));
}

function resultsOf(calls: readonly CallRecord[], tools: readonly KnownTool[]): Result[] {
  return calls.flatMap((call) => {
    if (call.result === undefined || call.result.isError) return [];
    const tool = tools.find(({ spec }) => spec.name === call.name);
    const { text, value } = call.result;
    return [{ call, trade: tool?.trade, isDelegated: tool?.reach !== undefined, text, value: value ?? text }];
  });
}

function isReading({ trade }: Result): boolean {
  return trade === 'read' || trade === 'fetch';
}

function documentOfResult({ call, text, value }: Result): Document {
  const source = Object.values(argumentsOf(call)).find((entry) => typeof entry === 'string');
  return documentOf(contentOf(value) ?? text, source);
}

/** The text a reading tool wraps in a record such as `{ path, content }`. */
export function contentOf(value: Json): string | undefined {
  if (typeof value === 'string') return value;
  if (!isRecord(value)) return undefined;
  const key = TEXT_KEYS.find((one) => typeof value[one] === 'string');
  return key === undefined ? undefined : (value[key] as string);
}

/** What a query picked is meant; else what was parsed; else what was read. */
function datasetsOf(attached: readonly Document[], results: readonly Result[]): Dataset[] {
  const sources = results.filter(({ trade, isDelegated }) => SOURCES.has(trade) && !isDelegated);
  const queried = sources.filter(({ trade }) => trade === 'query').flatMap((result) => datasetOfResult(result) ?? []);
  if (queried.length > 0) return queried;
  const fromFiles = attached.flatMap((document) => datasetOfDocument(document) ?? []);
  return [...fromFiles, ...sources.flatMap((result) => datasetOfResult(result) ?? [])];
}

function datasetOfResult(result: Result): Dataset | undefined {
  if (isReading(result)) {
    const found = datasetOfDocument(documentOfResult(result));
    if (found !== undefined) return found;
  }
  return typeof result.value === 'string'
    ? datasetOfText(result.value, documentOf(result.value).format)
    : datasetOfJson(result.value);
}

function earlierDatasets(conversation: Conversation, tools: readonly KnownTool[]): Dataset[] {
  const before = conversation.background.toReversed();
  for (const text of before) {
    const found = datasetOfMentions(extractData(text).mentions);
    if (found !== undefined) return [found];
  }
  return withoutRepeats(datasetsOf([], resultsOf(conversation.earlierCalls, tools)));
}

/** The same numbers read from a file and parsed by a tool are one set; the name of the first is kept. */
function withoutRepeats(datasets: readonly Dataset[]): Dataset[] {
  const kept = new Map<string, Dataset>();
  for (const dataset of datasets) {
    const key = canonicalJson(namedColumns(dataset).map(({ label, values }) => [label, [...values]]));
    const before = kept.get(key);
    kept.set(key, before ?? dataset);
  }
  return [...kept.values()];
}

function looksDelimited(text: string): boolean {
  const lines = text.trim().split(/\r?\n/);
  return lines.length >= 2 && parseDelimited(text) !== undefined;
}
