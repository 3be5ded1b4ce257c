import { assertNever } from '@master-orchestrator/contracts';
import type { Json } from '@master-orchestrator/errors';
import { innerValue } from './inner-value.js';
import { isRecord, parseJson } from '../data/json-values.js';
import type { Mention } from '../data/mention.js';
import type { KnownTool } from './classify-tool.js';
import type { Intent } from './intents.js';
import { isCodeFile, isTarget } from './sentence-rules.js';
import { languageOfFile } from './language.js';
import { argumentsOf, type Document, type Material, type Result } from './material.js';
import { namesAfter } from './said-values.js';
import type { Seed } from './seed.js';
import type { Trade } from './trade.js';

/** Files of a listed folder that are read for one request. */
const MOST_FILES = 12;
/** Steps on the way to something that can be reported. */
const STEPS: ReadonlySet<Trade> = new Set([
  'list',
  'read',
  'fetch',
  'parse-json',
  'parse-csv',
  'report',
  'write',
  'send',
]);
const MOST_FOLDERS = 8;
const DATA_FILE = /\.(csv|tsv|json|jsonl|ndjson|txt)$/i;
/** Roles of which one call takes one, so that several in the text mean several calls. */
const ONE_EACH = ['url', 'place', 'email', 'path'] as const;

/** What there is to do for an intent: one seed a call. */
export function seedsFor(intent: Intent, wanted: ReadonlySet<Trade>, material: Material): Seed[] {
  const { trade, clause } = intent;
  const mentions = ownMentions(intent, material);
  switch (trade) {
    case 'list':
      return [...foldersOf(mentions), ...(wanted.has('validate') ? listedFolders(material) : [])];
    case 'read':
      return [...filesOf(mentions, intent), ...listedFiles(material, wanted)];
    case 'fetch':
      return valuesOf(mentions, 'url').map((value) => ({ kind: 'url', value }));
    case 'parse-json':
      return [...documentsOf(material, 'json'), ...writtenJson(mentions)];
    case 'parse-csv':
      return [...documentsOf(material, 'csv'), ...writtenTables(mentions)];
    case 'analyse':
    case 'visualise':
      return material.datasets.map((dataset) => ({ kind: 'dataset', dataset }));
    case 'validate':
      return codesOf(mentions, material);
    case 'query':
    case 'stringify':
      return newestValue(material, mentions, trade);
    case 'write':
      return clause.mentions.filter((mention) => isTarget(mention, clause)).flatMap(toFile);
    case 'report':
      return hasSubject(material, wanted) ? [{ kind: 'nothing' }] : [];
    case 'search':
    case 'send':
      return [{ kind: 'nothing' }];
    default:
      return assertNever(trade);
  }
}

/** True where there is something to report: results, or data that no tool was to work on. */
function hasSubject({ results, datasets, given, statements }: Material, wanted: ReadonlySet<Trade>): boolean {
  if (given.some(({ isMissing }) => !isMissing)) return true;
  if (statements.length > 0 && datasets.length === 0 && !wanted.has('read') && !wanted.has('fetch')) return true;
  const worked = results.filter(({ trade }) => trade === undefined || !STEPS.has(trade));
  return (
    worked.length > 0 ||
    (results.length > 0 && !wanted.has('analyse') && !wanted.has('validate')) ||
    (datasets.length > 0 && !wanted.has('analyse'))
  );
}

/** Seeds for a tool of no known trade: one for each thing of which one call takes one. */
export function seedsForOther(tool: KnownTool, intent: Pick<Intent, 'clause'>): Seed[] {
  const { clause } = intent;
  for (const role of ONE_EACH) {
    if (!tool.roles.has(role)) continue;
    const values =
      role === 'place'
        ? namesAfter('in|at|for|of|near', clause.text)
        : valuesOf(clause.mentions, role === 'path' ? 'file' : role);
    if (values.length > 1)
      return values.map((value) => ({ kind: role === 'url' ? 'url' : role === 'path' ? 'file' : 'text', value }));
  }
  return [{ kind: 'nothing' }];
}

