import { assertNever } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { innerValue } from './inner-value.js';
import { dataForms, namedColumns } from '../data/data-forms.js';
import type { Mention, MentionKind } from '../data/mention.js';
import { meetsSchema } from '../schema/check-value.js';
import { coerce, firstFit, fitEntries } from '../schema/fit-value.js';
import { propertiesOf } from '../schema/json-schema.js';
import { languageOf } from './language.js';
import { metricsForms } from './metrics-forms.js';
import type { Ask, Occasion } from './occasion.js';
import { reportSections, reportSummary, reportTitle } from './report-parts.js';
import { roleOf, type Role } from './roles.js';
import { namesAfter } from './said-values.js';
import { codesIn, jsonTexts, quotes, reportBody, saidWords, writtenTexts } from './written-texts.js';

/** Names of properties that stand in the sentence before their value. */
const PREPOSITION = /^(from|to|in|at|for|by|with|via|into|about|of)$/;
const LONGEST_TITLE = 120;

/** The value of a property by what it is for; `undefined` where the occasion has none that fits its schema. */
export function valueForRole(role: Role | 'quote', ask: Ask): Json | undefined {
  const { schema, root } = ask;
  if (role === 'data') return dataValue(ask);
  if (role === 'sections') return fitEntries(sectionsFor(ask), schema, root);
  for (const candidate of candidatesFor(role, ask)) {
    const value = coerce(candidate, schema, root);
    if (value !== undefined) return value;
  }
  return undefined;
}

function candidatesFor(role: Role | 'quote', ask: Ask): Json[] {
  const { occasion } = ask;
  switch (role) {
    case 'path':
      return pathsOf(occasion);
    case 'folder':
      return [...seedOf(occasion, 'folder'), ...mentioned(occasion, 'folder'), ...hereFolder(occasion)];
    case 'url':
      return [...seedOf(occasion, 'url'), ...mentioned(occasion, 'url')];
    case 'email':
      return [...mentioned(occasion, 'email'), mentioned(occasion, 'email')];
    case 'date':
      return mentioned(occasion, 'date');
    case 'query':
      return queriesOf(occasion);
    case 'code':
      return codesOf(occasion);
    case 'language':
      return languageOf(occasion);
    case 'text':
      return textsOf(ask);
    case 'metrics':
      return metricsForms(occasion.material, ask);
    case 'title':
      return titlesOf(ask);
    case 'summary':
      return summariesOf(ask);
    case 'labels':
      return labelsOf(occasion);
    case 'place':
      return [
        ...seedOf(occasion, 'text'),
        ...namesAfter('in|at|for|of|to|near|from', occasion.clause.text),
        ...quotes(occasion),
      ];
    case 'person':
      return [...namesAfter('for|to|of|by|from|user|person', occasion.clause.text), ...quotes(occasion)];
    case 'task':
      return [...quotes(occasion), occasion.clause.text];
    case 'reason':
      return [occasion.clause.text];
    case 'count':
    case 'format':
    case 'quote':
    case 'data':
    case 'sections':
      return plainTexts(ask);
    default:
      return assertNever(role);
  }
}

/** Where a property of its own takes the metrics, the sections need not repeat them. */
function sectionsFor({ occasion, root }: Ask): [string, string][] {
  const takesMetrics = propertiesOf(root).some(({ name, schema }) => roleOf(name, schema) === 'metrics');
  return reportSections(occasion, { withMetrics: !takesMetrics });
}

/** A dataset in the first form the schema takes; with several lists to fill, one column each. */
function dataValue(ask: Ask): Json | undefined {
  const { occasion, schema, root, name } = ask;
  const { seed } = occasion;
  if (seed.kind === 'value') return firstFit([seed.value], schema, root);
  const datasets = occasion.seed.kind === 'dataset' ? [occasion.seed.dataset] : occasion.material.datasets;
  for (const dataset of datasets) {
    const columns = namedColumns(dataset);
    const taken = (occasion.given ?? []).filter(Array.isArray);
    const column = columns.find(({ label }) => label.toLowerCase() === name.toLowerCase()) ?? columns[taken.length];
    const forms = taken.length > 0 && column !== undefined ? [[...column.values]] : dataForms(dataset);
    const own = firstFit(forms, schema, root) ?? fitColumns(columns, ask);
    if (own !== undefined) return own;
    const oneOfSeveral = column === undefined ? undefined : firstFit([[...column.values]], schema, root);
    if (oneOfSeveral !== undefined && countDataLists(ask) > 1) return oneOfSeveral;
    const records = dataset.records;
    if (records !== undefined && meetsSchema([...records], schema, root)) return [...records];
  }
  return occasion.trade === 'analyse'
    ? undefined
    : jsonValues(occasion).find((value) => meetsSchema(value, schema, root));
}