/** Mentions of the sentence; for what is implied or asked in two sentences, those of the whole text. */
function ownMentions({ clause, trade, isImplied }: Intent, material: Material): readonly Mention[] {
  const kinds = KINDS[trade] ?? [];
  const own = clause.mentions.some(({ kind }) => kinds.includes(kind));
  return own && isImplied !== true ? clause.mentions : material.mentions;
}

const KINDS: Partial<Record<Trade, readonly Mention['kind'][]>> = {
  list: ['folder'],
  read: ['file'],
  fetch: ['url'],
  'parse-json': ['json', 'series', 'quote'],
  'parse-csv': ['table', 'code'],
  validate: ['code'],
};

function foldersOf(mentions: readonly Mention[]): Seed[] {
  const folders = valuesOf(mentions, 'folder');
  return folders.length === 0 ? [{ kind: 'nothing' }] : folders.map((value) => ({ kind: 'folder', value }));
}

function filesOf(mentions: readonly Mention[], { clause }: Intent): Seed[] {
  return mentions.filter((mention) => mention.kind === 'file' && !isTarget(mention, clause)).flatMap(toFile);
}

function toFile(mention: Mention): Seed[] {
  return mention.kind === 'file' ? [{ kind: 'file', value: mention.value }] : [];
}

/** Files of listed folders, where their content is asked for: code to check, data to analyse. */
function listedFiles(material: Material, wanted: ReadonlySet<Trade>): Seed[] {
  return wantedFiles(material, wanted)
    .slice(0, MOST_FILES)
    .map((value) => ({ kind: 'file', value }));
}

/** How many files of listed folders were left unread because there are too many. */
export function unreadFiles(material: Material, wanted: ReadonlySet<Trade>): number {
  return Math.max(0, wantedFiles(material, wanted).length - MOST_FILES);
}

function wantedFiles(material: Material, wanted: ReadonlySet<Trade>): string[] {
  const isWanted = wanted.has('validate')
    ? isCodeFile
    : wanted.has('analyse') || wanted.has('parse-csv')
      ? isDataFile
      : undefined;
  const names = material.results.filter(({ trade }) => trade === 'list').flatMap((result) => entriesOf(result, 'file'));
  return isWanted === undefined ? [] : [...new Set(names.filter(isWanted))];
}

function isDataFile(name: string): boolean {
  return DATA_FILE.test(name);
}

/** Folders below a listed one, where code is looked for; not those of others' code and of build results. */
function listedFolders(material: Material): Seed[] {
  const folders = material.results
    .filter(({ trade }) => trade === 'list')
    .flatMap((result) => entriesOf(result, 'folder'));
  return folders
    .filter((name) => !/(^|\/)(node_modules|dist|build|coverage|vendor|target|__pycache__|\.[^/]+)$/.test(name))
    .slice(0, MOST_FOLDERS)
    .map((value) => ({ kind: 'folder', value }));
}

/** Paths of the entries of a listing, below the folder that was listed. */
function entriesOf({ call, value }: Result, kind: 'file' | 'folder'): string[] {
  const folder = Object.values(argumentsOf(call)).find((one) => typeof one === 'string');
  return listOf(value).flatMap((entry) => {
    const name = typeof entry === 'string' ? entry : isRecord(entry) ? (entry.path ?? entry.name) : undefined;
    if (typeof name !== 'string') return [];
    const isFolder = isRecord(entry) ? entry.type === 'directory' || entry.isDirectory === true : name.endsWith('/');
    return isFolder === (kind === 'folder') ? [below(folder, name.replace(/\/+$/, ''))] : [];
  });
}

function listOf(value: Json): Json[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string')
    return value
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  if (!isRecord(value)) return [];
  const list = Object.values(value).find(Array.isArray);
  return list ?? [];
}

function below(folder: string | undefined, name: string): string {
  const root = (folder ?? '').replace(/\/+$/, '');
  return root === '' || root === '.' || name.startsWith(`${root}/`) ? name : `${root}/${name}`;
}

function valuesOf(mentions: readonly Mention[], kind: Mention['kind']): string[] {
  const values = mentions.flatMap((mention) =>
    mention.kind === kind && 'value' in mention && typeof mention.value === 'string' ? [mention.value] : [],
  );
  return [...new Set(values)];
}

function documentsOf({ documents }: Material, format: Document['format']): Seed[] {
  return documents.filter((document) => document.format === format).map((document) => ({ kind: 'document', document }));
}

function writtenJson(mentions: readonly Mention[]): Seed[] {
  return mentions.flatMap((mention): Seed[] => {
    if (mention.kind === 'json' || mention.kind === 'series')
      return [{ kind: 'document', document: { text: sourceOf(mention.text), format: 'json' } }];
    return mention.kind === 'quote' && /^\s*[[{"\d]|^(true|false|null)$/.test(mention.value)
      ? [{ kind: 'document', document: { text: mention.value, format: 'json' } }]
      : [];
  });
}

/** The inside of a fence. */
function sourceOf(text: string): string {
  return /^\s*(?:```|~~~)[^\n]*\n([\s\S]*?)\n?\s*(?:```|~~~)\s*$/.exec(text)?.[1] ?? text;
}

function writtenTables(mentions: readonly Mention[]): Seed[] {
  return mentions.flatMap((mention): Seed[] =>
    mention.kind === 'table' && mention.format === 'csv'
      ? [{ kind: 'document', document: { text: mention.source, format: 'csv' } }]
      : [],
  );
}

function codesOf(mentions: readonly Mention[], material: Material): Seed[] {
  const written = mentions.flatMap((mention): Seed[] =>
    mention.kind === 'code'
      ? [
          {
            kind: 'code',
            code: mention.code,
            ...(mention.language === undefined ? {} : { language: mention.language }),
          },
        ]
      : [],
  );
  const quoted = mentions.flatMap((mention): Seed[] =>
    mention.kind === 'quote' && /[;(){}=]/.test(mention.value) ? [{ kind: 'code', code: mention.value }] : [],
  );
  const read = material.documents.map(({ text, name }): Seed => {
    const language = languageOfFile(name)[0];
    return {
      kind: 'code',
      code: text,
      ...(name === undefined ? {} : { name }),
      ...(language === undefined ? {} : { language }),
    };
  });
  return [...(written.length > 0 ? written : quoted), ...read];
}

/** The structured value that came up last: what a tool parsed or gave, what a file holds, else what the text holds. */
function newestValue(material: Material, mentions: readonly Mention[], wanted: Trade): Seed[] {
  const results = material.results.filter(({ isDelegated }) => !isDelegated).toReversed();
  const given = results.flatMap((result) => structuredValue(result, wanted));
  const held = material.documents
    .toReversed()
    .flatMap(({ text, format }) => (format === 'json' ? [parseJson(text) ?? null] : []));
  const written = mentions.flatMap((mention): Json[] => {
    if (mention.kind === 'json') return [mention.value];
    return mention.kind === 'series' ? [[...mention.series.values]] : [];
  });
  const figures = results
    .filter(({ trade, value }) => trade === 'analyse' && typeof value === 'object')
    .map(({ value }) => value);
  const [newest] = [...given, ...held, ...written, ...figures];
  return newest === undefined ? [] : [{ kind: 'value', value: newest }];
}

function structuredValue({ trade, value }: Result, wanted: Trade): Json[] {
  if (typeof value !== 'object' || value === null) return [];
  if (trade === 'parse-json' || trade === 'parse-csv') return [innerValue(value)];
  if (trade === 'query') return wanted === 'query' ? [] : [value];
  return trade === undefined ? [value] : [];
}