function fitColumns(columns: ReturnType<typeof namedColumns>, { schema, root }: Ask): Json | undefined {
  return fitEntries(
    columns.map(({ label, values }) => [label, [...values]] as const),
    schema,
    root,
  );
}

/** How many properties of the tool take a list of numbers: `x` and `y` share the columns of a dataset. */
function countDataLists({ root }: Ask): number {
  return propertiesOf(root).filter(({ schema }) => schema.type === 'array').length;
}

function seedOf({ seed }: Occasion, kind: 'file' | 'folder' | 'url' | 'text'): string[] {
  return seed.kind === kind ? [seed.value] : [];
}

/** Values of a kind: from the sentence, else from the whole text. */
function mentioned({ clause, material }: Occasion, kind: MentionKind): string[] {
  const own = clause.mentions.filter((mention) => mention.kind === kind);
  return (own.length > 0 ? own : material.mentions.filter((mention) => mention.kind === kind)).flatMap(wordOf);
}

function wordOf(mention: Mention): string[] {
  return 'value' in mention && typeof mention.value === 'string' ? [mention.value] : [];
}

function pathsOf(occasion: Occasion): string[] {
  const seeded = [...seedOf(occasion, 'file'), ...seedOf(occasion, 'folder')];
  if (occasion.trade === 'list') return [...seeded, ...mentioned(occasion, 'folder'), ...hereFolder(occasion)];
  if (occasion.trade === 'validate')
    return occasion.seed.kind === 'code' ? (occasion.seed.name === undefined ? [] : [occasion.seed.name]) : seeded;
  if (occasion.trade === 'report') return seeded;
  return seeded.length > 0 ? seeded : mentioned(occasion, 'file');
}

function hereFolder({ clause, trade }: Occasion): string[] {
  const isHere =
    /\b(current|this|working|root|project|whole|entire) (folder|directory|repo|repository|project)\b|\bhere\b/i.test(
      clause.text,
    );
  return isHere || trade === 'list' ? ['.'] : [];
}

function queriesOf(occasion: Occasion): string[] {
  const { clause, trade } = occasion;
  const paths = mentioned(occasion, 'jsonpath');
  if (trade === 'query') return [...paths, ...fieldPath(clause.words)];
  const about =
    /\b(?:search(?: the web| online)?(?: for)?|look up|google|find(?: out)?(?: about)?|information (?:on|about)|research)\s+(.+?)[.?!]*$/i.exec(
      clause.text,
    );
  return [...paths, ...quotes(occasion), ...(about?.[1] === undefined ? [] : [about[1]])];
}

/** `the field price` or `the "name" property` as a JSONPath. */
function fieldPath(words: string): string[] {
  const match =
    /\b(?:field|property|key|element|value of|values of)\s+([A-Za-z_][\w.]*)|\b([A-Za-z_]\w*)\s+(?:field|property|key)s?\b/i.exec(
      words,
    );
  const name = match?.[1] ?? match?.[2];
  return name === undefined || /^(the|a|each|every|all|this|that)$/i.test(name) ? [] : [`$..${name}`];
}

function codesOf(occasion: Occasion): string[] {
  const { seed, clause, material } = occasion;
  if (seed.kind === 'code') return [seed.code];
  return codesIn([...clause.mentions, ...material.mentions]);
}

/** The text a tool works on: what it is called for, what earlier calls wrote, what the user quoted. */
function textsOf(ask: Ask): Json[] {
  const { occasion } = ask;
  const { seed, trade, material } = occasion;
  if (seed.kind === 'document') return [seed.document.text];
  if (seed.kind === 'code') return [seed.code];
  if (seed.kind === 'value') return [seed.value, JSON.stringify(seed.value)];
  if (seed.kind === 'text') return [seed.value];
  if (trade === 'stringify') return jsonValues(occasion);
  if (trade === 'write' || trade === 'send') return writtenTexts(occasion);
  if (trade === 'analyse') return [dataValue(ask) ?? null].filter((value) => value !== null);
  if (trade === 'report') return ask.isRequired ? [reportBody(occasion)] : [];
  if (!ask.isRequired) return [];
  return [...quotes(occasion), ...material.documents.map(({ text }) => text), ...jsonTexts(occasion)];
}

/** `titled "Sales"`, `with the title Weekly numbers`. */
function saidTitle(text: string): string | undefined {
  const lead = String.raw`\b(?:titled|entitled|with (?:the |a )?(?:title|subject|heading))\s*:?\s*`;
  const named = String.raw`|\b(?:called|named|with (?:the )?name)\s*:?\s*`;
  const quoted = new RegExp(
    String.raw`(?:${lead}${named})(?:"([^"\n]+)"|“([^”\n]+)”|'([^'\n]+)'|\x60([^\x60\n]+)\x60)`,
    'i',
  ).exec(text);
  const bare = new RegExp(String.raw`${lead}([^"“'\x60\s][^"“”\x60\n]{1,80}?)[.!?]?$`, 'i').exec(text);
  return quoted?.slice(1).find((group) => group !== undefined) ?? bare?.[1];
}

/** A title that the text gives, else one made from what is asked for. */
function titlesOf({ occasion, isRequired }: Ask): string[] {
  const { trade, clause } = occasion;
  const given = saidTitle(clause.text);
  const isWelcome = isRequired || trade === 'report' || trade === 'visualise' || trade === 'send';
  if (given !== undefined || !isWelcome) return given === undefined ? [] : [given];
  const free = trade === undefined ? quotes(occasion) : [];
  const sent = trade === 'send' ? saidWords(clause.text) : [];
  return [...free, ...sent, reportTitle(occasion)].map((title) => title.slice(0, LONGEST_TITLE));
}

/** JSON at hand, the newest results first. */
function jsonValues({ material, clause }: Occasion): Json[] {
  const results = material.results.filter(({ isDelegated }) => !isDelegated).toReversed();
  const values = results.map(({ value, trade }) => (trade === 'parse-json' ? innerValue(value) : value));
  const named = [...clause.mentions, ...material.mentions].flatMap((mention): Json[] => {
    if (mention.kind === 'json') return [mention.value];
    return mention.kind === 'series' ? [[...mention.series.values]] : [];
  });
  return [...values, ...named].filter((value) => typeof value === 'object' && value !== null);
}

function summariesOf({ occasion, isRequired }: Ask): string[] {
  if (occasion.trade !== 'report' && !isRequired) return [];
  const summary = reportSummary(occasion);
  return summary === '' ? [] : [summary];
}

function labelsOf(occasion: Occasion): Json[] {
  const dataset = occasion.seed.kind === 'dataset' ? occasion.seed.dataset : occasion.material.datasets[0];
  if (dataset === undefined || dataset.columns.every(({ label }) => label === undefined)) return [];
  return [namedColumns(dataset).map(({ label }) => label)];
}

/** For a text that nothing more is known about: what stands in quotes, or a name after a preposition. */
function plainTexts({ name, occasion, isRequired }: Ask): Json[] {
  if (!isRequired) return [];
  const { seed } = occasion;
  const own = seed.kind === 'text' || seed.kind === 'file' || seed.kind === 'url' ? [seed.value] : [];
  const untaken = quotes(occasion).filter((quote) => !(occasion.given ?? []).includes(quote));
  const after = PREPOSITION.test(name) ? namesAfter(name, occasion.clause.text) : [];
  return [...own, ...after, ...untaken, ...namesAfter('in|at|for|of|to|from|into|about|by|with', occasion.clause.text)];
}
